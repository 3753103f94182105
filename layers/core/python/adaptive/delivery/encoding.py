"""Encoders' settings, the one place where they are chosen; qualities are the encoders' own, 1-100.

AVIF at effort 1, of 0-9: 12 megapixels become 1,920 px in about half a second of one core.
Effort 0 encodes in a third of the time and is 4 % heavier, 2 takes 1.7 times as long for less than
1 %, 4 (libheif's default) ten times as long for 6 %.
"""

from threading import Lock

import pyvips  # type: ignore[import-untyped]  # has stubs, but no py.typed

MEDIA_TYPES = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg"}

_AVIF_DECODER = "VipsForeignLoadHeif"
_unblocked = Lock()


def encode(image: pyvips.Image, image_format: str, quality: int, *, keep: str = "none") -> bytes:
    """The picture as AVIF, WebP or progressive JPEG."""
    body: bytes
    match image_format:
        case "avif":
            body = image.heifsave_buffer(
                Q=quality, compression="av1", effort=1, bitdepth=8, keep=keep
            )
        case "webp":
            body = image.webpsave_buffer(Q=quality, effort=4, keep=keep)
        case _:  # with MozJPEG's tables
            opaque = image.flatten(background=[255]) if image.hasalpha() else image
            body = opaque.jpegsave_buffer(
                Q=quality,
                interlace=True,
                optimize_coding=True,
                trellis_quant=True,
                overshoot_deringing=True,
                optimize_scans=True,
                quant_table=3,
                keep=keep,
            )
    return body


def read_back(encoded: bytes) -> pyvips.Image:
    """What a browser would show of our own bytes: never call it with anybody else's.

    The AVIF decoder is closed to originals, and open only for this.
    """
    with _unblocked:
        pyvips.operation_block_set(_AVIF_DECODER, state=False)
        try:
            return pyvips.Image.new_from_buffer(encoded, "").copy_memory()
        finally:
            pyvips.operation_block_set(_AVIF_DECODER, state=True)
