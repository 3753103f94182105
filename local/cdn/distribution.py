"""A CloudFront distribution as this CDN sees it: plain values, read once."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from local.cdn.policies import (
    NO_ORIGIN_REQUEST_POLICY,
    NO_RESPONSE_HEADERS_POLICY,
    CachePolicy,
    OriginRequestPolicy,
    ResponseHeadersPolicy,
)


class OriginKind(StrEnum):
    """Where an origin lives, which decides its address on this machine."""

    S3 = "s3"
    FUNCTION_URL = "function-url"
    HTTP_API = "http-api"
    SIGN_IN = "sign-in"
    CUSTOM = "custom"


@dataclass(frozen=True, slots=True)
class Signing:
    """Origin access control: requests are signed for `service`, perhaps not if the viewer did."""

    service: Literal["s3", "lambda"]
    unless_signed: bool = False


@dataclass(frozen=True, slots=True)
class Origin:
    """Where misses go. `path` goes before every URI; only custom origins have a `base_url`."""

    id: str
    kind: OriginKind
    domain: str
    path: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    signing: Signing | None = None
    attempts: int = 3
    connect_timeout_s: float = 10
    read_timeout_s: float = 30
    base_url: str = ""


@dataclass(frozen=True, slots=True)
class OriginGroup:
    """Two origins: the second is asked when the first answers with one of the statuses."""

    id: str
    members: tuple[str, str]
    failover_statuses: frozenset[int]


@dataclass(frozen=True, slots=True)
class Behavior:
    """What happens to the requests whose path matches `pattern` (`*` matches all)."""

    pattern: str
    target_id: str
    allowed_methods: frozenset[str]
    cached_methods: frozenset[str]
    cache_policy: CachePolicy
    compress: bool = False
    origin_request_policy: OriginRequestPolicy = NO_ORIGIN_REQUEST_POLICY
    response_headers_policy: ResponseHeadersPolicy = NO_RESPONSE_HEADERS_POLICY
    viewer_request_arn: str | None = None
    viewer_response_arn: str | None = None

    @property
    def function_arns(self) -> frozenset[str]:
        """The edge functions that run for it."""
        return frozenset(filter(None, (self.viewer_request_arn, self.viewer_response_arn)))

    @property
    def forwards_cookies(self) -> bool:
        """Whether any cookie can reach the origin; if none can, its Set-Cookie is dropped."""
        return not (self.cache_policy.cookies.empty and self.origin_request_policy.cookies.empty)


@dataclass(frozen=True, slots=True)
class ErrorResponse:
    """How an error of the origin is presented and how long it is remembered."""

    code: int
    min_ttl_s: float = 10
    page_path: str = ""
    response_code: int | None = None


@dataclass(frozen=True, slots=True)
class Distribution:
    """The whole of it. `behaviors` are in the order they are tried, the default one last."""

    id: str
    domain: str
    behaviors: tuple[Behavior, ...]
    origins: Mapping[str, Origin]
    groups: Mapping[str, OriginGroup]
    root_object: str = ""
    error_responses: Mapping[int, ErrorResponse] | None = None

    def error_response(self, status: int) -> ErrorResponse:
        """How to treat an error with this status."""
        return (self.error_responses or {}).get(status) or ErrorResponse(code=status)

    def candidates(self, target_id: str) -> tuple[Origin, ...]:
        """The origins behind a behaviour's target, in the order they are asked."""
        group = self.groups.get(target_id)
        return tuple(self.origins[each] for each in (group.members if group else (target_id,)))
