"""Pixels: an original's bytes in, a rendition's bytes out.

A rendition is upright, sRGB, and neither wider nor heavier than its original. Of its metadata only
whose it is stays, which licences ask for (`credits`).
The original's header is read before any pixel is decoded, and only by the loaders named here.
Animations stay as they are: one frame would not be the same picture.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus

import pyvips  # type: ignore[import-untyped]  # has stubs, but no py.typed

from adaptive.delivery import encoding
from adaptive.delivery.credits import credited
from adaptive.delivery.perception import AsDrawn, Judge
from adaptive.delivery.quality import WHILE_ASKED, Search, reach
from adaptive.errors import ImageError

_LOADERS = ("VipsForeignLoadJpeg", "VipsForeignLoadPng", "VipsForeignLoadWebp")
_ANY_HEIGHT = 10_000_000
_ROOM = 10
"""Points that scaling must leave above the floor: the last few would cost most of the bytes."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A picture ready to send; width and height are pixels, `score` points of SSIMULACRA2: 100 is
    the original itself, None not judged.
    """

    body: bytes
    media_type: str
    width: int
    height: int
    score: float | None


def media_type(original: bytes) -> str:
    """What the bytes are, whatever their name says; raises ImageError if we do not decode that."""
    if original.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if original.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if original.startswith(b"RIFF") and original[8:12] == b"WEBP":
        return "image/webp"
    raise ImageError("the original is neither JPEG nor PNG nor WebP")


@dataclass(frozen=True, slots=True)
class Drawn:
    """By a browser, `width` device pixels wide; it is to score `quality_floor` so."""

    width: int
    quality_floor: float

    def has_room(self, lossless: float) -> bool:
        """Whether scaling alone, which leaves so many points, does not spoil the picture."""
        return lossless >= self.quality_floor + _ROOM


@dataclass(frozen=True, slots=True)
class Target:
    """`width` in px; `quality_floor` in points of SSIMULACRA2, the picture shown at that width; or
    as it is `drawn`, where scaling leaves room for that. The whole is judged then: it takes time.
    """

    width: int
    format: str
    quality_floor: float
    search: Search = WHILE_ASKED
    drawn: Drawn | None = None


def render(
    original: bytes, target: Target, *, pixel_limit: int, clock: Callable[[], float]
) -> Rendered:
    """The original at the target's width or, if it is narrower, its own; `clock` counts seconds of
    computing.

    Raises ImageError for what is no image (415) or has more pixels than `pixel_limit` (413), and
    pyvips.Error where decoder or encoder give up: over a truncated file, say.
    """
    _confine()
    source = media_type(original)
    header = _header(original)
    frames = header.get_n_pages()
    if header.width * header.height * frames > pixel_limit:
        raise ImageError(
            f"the original has {header.width} x {header.height} x {frames} pixels,"
            f" more than {pixel_limit}",
            status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        )
    untouched = Rendered(original, source, header.width, header.height, score=100)
    if frames > 1 or _is_animated_png(original):
        return untouched
    image = _scaled(original, target.width)
    began = clock()
    floor, drawn = _standard(target, original, image)
    reached = reach(
        credited(image),
        target.format,
        floor,
        clock=lambda: clock() - began,
        search=target.search,
        drawn=drawn,
    )
    if len(reached.body) >= len(original) and (target.format != "jpg" or source == "image/jpeg"):
        return untouched
    media = encoding.MEDIA_TYPES[target.format]
    score = None if drawn else reached.score
    if drawn and clock() - began < target.search.seconds:
        score = Judge(image).score(encoding.read_back(reached.body))
    return Rendered(reached.body, media, image.width, image.height, score)


def falls_short(body: bytes, target: Target, original: bytes) -> bool:
    """Whether a rendition that we made of the original is below its floor, or cannot be read."""
    image = _scaled(original, target.width)
    floor, drawn = _standard(target, original, image)
    try:
        shown = encoding.read_back(body)
    except pyvips.Error:
        return True
    return (drawn or Judge(image)).score(shown) < floor


def _standard(target: Target, original: bytes, image: pyvips.Image) -> tuple[float, AsDrawn | None]:
    """The floor, and who judges it if the picture's own width is not what counts.

    An original narrower than its rendition could be is enlarged as many times as that would be.
    """
    if target.drawn:
        width = round(target.drawn.width * image.width / target.width)
        if width * width * image.height / image.width <= target.search.drawn_px:
            drawn = AsDrawn(_scaled(original, width), width)
            if target.drawn.has_room(drawn.score(image)):
                return target.drawn.quality_floor, drawn
    return target.quality_floor, None


def _scaled(original: bytes, width: int) -> pyvips.Image:
    return pyvips.Image.thumbnail_buffer(
        original,
        width,
        height=_ANY_HEIGHT,
        size="down",
        export_profile="srgb",
        # An argument `fail_on` would be ignored: https://github.com/libvips/libvips/issues/5195
        option_string="[fail_on=error]",
    ).copy_memory()


@cache
def _confine() -> None:
    """Once a process: only the loaders that we mean, nothing kept between requests, one thread."""
    pyvips.operation_block_set("VipsForeignLoad", state=True)
    for loader in _LOADERS:
        pyvips.operation_block_set(loader, state=False)
    pyvips.block_untrusted_set(state=True)
    pyvips.cache_set_max(0)
    pyvips.concurrency_set(1)


def _header(original: bytes) -> pyvips.Image:
    try:
        return pyvips.Image.new_from_buffer(original, "")
    except pyvips.Error as error:
        raise ImageError("the original's header cannot be read") from error


def _is_animated_png(original: bytes) -> bool:
    """APNG, of which libvips reads the first frame (https://www.w3.org/TR/png-3/#acTL-chunk)."""
    return b"acTL" in original[: max(original.find(b"IDAT"), 0)]
