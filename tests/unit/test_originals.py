from itertools import count

import pytest

from adaptive.delivery.origin import Origin
from adaptive.delivery.originals import OriginalsToo
from adaptive.delivery.renderer import LARGEST_ANSWER_BYTES, Answer
from adaptive.errors import ImageError, RenditionError, UnavailableError
from adaptive.ports import StoredFile
from tests.fakes import InMemoryFileStore
from tests.samples import POLICY

HERO = "/img/hero.jpg"


class Refusing:
    """A renderer for which nothing is a rendition."""

    def render(self, path: str) -> Answer:
        raise RenditionError(f"{path} was rendered")


def ask(path: str = HERO, file: StoredFile | None = None, *, down: bool = False) -> Answer:
    ticks = count()
    files = InMemoryFileStore({HERO: file} if file else {}, down=down)
    originals = OriginalsToo(
        Refusing(),
        Origin("www.example.com", "/shop"),
        POLICY,
        files,
        lambda: next(ticks) / 8,
    )
    return originals.render(path)


@pytest.mark.parametrize(
    "path", ["", "/", "/hero.jpg", "/admin/users.json", "/js/shop.js", "//img/a", "/imgs/a.jpg"]
)
def test_nothing_but_images_is_passed_on(path: str) -> None:
    with pytest.raises(RenditionError, match="below no image prefix"):
        ask(path, down=True)


@pytest.mark.parametrize("path", ["/img/../admin", "/img/%2e%2e/admin", "/img/a?b", "/img/a\r\nb"])
def test_an_odd_path_is_not_passed_on(path: str) -> None:
    with pytest.raises(RenditionError, match="no path of an original"):
        ask(path, down=True)


@pytest.mark.parametrize("media_type", ["", "text/html", "application/json", "imagex/png"])
def test_what_is_no_image_is_not_passed_on(media_type: str) -> None:
    with pytest.raises(ImageError) as refused:
        ask(HERO, StoredFile(b"<script>", media_type))
    assert refused.value.status == 415


@pytest.mark.parametrize("path", [f"{HERO}/960w.lite.avif", f"{HERO}/1w.huge.exe"])
def test_what_is_named_like_a_rendition_is_left_to_the_renderer(path: str) -> None:
    with pytest.raises(RenditionError, match="was rendered"):
        ask(path, down=True)


def test_what_the_origin_does_not_have_is_not_found() -> None:
    with pytest.raises(RenditionError, match=r"there is no /img/hero\.jpg"):
        ask()


def test_an_origin_out_of_reach_is_unavailable() -> None:
    with pytest.raises(UnavailableError):
        ask(down=True)


@pytest.mark.parametrize("media_type", ["image/jpeg", "image/svg+xml", "Image/GIF"])
def test_an_original_is_answered_as_it_is_with_the_origins_lifetime(media_type: str) -> None:
    answer = ask(HERO, StoredFile(b"pixels", media_type, "max-age=9"))
    assert answer.file == StoredFile(b"pixels", media_type, "max-age=9")
    assert answer.timings_ms == {"read": 125}


def test_without_a_lifetime_an_original_is_kept_briefly() -> None:
    answer = ask(HERO, StoredFile(b"pixels", "image/png"))
    assert answer.file
    assert answer.file.cache_control == "public, max-age=300, s-maxage=86400"


def test_an_original_too_large_to_send_is_had_from_the_origin() -> None:
    answer = ask(HERO, StoredFile(bytes(LARGEST_ANSWER_BYTES + 1), "image/png"))
    assert answer.file is None
    assert answer.elsewhere == "https://www.example.com/shop/img/hero.jpg"
