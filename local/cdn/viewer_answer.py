"""What becomes of an answer: filtered before it is kept, finished before the viewer gets it."""

from dataclasses import replace
from email.utils import formatdate

from local.cdn.distribution import Behavior
from local.cdn.headers import Headers, replaced, value, without
from local.cdn.messages import Answer, ViewerRequest
from local.cdn.partial import shortened
from local.cdn.policies import ResponseHeadersPolicy

POP = "LCL50-C1"
_ALWAYS_VARIES = frozenset({"accept-encoding", "cookie"})
_BODILESS = frozenset({204, 304})


def filtered(answer: Answer, behavior: Behavior) -> Answer:
    """The answer without what this behaviour keeps from viewers: cookies, names in `Vary`."""
    headers = answer.headers
    if not behavior.forwards_cookies:
        headers = without(headers, ["set-cookie"])
    if value(headers, "vary") not in {"", "*"}:
        names = [name.strip() for name in value(headers, "vary").split(",")]
        kept = [name for name in names if _varies(name.lower(), behavior)]
        headers = without(headers, ["vary"])
        if kept:
            headers = replaced(headers, "vary", ", ".join(kept))
    return replace(answer, headers=headers)


def finished(
    answer: Answer, request: ViewerRequest, behavior: Behavior, *, via: str, now_s: float
) -> Answer:
    """The answer as the viewer gets it: cut to what was asked, with policy's and own headers."""
    sent = shortened(request, answer)
    headers = _with_policy(sent.headers, behavior.response_headers_policy)
    headers = replaced(headers, "via", via)
    headers = replaced(headers, "x-amz-cf-pop", POP)
    headers = replaced(headers, "x-amz-cf-id", request.id)
    if not value(headers, "date"):
        headers = replaced(headers, "date", formatdate(now_s, usegmt=True))
    if not value(headers, "server"):
        headers = replaced(headers, "server", "CloudFront")
    if sent.status in _BODILESS:
        return Answer(sent.status, headers)
    if (
        sent.body or request.method != "HEAD"
    ):  # the origin's length stands where it was asked by HEAD
        headers = replaced(headers, "content-length", str(len(sent.body)))
    return Answer(sent.status, headers, b"" if request.method == "HEAD" else sent.body)


def _with_policy(headers: Headers, policy: ResponseHeadersPolicy) -> Headers:
    """First removes, then adds, as CloudFront does."""
    headers = without(headers, policy.removed)
    for added in policy.added:
        if added.override or not any(name == added.name for name, _ in headers):
            headers = replaced(headers, added.name, added.value)
    return headers


def _varies(name: str, behavior: Behavior) -> bool:
    policies = (behavior.cache_policy, behavior.origin_request_policy)
    return name in _ALWAYS_VARIES or any(policy.headers.picks(name) for policy in policies)
