import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from adaptive.delivery.renderer import LARGEST_ANSWER_BYTES, Answer, Renderer, etag
from adaptive.errors import ImageError, RenditionError, UnavailableError
from adaptive.ports import StoredFile
from tests import pictures
from tests.fakes import InMemoryFileStore, InMemoryLocks, Meanwhile
from tests.samples import POLICY

HERO = "/img/hero.jpg"
PATH = "/img/hero.jpg/640w.lite.webp"


def store_of(original: bytes, *, read_only: bool = False) -> InMemoryFileStore:
    return InMemoryFileStore({HERO: StoredFile(original, "image/jpeg")}, read_only=read_only)


def renderer_on(
    files: InMemoryFileStore,
    locks: InMemoryLocks | None = None,
    pause: Callable[[float], None] = lambda _: None,
) -> Renderer:
    ticks = count()
    return Renderer(
        settings=pictures.RENDER,
        policy=POLICY,
        files=files,
        locks=locks or InMemoryLocks(),
        clock=lambda: next(ticks) / 8,
        effort=lambda: 0,
        pause=pause,
    )


def render(files: InMemoryFileStore, path: str = PATH) -> Answer:
    return renderer_on(files).render(path)


def sent(answer: Answer) -> StoredFile:
    assert answer.file is not None
    return answer.file


def test_outside_the_ladder_nothing_is_read() -> None:
    with pytest.raises(RenditionError):
        render(InMemoryFileStore(down=True), "/img/hero.jpg/641w.lite.webp")


def test_a_recipe_is_rendered_by_its_own_quality_and_kept_beside_its_tiers() -> None:
    files = InMemoryFileStore({"/img/hero.jpg": StoredFile(pictures.photo(), "image/jpeg")})
    sizes = {
        word: len(sent(render(files, f"/img/hero.jpg/640w.{word}.webp")).body)
        for word in ("lite", "thrifty")
    }
    assert sizes["thrifty"] < sizes["lite"]
    assert {f"/img/hero.jpg/640w.{word}.webp" for word in sizes} < files.files.keys()


def test_without_an_original_there_is_no_rendition() -> None:
    with pytest.raises(RenditionError, match=r"there is no /img/hero\.jpg"):
        render(InMemoryFileStore())


def test_a_bomb_is_neither_decoded_nor_passed_on() -> None:
    files = store_of(pictures.png_claiming(50_000, 50_000))
    with pytest.raises(ImageError) as refused:
        render(files)
    assert refused.value.status == 413
    assert list(files.files) == [HERO]


def test_a_script_named_like_a_photograph_is_not_passed_on() -> None:
    with pytest.raises(ImageError):
        render(store_of(b"<script>alert(1)</script>"))


def test_a_rendition_is_answered_and_stored_as_it_is_answered() -> None:
    files = store_of(pictures.photo())
    answer = render(files)
    assert files.files[PATH] == answer.file
    assert sent(answer).content_type == "image/webp"
    assert (
        sent(answer).cache_control
        == "public, max-age=300, s-maxage=31536000, stale-while-revalidate=86400"
    )
    assert list(answer.timings_ms) == ["read", "wait", "render", "store"]
    assert answer.timings_ms["read"] == answer.timings_ms["store"] == 125
    assert (answer.fallback, answer.unstored) == ("", "")


def test_what_it_reached_is_noted_with_it() -> None:
    files = store_of(pictures.photo())
    render(files)
    score = files.files[PATH].score
    assert score is not None
    assert 56.5 <= score < 61


def test_rendering_again_changes_nothing() -> None:
    files = store_of(pictures.photo())
    first = render(files)
    assert render(files).file == first.file
    assert set(files.files) == {HERO, PATH}
    assert files.writes == 1


def test_a_rendition_that_cannot_be_stored_is_answered_all_the_same() -> None:
    files = store_of(pictures.photo(), read_only=True)
    answer = render(files)
    assert answer.file == render(store_of(pictures.photo())).file
    assert answer.unstored == "down"


def test_an_image_that_cannot_be_encoded_is_answered_as_it_is_for_a_minute() -> None:
    broken = pictures.jpeg()[:-200]
    files = store_of(broken)
    answer = render(files)
    assert sent(answer) == StoredFile(broken, "image/jpeg", "public, max-age=60")
    assert "premature end of JPEG image" in answer.fallback
    assert list(files.files) == [HERO]


