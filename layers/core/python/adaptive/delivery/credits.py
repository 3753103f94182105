"""Whose picture it is, wherever its original says so: EXIF, else XMP, else IPTC.

A rendition says it in EXIF, which all formats carry, and keeps no other metadata. The original is a
stranger's: nothing parses its XML, and little of it is read.
"""

import html
import re

import pyvips  # type: ignore[import-untyped]  # has stubs, but no py.typed

_COPYRIGHT, _ARTIST = "exif-ifd0-Copyright", "exif-ifd0-Artist"
_LONGEST = 200
_LARGEST_METADATA_BYTES = 256 * 1024
_XMP_LIST = r"\s*<rdf:\w{3}>\s*<rdf:li[^<>]{0,100}>([^<>]{1,1000})</rdf:li>"
_XMP_RIGHTS = re.compile("<dc:rights>" + _XMP_LIST)
_XMP_CREATOR = re.compile("<dc:creator>" + _XMP_LIST)
_XMP_LICENCE = re.compile(r"\bxmpRights:WebStatement(?:>|=[\"'])([^<>\"']{1,200})[<\"']")
_IPTC_COPYRIGHT, _IPTC_BYLINE = 116, 80


def credited(image: pyvips.Image) -> pyvips.Image:
    """The same pixels with no more EXIF than their credits, and those within bounds.

    EXIF's thumbnail would add kilobytes, and show what may have been cropped away.
    """
    xmp = _metadata(image, "xmp-data").decode(errors="replace")
    iptc = _metadata(image, "iptc-data")
    rights = " ".join(filter(None, (_found(_XMP_RIGHTS, xmp), _found(_XMP_LICENCE, xmp))))
    credits_ = {
        _COPYRIGHT: _exif(image, _COPYRIGHT) or rights or _iptc(iptc, _IPTC_COPYRIGHT),
        _ARTIST: _exif(image, _ARTIST) or _found(_XMP_CREATOR, xmp) or _iptc(iptc, _IPTC_BYLINE),
    }
    copy = image.copy()
    for name in image.get_fields():
        if name.startswith("exif-") or name in {"orientation", "jpeg-thumbnail-data"}:
            copy.remove(name)
    for name, text in credits_.items():
        if value := "".join(filter(str.isprintable, text))[:_LONGEST].strip():
            copy.set_type(pyvips.GValue.gstr_type, name, f"{value} (libvips drops this)")
    return copy


def _metadata(image: pyvips.Image, name: str) -> bytes:
    if name not in image.get_fields():
        return b""
    try:
        return bytes(image.get(name)[:_LARGEST_METADATA_BYTES])
    except RuntimeError:  # pyvips cannot tell an empty one
        return b""


def _exif(image: pyvips.Image, name: str) -> str:
    """`Jane` of `Jane (Jane, ASCII, 5 components, 5 bytes)`, which is how libvips tells it."""
    if name not in image.get_fields():
        return ""
    told = str(image.get(name))
    depth = 0
    for at in range(len(told) - 1, -1, -1):
        depth += (told[at] == ")") - (told[at] == "(")
        if not depth:
            return told[:at].rstrip()
    return told


def _found(pattern: re.Pattern[str], xmp: str) -> str:
    match = pattern.search(xmp)
    return html.unescape(match[1]).strip() if match else ""


def _iptc(records: bytes, dataset: int) -> str:
    """The first of record 2 with that number; its length follows (IPTC-IIM 4.2, chapter 1)."""
    _, mark, rest = records.partition(bytes((0x1C, 2, dataset)))
    length = int.from_bytes(rest[:2], "big")
    return rest[2 : 2 + min(length, _LONGEST)].decode("utf-8", errors="replace") if mark else ""
