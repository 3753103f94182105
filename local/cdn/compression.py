"""Compression on the way into the cache, as CloudFront does it.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/ServingCompressedFiles.html
Brotli only where the `brotli` package is installed; otherwise viewers who take both get gzip.
"""

import gzip
import importlib.util
import re
from dataclasses import replace

from local.cdn.headers import replaced, value, without
from local.cdn.messages import Answer

_SMALLEST, _LARGEST = 1_000, 10_000_000
_GZIP_LEVEL = 6
_BROTLI_QUALITY = 5
_STATUSES = frozenset({200, 403, 404})
_TYPES = re.compile(
    r"application/(?:dash\+xml|eot|font|font-sfnt|javascript|json|opentype|otf|pdf|pkcs7-mime"
    r"|protobuf|rss\+xml|truetype|ttf|vnd\.(?:apple\.mpegurl|mapbox-vector-tile|ms-fontobject)"
    r"|wasm|xhtml\+xml|xml|x-(?:font-(?:opentype|truetype|ttf)|httpd-cgi|javascript|mpegurl"
    r"|opentype|otf|perl|ttf))"
    r"|font/(?:eot|opentype|otf|ttf)|image/svg\+xml"
    r"|text/(?:css|csv|html|javascript|js|plain|richtext|tab-separated-values|xml"
    r"|x-(?:component|java-source|script))"
    r"|vnd\.apple\.mpegurl"
)
HAS_BROTLI = importlib.util.find_spec("brotli") is not None


def compressed(answer: Answer, encodings: str) -> Answer:
    """The answer in the best of the viewer's normalised encodings, or as it is."""
    encoding = choose(encodings)
    if not encoding or not is_compressible(answer):
        return answer
    headers = replaced(answer.headers, "content-encoding", encoding)
    varies = [each.strip() for each in value(headers, "vary").split(",") if each.strip()]
    if "accept-encoding" not in {each.lower() for each in varies}:
        headers = replaced(headers, "vary", ", ".join([*varies, "Accept-Encoding"]))
    etag = value(headers, "etag")
    if etag.startswith('"'):
        headers = replaced(headers, "etag", f"W/{etag}")
    elif not etag.startswith("W/"):
        headers = without(headers, ["etag"])
    return replace(
        answer, headers=without(headers, ["content-length"]), body=_encode(answer.body, encoding)
    )


def choose(encodings: str) -> str:
    """`br` where viewer, policy and this installation have it, then `gzip`, else nothing."""
    offered = encodings.split(",")
    if "br" in offered and HAS_BROTLI:
        return "br"
    return "gzip" if "gzip" in offered else ""


def is_compressible(answer: Answer) -> bool:
    """Whether CloudFront would compress it: type, size, and not yet encoded."""
    media_type = value(answer.headers, "content-type").partition(";")[0].strip().lower()
    return (
        answer.status in _STATUSES
        and _TYPES.fullmatch(media_type) is not None
        and _SMALLEST <= len(answer.body) <= _LARGEST
        and bool(value(answer.headers, "content-length"))
        and not value(answer.headers, "content-encoding")
    )


def _encode(body: bytes, encoding: str) -> bytes:
    if encoding == "br":
        brotli = importlib.import_module("brotli")
        packed: bytes = brotli.compress(body, quality=_BROTLI_QUALITY)
        return packed
    return gzip.compress(body, _GZIP_LEVEL, mtime=0)
