from dataclasses import replace
from pathlib import Path

import pytest
import pyvips  # type: ignore[import-untyped]  # has stubs, but no py.typed

from adaptive.aws.http_origin import HttpOriginFileStore
from adaptive.delivery import encoding, imaging
from adaptive.delivery.perception import AsDrawn, Judge
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
    found = made(FLOOR + 10)
    return StoredFile(
        found.body, found.media_type, "public, max-age=300", len(ORIGINAL.body), found.score
    )


def made(floor: float) -> imaging.Rendered:
    target = imaging.Target(320, "avif", floor)
    return imaging.render(ORIGINAL.body, target, pixel_limit=10**8, clock=lambda: 0)


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


def test_what_phones_enlarge_looks_as_good_as_it_must_when_they_do(
    site: Site, generous: StoredFile
) -> None:
    delivery = site.delivery.model_copy(update={"phone_screen": 1_082})
    widest = PATH.replace("320w", "960w")
    files = InMemoryFileStore({HERO: ORIGINAL, widest: replace(generous, body=b"damaged")})
    polish(site.model_copy(update={"delivery": delivery}), files)
    shown = encoding.read_back(files.files[widest].body)
    reference = pyvips.Image.thumbnail_buffer(ORIGINAL.body, 1_082, height=10**7).copy_memory()
    assert FLOOR <= AsDrawn(reference, 1_082).score(shown) < FLOOR + 2.5
    same_size = pyvips.Image.thumbnail_buffer(ORIGINAL.body, 960, height=10**7).copy_memory()
    own = Judge(same_size).score(shown)
    assert own > FLOOR + 1
    assert files.files[widest].score == pytest.approx(own, abs=1)


def test_a_second_run_does_nothing(site: Site, generous: StoredFile) -> None:
    files = InMemoryFileStore({HERO: ORIGINAL, PATH: generous})
    polish(site, files)
    before = dict(files.files)
    assert polish(site, files) == replace(NOTHING, found=1)
    assert (files.files, files.writes) == (before, 1)


def test_what_is_small_and_good_enough_stays_as_it_is(site: Site, generous: StoredFile) -> None:
    files = InMemoryFileStore({HERO: ORIGINAL, PATH: generous})
    polish(site, files)
    small = replace(files.files[PATH], polished=False, score=None)
    files.files[PATH] = small
    assert polish(site, files) == replace(NOTHING, kept=1)
    assert files.files[PATH] == replace(small, polished=True)


@pytest.mark.parametrize("floor", [FLOOR - 20, None], ids=["poor", "damaged"])
def test_what_falls_short_is_mended_whatever_was_noted(
    floor: float | None, site: Site, generous: StoredFile
) -> None:
    body = made(floor).body if floor else b"damaged"
    files = InMemoryFileStore({HERO: ORIGINAL, PATH: replace(generous, body=body, score=None)})
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
