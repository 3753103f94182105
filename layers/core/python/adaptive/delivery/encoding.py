"""Encoders' settings, the one place where they are chosen; qualities are the encoders' own, 1-100.

docs/images.md has what each choice costs and saves.
"""

from threading import Lock

import pyvips  # type: ignore[import-untyped]  # has stubs, but no py.typed

MEDIA_TYPES = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg"}

_AVIF_DECODER = "VipsForeignLoadHeif"
_AFFORDABLE_PX = 1_300_000
_DEEP_QUALITY, _DEEP_EFFORT = 50, 3
"""From here on ten bits save more than the quarter of the time that they cost."""

_DEEP_WHITE = 65_472 / 255  # libvips shifts ten bits up to sixteen
_unblocked = Lock()


def avif_effort(image: pyvips.Image, quality: int) -> int:
    """0-9: 2 where 3 would take a core a second or more for what is searched and encoded: a large
    picture, or one that is to look good.

    Below 3 libaom no longer weighs bytes against distortion: a twentieth more bytes for the same
    looks, for the dark up to a half. 4 takes three to five times as long as 3 for hardly any less.
    """
    affordable = image.width * image.height <= _AFFORDABLE_PX and quality < _DEEP_QUALITY
    return 3 if affordable else 2


def is_deep(quality: int, effort: int) -> bool:
    """Whether an AVIF gets ten bits."""
    return quality >= _DEEP_QUALITY and effort >= _DEEP_EFFORT


def encode(image: pyvips.Image, image_format: str, quality: int, *, effort: int = 3) -> bytes:
    """The picture as AVIF, WebP or progressive JPEG, with its EXIF; `effort` is AVIF's, 0-9."""
    keep = "exif" if any(name.startswith("exif-") for name in image.get_fields()) else "none"
    body: bytes
    match image_format:
        case "avif":
            deep = is_deep(quality, effort)
            body = (deepened(image) if deep else image).heifsave_buffer(
                Q=quality,
                compression="av1",
                effort=effort,
                bitdepth=10 if deep else 8,
                keep=keep,
            )
        case "webp":
            body = image.webpsave_buffer(Q=quality, effort=6, preset="photo", keep=keep)
        case _:  # with MozJPEG's tables
            opaque = image.flatten(background=[255]) if image.hasalpha() else image
            body = opaque.jpegsave_buffer(
                Q=quality,
                interlace=True,
                optimize_coding=True,
                trellis_quant=True,
                overshoot_deringing=True,
                optimize_scans=True,
                quant_table=2,
                keep=keep,
            )
    return body


def deepened(image: pyvips.Image) -> pyvips.Image:
    """In 16 bits, white staying white: of 8 bits libvips would make 1,020 of 1,023."""
    return (image * 257).cast("ushort").copy(interpretation="rgb16")


def read_back(encoded: bytes) -> pyvips.Image:
    """What a browser would show of our own bytes: never call it with anybody else's.

    The AVIF decoder is closed to originals, and open only for this.
    """
    with _unblocked:
        pyvips.operation_block_set(_AVIF_DECODER, state=False)
        try:
            shown = pyvips.Image.new_from_buffer(encoded, "")
            if shown.format == "ushort":
                shown = (shown / _DEEP_WHITE).rint().cast("uchar").copy(interpretation="srgb")
            return shown.copy_memory()
        finally:
            pyvips.operation_block_set(_AVIF_DECODER, state=True)
