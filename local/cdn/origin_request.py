"""What of a viewer's request reaches the origin: what the two policies pick, and what always goes.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/controlling-origin-requests.html
"""

from collections.abc import Iterator
from dataclasses import dataclass

from local.cdn.cache_key import normalised_encodings, picked_cookies, picked_query
from local.cdn.distribution import Behavior
from local.cdn.headers import Headers, end_to_end, value, without
from local.cdn.messages import ViewerRequest

_SET_HERE = frozenset(
    {
        *("accept-encoding", "content-length", "cookie", "expect", "host", "via", "x-amz-cf-id"),
        *("x-forwarded-for", "x-forwarded-proto", "x-real-ip"),
    }
)
_PARTIAL = frozenset(  # the whole object is asked for; `partial` cuts it
    {
        *("if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since"),
        "range",
    }
)


@dataclass(frozen=True, slots=True)
class OriginRequest:
    """A request for any origin of a behaviour; the origin adds its domain, path and signature."""

    method: str
    uri: str
    query: str
    headers: Headers
    body: bytes = b""


def origin_request(request: ViewerRequest, behavior: Behavior, *, via: str) -> OriginRequest:
    """The request for the whole object; `via` names this CDN (RFC 9110, 7.6.3)."""
    cached, more = behavior.cache_policy, behavior.origin_request_policy
    query = picked_query(request.querystring, cached.query_strings, more.query_strings)
    return OriginRequest(
        method=request.method,
        uri=request.uri,
        query="&".join(query),
        headers=(*_picked(request, behavior), *_set_here(request, behavior, via)),
        body=request.body,
    )


def _picked(request: ViewerRequest, behavior: Behavior) -> Iterator[tuple[str, str]]:
    cached, more = behavior.cache_policy.headers, behavior.origin_request_policy.headers
    for name, text in without(end_to_end(request.headers), _SET_HERE | _PARTIAL):
        with_body = name == "content-type" and request.body
        if with_body or cached.picks(name) or more.picks(name):
            yield name, text


def _set_here(request: ViewerRequest, behavior: Behavior, via: str) -> Iterator[tuple[str, str]]:
    cached, more = behavior.cache_policy, behavior.origin_request_policy
    if not (cached.headers.picks("user-agent") or more.headers.picks("user-agent")):
        yield "user-agent", "Amazon CloudFront"
    if accepted := value(request.headers, "accept-encoding"):
        if cached.encodings:
            yield "accept-encoding", normalised_encodings(request.headers, cached) or "identity"
        elif cached.headers.picks("accept-encoding") or more.headers.picks("accept-encoding"):
            yield "accept-encoding", accepted
    if cookies := sorted(picked_cookies(request.headers, cached.cookies, more.cookies)):
        yield "cookie", "; ".join(cookies)
    hops = [value(request.headers, "x-forwarded-for"), request.client_ip]
    yield "x-forwarded-for", ", ".join(filter(None, hops))
    yield "via", ", ".join(filter(None, [value(request.headers, "via"), via]))
    yield "x-amz-cf-id", request.id