def test_a_picture_too_tall_for_the_format_is_answered_as_it_is() -> None:
    tower = pictures.jpeg(pictures.gradient(64, 17_000))  # WebP ends at 16,383
    answer = render(store_of(tower))
    assert sent(answer).body == tower
    assert answer.fallback


HEAVY = pictures.animation() + bytes(LARGEST_ANSWER_BYTES)


def test_what_is_too_large_to_send_is_stored_and_asked_for_again() -> None:
    files = store_of(HEAVY)
    assert render(files).file is None
    assert files.files[PATH].body == HEAVY


def test_what_is_too_large_and_not_stored_is_not_asked_for_again() -> None:
    with pytest.raises(UnavailableError, match="too large to send: down"):
        render(store_of(HEAVY, read_only=True))


def test_an_original_too_large_to_fall_back_to_is_unavailable() -> None:
    truncated = pictures.png_claiming(64, 17_000) + bytes(LARGEST_ANSWER_BYTES)
    with pytest.raises(UnavailableError, match="too large to send: Error"):
        render(store_of(truncated))


def test_an_unreachable_store_is_unavailable() -> None:
    with pytest.raises(UnavailableError):
        render(InMemoryFileStore(down=True))


def test_different_pictures_have_different_etags() -> None:
    one, other = StoredFile(b"1", "image/webp"), StoredFile(b"2", "image/webp")
    assert etag(one) == '"c4ca4238a0b923820dcc509a6f75849b"' != etag(other)


MADE = StoredFile(b"made by another", "image/webp")


def test_of_many_who_ask_at_once_one_renders() -> None:
    files, locks = store_of(pictures.photo()), InMemoryLocks()
    renderer = Renderer(
        settings=pictures.RENDER,
        policy=POLICY,
        files=files,
        locks=locks,
        clock=lambda: 0.0,  # however slow the machine, nobody loses patience
        effort=time.process_time,
        pause=time.sleep,
    )
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(renderer.render, [PATH] * 8))
    assert files.writes == 1
    assert {answer.file for answer in answers} == {files.files[PATH]}
    assert locks.held == {}


def test_who_comes_second_waits_for_the_file_of_the_first() -> None:
    files = store_of(pictures.photo())
    locks = InMemoryLocks(held={PATH: time.monotonic()})
    answer = renderer_on(files, locks, lambda _: files.files.update({PATH: MADE})).render(PATH)
    assert answer.file == MADE
    assert locks.held.keys() == {PATH}


def test_who_has_waited_in_vain_renders_and_leaves_the_lock_alone() -> None:
    files = store_of(pictures.photo())
    locks = InMemoryLocks(held={PATH: time.monotonic()})
    pauses: list[float] = []
    answer = renderer_on(files, locks, pauses.append).render(PATH)
    assert answer.file == files.files[PATH]
    assert 0 < len(pauses) < 40
    assert locks.held.keys() == {PATH}


def test_the_lock_of_one_who_died_holds_nobody_up() -> None:
    files = store_of(pictures.photo())
    locks = InMemoryLocks(held={PATH: time.monotonic() - 31})
    pauses: list[float] = []
    renderer_on(files, locks, pauses.append).render(PATH)
    assert (pauses, locks.held, files.writes) == ([], {}, 1)


def test_without_locks_everybody_renders() -> None:
    pauses: list[float] = []
    files = store_of(pictures.photo())
    assert renderer_on(files, InMemoryLocks(down=True), pauses.append).render(PATH).file
    assert pauses == []


def test_a_refused_original_leaves_no_lock() -> None:
    locks = InMemoryLocks()
    with pytest.raises(ImageError):
        renderer_on(store_of(b"no image"), locks).render(PATH)
    assert locks.held == {}


@pytest.mark.parametrize(
    "happens",
    [
        lambda files: files.update({HERO: StoredFile(b"another", "image/jpeg")}),
        lambda files: files.pop(HERO),
    ],
    ids=["replaced", "deleted"],
)
def test_a_rendition_of_what_is_replaced_meanwhile_is_not_kept(
    happens: Callable[[dict[str, StoredFile]], object],
) -> None:
    files = Meanwhile({HERO: StoredFile(pictures.photo(), "image/jpeg")}, happens=happens)
    answer = render(files)
    assert PATH not in files.files
    assert sent(answer).cache_control == "public, max-age=60"
    assert answer.unstored
