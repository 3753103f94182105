"""How long an answer may be kept: CloudFront's table of Cache-Control, Expires and policy bounds.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Expiration.html and, for errors,
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html
"""

import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from local.cdn.headers import Headers, value
from local.cdn.messages import Answer
from local.cdn.policies import CachePolicy

_DIRECTIVE = re.compile(r'([a-z-]+)(?:\s*=\s*(?:"([^"]*)"|([^\s,"]*)))?', re.IGNORECASE)
_FORBIDDING = frozenset({"no-store", "private"})
_ALWAYS_KEPT_ERRORS = frozenset({404, 414, 500, 501, 502, 503, 504})
_KEPT_ERRORS_WITH_AGE = frozenset({400, 403, 405, 412, 415})
_UNKEEPABLE = frozenset({206, 304})
_LONGEST_AGE = 12  # digits; more of them is for ever all the same
_FIRST_ERROR = 400
_FIRST_SERVER_ERROR = 500


@dataclass(frozen=True, slots=True)
class Freshness:
    """Whether to keep an answer, and how long it is served without asking; 0 s: ask each time."""

    keep: bool
    ttl_s: float = 0


NEVER = Freshness(keep=False)


def freshness(
    answer: Answer, policy: CachePolicy, *, now_s: float, error_ttl_s: float
) -> Freshness:
    """How to keep the origin's answer; `now_s` is in seconds since 1970, as `Expires` is a date."""
    directives = _directives(answer.headers)
    if answer.status >= _FIRST_ERROR:
        return _of_error(answer.status, directives, error_ttl_s)
    forbidden = bool(_FORBIDDING & directives.keys())
    unshared = forbidden or value(answer.headers, "vary").strip() == "*"
    if not policy.caches or answer.status in _UNKEEPABLE or (unshared and not policy.min_ttl_s):
        return NEVER
    if forbidden or "no-cache" in directives:
        return Freshness(keep=True, ttl_s=policy.min_ttl_s)
    asked_s = _asked_s(answer.headers, directives, now_s)
    if asked_s is None:
        return Freshness(keep=True, ttl_s=max(policy.min_ttl_s, policy.default_ttl_s))
    return Freshness(keep=True, ttl_s=min(max(asked_s, policy.min_ttl_s), policy.max_ttl_s))


def _of_error(status: int, directives: dict[str, str], error_ttl_s: float) -> Freshness:
    """Errors are kept for the error caching minimum or the origin's own, whichever is longer."""
    age_s = _age_s(directives)
    if status < _FIRST_SERVER_ERROR and (_FORBIDDING | {"no-cache"}) & directives.keys():
        return NEVER
    if status in _ALWAYS_KEPT_ERRORS or (status in _KEPT_ERRORS_WITH_AGE and age_s is not None):
        ttl_s = max(error_ttl_s, age_s or 0)
        return Freshness(ttl_s > 0, ttl_s)
    return NEVER


def _asked_s(headers: Headers, directives: dict[str, str], now_s: float) -> float | None:
    """The lifetime the origin asks for, None if it says nothing; a date nobody can read is past."""
    age_s = _age_s(directives)
    expires = value(headers, "expires")
    if age_s is not None or not expires:
        return age_s
    try:
        return max(0, parsedate_to_datetime(expires).timestamp() - now_s)
    except ValueError:
        return 0


def _age_s(directives: dict[str, str]) -> float | None:
    """`s-maxage`, else `max-age`, else None; what is no number of seconds counts as 0."""
    for name in ("s-maxage", "max-age"):
        if name in directives:
            digits = directives[name][:_LONGEST_AGE]
            return int(digits) if digits.isdecimal() else 0
    return None


def _directives(headers: Headers) -> dict[str, str]:
    found = _DIRECTIVE.finditer(value(headers, "cache-control"))
    directives: dict[str, str] = {}
    for each in found:
        directives.setdefault(each[1].lower(), each[2] or each[3] or "")
    return directives
