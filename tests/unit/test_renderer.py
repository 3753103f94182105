from itertools import count

import pytest

from adaptive.delivery.renderer import LARGEST_ANSWER_BYTES, Answer, Renderer, etag
from adaptive.errors import ImageError, RenditionError, UnavailableError
from adaptive.ports import StoredFile
from tests import pictures
from tests.fakes import InMemoryFileStore
from tests.samples import POLICY

HERO = "/img/hero.jpg"
PATH = "/img/hero.jpg/640w.lite.webp"


def store_of(original: bytes, *, read_only: bool = False) -> InMemoryFileStore:
    return InMemoryFileStore({HERO: StoredFile(original, "image/jpeg")}, read_only=read_only)


def render(files: InMemoryFileStore, path: str = PATH) -> Answer:
    ticks = count()
    renderer = Renderer(
        settings=pictures.RENDER, policy=POLICY, files=files, clock=lambda: next(ticks) / 8
    )
    return renderer.render(path)


def sent(answer: Answer) -> StoredFile:
    assert answer.file is not None
    return answer.file


def test_outside_the_ladder_nothing_is_read() -> None:
    with pytest.raises(RenditionError):
        render(InMemoryFileStore(down=True), "/img/hero.jpg/641w.lite.webp")


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
    assert list(answer.timings_ms) == ["read", "render", "store"]
    assert answer.timings_ms["read"] == answer.timings_ms["store"] == 125
    assert (answer.fallback, answer.unstored) == ("", "")


def test_rendering_again_changes_nothing() -> None:
    files = store_of(pictures.photo())
    first = render(files)
    assert render(files) == first
    assert set(files.files) == {HERO, PATH}


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
