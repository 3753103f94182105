"""Originals to render, the hostile ones included, and how to render them."""

import struct
import zlib
from pathlib import Path

import pyvips  # type: ignore[import-untyped]  # has stubs, but no py.typed

from adaptive.edge import policy
from adaptive.edge.policy import Tier
from adaptive.settings.delivery import RenderSettings
from tests.samples import POLICY

RENDER = RenderSettings(
    site_bucket="site",
    policy=policy.dump(POLICY),
    quality_floor={**dict(zip(Tier, (80, 70, 57, 45), strict=True)), "thrifty": 35},
    displayed_quality={**dict(zip(Tier, (80, 70, 57, 45), strict=True)), "thrifty": 35},
    pixel_limit=100_000_000,
    browser_ttl_s=300,
    cdn_ttl_s=31_536_000,
)
_PHOTOS = Path(__file__).parents[1] / "node_modules/material-kit/assets/img"


def photo(name: str = "bg7.jpg") -> bytes:
    """A real photograph, 2,000 x 1,339 px unless another is named (material-kit, MIT)."""
    return (_PHOTOS / name).read_bytes()


def gradient(width: int = 600, height: int = 400) -> pyvips.Image:
    """Red from left to right, green from top to bottom, blue nowhere."""
    xy = pyvips.Image.xyz(width, height)
    red, green = xy[0] * (255 / width), xy[1] * (255 / height)
    return red.bandjoin([green, red * 0]).cast("uchar").copy(interpretation="srgb")


def jpeg(image: pyvips.Image | None = None, *, quality: int = 90) -> bytes:
    picture = gradient() if image is None else image
    body: bytes = picture.jpegsave_buffer(Q=quality)
    return body


def png(image: pyvips.Image | None = None) -> bytes:
    body: bytes = (gradient() if image is None else image).pngsave_buffer()
    return body


def webp(image: pyvips.Image | None = None) -> bytes:
    body: bytes = (gradient() if image is None else image).webpsave_buffer()
    return body


def half_transparent() -> pyvips.Image:
    """The left half clear, the right half opaque."""
    clear = pyvips.Image.black(300, 400)
    return gradient().bandjoin(clear.join(clear + 255, "horizontal").cast("uchar"))


def rotated_jpeg() -> bytes:
    """600 x 400 stored pixels that EXIF turns to 400 x 600; a GPS position on top."""
    image = gradient().copy()
    image.set_type(pyvips.GValue.gint_type, "orientation", 6)
    image.set_type(pyvips.GValue.gstr_type, "exif-ifd3-GPSLatitude", "52/1 31/1 0/1")
    return jpeg(image)


def signed_jpeg(copyright_: str = "(c) Jane Doe (all rights)") -> bytes:
    """With a copyright, an artist, a camera and a place."""
    image = gradient().copy()
    for name, text in (
        ("ifd0-Copyright", copyright_),
        ("ifd0-Artist", "Jane Doe"),
        ("ifd0-Model", "Camera 1"),
        ("ifd3-GPSLatitude", "52/1 31/1 0/1"),
    ):
        image.set_type(pyvips.GValue.gstr_type, f"exif-{name}", f"{text} (libvips drops this)")
    return jpeg(image)


XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description
 xmpRights:WebStatement="https://example.com/licence">
<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">Jane &amp; Doe</rdf:li></rdf:Alt></dc:rights>
<dc:creator><rdf:Seq><rdf:li>Jane</rdf:li></rdf:Seq></dc:creator>
</rdf:Description></rdf:RDF></x:xmpmeta>"""
IPTC = (
    b"Photoshop 3.0\0008BIM\x04\x04\0\0\0\0\0\x17\x1c\x02\x50\0\x04Jane\x1c\x02\x74\0\x08Jane Doe\0"
)


def described_jpeg(field: str, metadata: bytes) -> bytes:
    """With `xmp-data` or `iptc-data`, as libvips names them, and no EXIF."""
    image = gradient().copy()
    image.set_type(pyvips.GValue.blob_type, field, metadata)
    body: bytes = image.jpegsave_buffer(keep=field.removesuffix("-data"))
    return body


def cmyk_jpeg() -> bytes:
    return jpeg(gradient().colourspace("cmyk"))


def animation(frames: int = 3, *, width: int = 60, height: int = 40) -> bytes:
    """An animated WebP."""
    strip = gradient(width, height * frames).copy()
    strip.set_type(pyvips.GValue.gint_type, "page-height", height)
    return webp(strip)


def png_claiming(width: int, height: int, *, animated: bool = False) -> bytes:
    """A 1-bit PNG whose header promises more than its data holds."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    control = _chunk(b"acTL", struct.pack(">II", 2, 0)) if animated else b""
    data = _chunk(b"IDAT", zlib.compress(bytes(100)))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + control + data + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


_ENTITIES = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
_DOCTYPE = f'<!DOCTYPE x [<!ENTITY l0 "lol">{_ENTITIES}]>'
XML_BOMB = f'<?xml version="1.0"?>{_DOCTYPE}<svg>&l9;</svg>'.encode()
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><rect width="9"/></svg>'

NO_IMAGES = {
    "nothing": b"",
    "text": b"these are not pixels",
    "html": b"<!doctype html><script>alert(1)</script>",
    "SVG": SVG,
    "XML bomb": XML_BOMB,
    "GIF": b"GIF89a" + bytes(40),
    "AVIF": bytes(3) + b"\x1cftypavif" + bytes(40),
    "PDF": b"%PDF-1.7\n",
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n",
    "a JPEG's first bytes": b"\xff\xd8\xff",
    "a PNG's first bytes": b"\x89PNG\r\n\x1a\n",
    "a WebP's first bytes": b"RIFF\x00\x00\x00\x00WEBP",
    "a JPEG's first bytes before zeros": b"\xff\xd8\xff" + bytes(1_000),
}
