from dataclasses import replace
from pathlib import Path

import pytest
import pyvips  # type: ignore[import-untyped]  # has stubs, but no py.typed

from adaptive.aws.http_origin import HttpOriginFileStore
from adaptive.delivery import encoding, imaging
from adaptive.delivery.perception import Judge
from adaptive.ports import StoredFile
from infra import config
from infra.sections.delivery import OwnOrigin
from infra.site import Site
from local.adaptive_site import polishing
from local.adaptive_site.failure import SiteError
from local.adaptive_site.polishing import Polished, Polisher
from tests import pictures
from tests.fakes import InMemoryFileStore, Meanwhile

HERO = "/img/hero.jpg"
PATH = f"{HERO}/320w.lite.avif"
FLOOR = 57
ORIGINAL = StoredFile(pictures.photo(), "image/jpeg")
NOTHING = Polished(0, 0, 0, 0, 0, ())


@pytest.fixture(scope="module")
def site() -> Site:
    return config.load(Path(__file__).parents[1] / "infra/site.toml")


@pytest.fixture(scope="module")
def generous() -> StoredFile:
    """A rendition that looks better than it must."""
    target = imaging.Target(320, "avif", FLOOR + 10)
    made = imaging.render(ORIGINAL.body, target, pixel_limit=10**8, clock=lambda: 0)
    return StoredFile(
        made.body, made.media_type, "public, max-age=300", len(ORIGINAL.body), made.score
    )


class Silent:
    def begin(self, step: str, count: int) -> None:
        pass

    def done(self, name: str) -> None:
        pass


def polish(site: Site, files: InMemoryFileStore, *images: str) -> Polished:
    some = polishing.renditions(files, images, site)
    return polishing.run(some, Polisher.of(site, files), Silent())


def test_only_todays_avif_of_the_images_that_are_named_is_polished(site: Site) -> None:
    kept = ("/img/b.png/320w.full.avif", PATH)
    others = (HERO, f"{HERO}/320w.lite.webp", f"{HERO}/321w.lite.avif", f"{PATH}.lock", "/x.avif")
    files = InMemoryFileStore(dict.fromkeys((*kept, *others), ORIGINAL))

    def found(*images: str) -> list[str]:
        return [each.path for each in polishing.renditions(files, images, site)]

    assert found() == list(kept)
    assert found(HERO) == [PATH]
    assert found("/img/b*", "/img/b.png") == [kept[0]]
    assert found("/img/hero") == []


def test_what_is_no_image_of_the_site_is_named(site: Site) -> None:
    with pytest.raises(SiteError, match=r'"/css/a\.css" is no image'):
        polish(site, InMemoryFileStore(), "/css/a.css")


def test_a_rendition_becomes_smaller_and_still_looks_as_good_as_it_must(
    site: Site, generous: StoredFile
) -> None:
    files = InMemoryFileStore({HERO: ORIGINAL, PATH: generous})
    done = polish(site, files)
    now = files.files[PATH]
    assert done == replace(
        NOTHING, replaced=1, bytes_before=len(generous.body), bytes_after=len(now.body)
    )
    assert len(now.body) < len(generous.body)
    assert now == replace(generous, body=now.body, score=now.score, polished=True)
    reference = pyvips.Image.thumbnail_buffer(ORIGINAL.body, 320, height=10**7)
    seen = Judge(reference.copy_memory()).score(encoding.read_back(now.body))
    assert seen == pytest.approx(now.score, abs=0.01)
    assert seen >= FLOOR


def test_a_second_run_does_nothing(site: Site, generous: StoredFile) -> None:
    files = InMemoryFileStore({HERO: ORIGINAL, PATH: generous})
    polish(site, files)
    before = dict(files.files)
    assert polish(site, files) == replace(NOTHING, found=1)
    assert (files.files, files.writes) == (before, 1)


def test_what_is_small_and_good_enough_stays_as_it_is(site: Site, generous: StoredFile) -> None:
    small = replace(generous, body=b"small", score=FLOOR)
    files = InMemoryFileStore({HERO: ORIGINAL, PATH: small})
    assert polish(site, files) == replace(NOTHING, kept=1)
    assert files.files[PATH] == replace(small, polished=True)


def test_what_falls_short_of_its_floor_is_mended(site: Site, generous: StoredFile) -> None:
    files = InMemoryFileStore({HERO: ORIGINAL, PATH: replace(generous, body=b"small", score=41.0)})
    assert polish(site, files).replaced == 1
    assert (files.files[PATH].score or 0) >= FLOOR


@pytest.mark.parametrize(
    ("original", "reason"),
    [
        (None, "there is no /img/hero.jpg"),
        (b"no image", "neither JPEG nor PNG nor WebP"),
        (pictures.photo()[:90_000], "VipsJpeg"),
    ],
    ids=["gone", "no image", "truncated"],
)
def test_what_cannot_be_read_is_told_and_left(
    site: Site, generous: StoredFile, original: bytes | None, reason: str
) -> None:
    files = InMemoryFileStore({PATH: generous})
    if original:
        files.files[HERO] = StoredFile(original, "image/jpeg")
    (failure,) = polish(site, files).failed
    assert failure.path == PATH
    assert reason in failure.reason
    assert files.files[PATH] == generous


def test_a_rendition_of_what_is_replaced_meanwhile_is_withdrawn(
    site: Site, generous: StoredFile
) -> None:
    files = Meanwhile(
        {HERO: ORIGINAL, PATH: generous},
        happens=lambda all_: all_.update({HERO: StoredFile(b"another", "image/jpeg")}),
    )
    (failure,) = polish(site, files).failed
    assert "was replaced meanwhile" in failure.reason
    assert PATH not in files.files


def test_originals_come_from_the_sites_own_origin_if_it_has_one(site: Site) -> None:
    own = site.model_copy(update={"origin": OwnOrigin(url="https://www.example.com")})
    files = InMemoryFileStore()
    found = Polisher.of(own, files).files
    assert isinstance(found, HttpOriginFileStore)
    found.write(PATH, ORIGINAL)
    assert files.files == {PATH: ORIGINAL}
