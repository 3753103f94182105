import pytest

from adaptive.delivery.replacement import Replacement
from adaptive.errors import UnavailableError
from adaptive.ports import StoredFile
from tests.fakes import InMemoryEdgeCache, InMemoryFileStore
from tests.samples import POLICY

HERO = "/img/hero.jpg"
FILE = StoredFile(b"", "image/avif")
NEIGHBOURS = (HERO, "/img/hero.jpg2/640w.lite.avif", "/img/hero.jpeg/640w.lite.avif")
RENDITIONS = (f"{HERO}/640w.lite.avif", f"{HERO}/960w.lite.jpg", f"{HERO}/640w.lite.avif.lock")


def site() -> InMemoryFileStore:
    return InMemoryFileStore(dict.fromkeys((*NEIGHBOURS, *RENDITIONS), FILE))


def replacement(
    files: InMemoryFileStore, cache: InMemoryEdgeCache | None = None
) -> tuple[Replacement, InMemoryEdgeCache]:
    cache = cache or InMemoryEdgeCache()
    return Replacement(policy=POLICY, files=files, cache=cache), cache


@pytest.mark.parametrize(
    "path",
    [
        *RENDITIONS,
        f"{HERO}/replaced",
        "/js/shop.js",
        "/index.html",
        "/img/logo.svg",
        "/img/",
        "/",
        "/img/../x.jpg",
        "/img/a b.jpg",
    ],
)
def test_what_has_no_renditions_starts_nothing(path: str) -> None:
    files = InMemoryFileStore({f"{path}/640w.lite.avif": FILE})
    drop, cache = replacement(files)
    assert drop.drop(path, event_id="1") == 0
    assert (len(files.files), cache.forgotten) == (1, [])


def test_all_renditions_go_and_the_neighbours_stay() -> None:
    files = site()
    drop, cache = replacement(files)
    assert drop.drop(HERO, event_id="1") == 3
    assert set(files.files) == set(NEIGHBOURS)
    assert cache.forgotten == [(f"{HERO}*", "1")]


def test_a_new_original_costs_no_invalidation() -> None:
    drop, cache = replacement(InMemoryFileStore({HERO: FILE}))
    assert drop.drop(HERO, event_id="1") == 0
    assert cache.forgotten == []


def test_a_retry_finishes_what_the_first_attempt_could_not() -> None:
    files = site()
    drop, cache = replacement(files, InMemoryEdgeCache(down=True))
    with pytest.raises(UnavailableError):
        drop.drop(HERO, event_id="1")
    assert not set(files.files) & set(RENDITIONS)
    cache.down = False
    drop.drop(HERO, event_id="1")
    assert cache.forgotten == [(f"{HERO}*", "1")]
    assert set(files.files) == set(NEIGHBOURS)


def test_doing_it_again_does_nothing() -> None:
    drop, cache = replacement(site())
    assert [drop.drop(HERO, event_id="1"), drop.drop(HERO, event_id="1")] == [3, 0]
    assert len(cache.forgotten) == 1


def test_a_store_that_is_down_is_asked_again() -> None:
    with pytest.raises(UnavailableError):
        replacement(InMemoryFileStore(down=True))[0].drop(HERO, event_id="1")
