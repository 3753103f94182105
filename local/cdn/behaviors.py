"""Which behaviour a request gets: the first whose pattern matches the path the viewer asked for.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html
"""

import re
from functools import cache

from local.cdn.distribution import Behavior, Distribution
from local.cdn.messages import Answer, ViewerRequest
from local.cdn.pages import error_page

_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"})
_LONGEST_URL = 8192
_URI = re.compile("/[^#]*")
_ESCAPED_UNRESERVED = re.compile(
    "%(2[dDeE]|3[0-9]|4[1-9a-fA-F]|5[0-9aAfF]|6[1-9a-fA-F]|7[0-9aAeE])"
)
_WILDCARDS = {"*": ".*", "?": "."}


def choose(distribution: Distribution, uri: str) -> Behavior:
    """The behaviour for this path; the default one, last in the list, matches everything."""
    path = normalised(uri)
    return next(each for each in distribution.behaviors if matches(each.pattern, path))


def matches(pattern: str, path: str) -> bool:
    """`*` stands for any characters, `?` for exactly one; case counts, a leading slash does not."""
    return _compiled("/" + pattern.removeprefix("/")).fullmatch(path) is not None


def normalised(uri: str) -> str:
    """The path without needless escapes and dot segments (RFC 3986, 6.2.2), for matching only."""
    plain = _ESCAPED_UNRESERVED.sub(lambda found: chr(int(found[1], 16)), uri)
    kept: list[str] = []
    segments = plain.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    directory = segments[-1:] in (["."], [".."])
    return "/" + "/".join([*kept, ""] if directory else kept)


def with_root_object(uri: str, distribution: Distribution) -> str:
    """The default root object for the root, everything else as it is."""
    return f"/{distribution.root_object}" if uri == "/" and distribution.root_object else uri


def refusal(request: ViewerRequest, behavior: Behavior) -> Answer | None:
    """CloudFront's own no to a request that may not go any further."""
    if not _URI.fullmatch(request.uri):
        return error_page(request, 400, "Bad request.")
    url = f"{request.uri}?{request.querystring}" if request.querystring else request.uri
    if len(url) > _LONGEST_URL:
        return error_page(request, 414, "The URL is longer than 8,192 bytes.")
    if request.method not in _METHODS:
        return error_page(request, 405, "The HTTP method is not one that CloudFront knows.")
    if request.method not in behavior.allowed_methods:
        return error_page(
            request,
            403,
            "This distribution is not configured to allow the HTTP request method that was used"
            " for this request.",
        )
    if request.body and request.method in {"GET", "HEAD"}:
        return error_page(request, 403, "A GET request must not have a body.")
    return None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    expression = "".join(_WILDCARDS.get(each) or re.escape(each) for each in pattern)
    return re.compile(expression, re.DOTALL)
