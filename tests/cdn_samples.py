"""Requests, policies and distributions for the tests of the local CDN."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.cdn.distribution import Behavior, Distribution
from local.cdn.headers import Headers
from local.cdn.messages import ViewerRequest
from local.cdn.policies import CachePolicy, OriginRequestPolicy, ResponseHeadersPolicy
from local.cdn.read_distribution import Catalogue, distribution
from local.cdn.strict import Section

READ = frozenset({"GET", "HEAD"})
HOUR_S = 3600
DAY_S = 86_400
CACHED = CachePolicy(min_ttl_s=0, default_ttl_s=DAY_S, max_ttl_s=365 * DAY_S)
TEXT = CachePolicy(0, DAY_S, 365 * DAY_S, encodings=frozenset({"gzip", "br"}))
NEVER = CachePolicy(0, 0, 0)
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:edge:1"


@dataclass
class Clock:
    """Time as the test says."""

    now_s: float = 1_800_000_000

    def __call__(self) -> float:
        return self.now_s


@dataclass(frozen=True)
class Policies:
    """What the configurations built here may refer to by id."""

    cache: Mapping[str, CachePolicy] = field(
        default_factory=lambda: {"cached": CACHED, "text": TEXT, "never": NEVER}
    )
    origin_request: Mapping[str, OriginRequestPolicy] = field(default_factory=dict)
    response_headers: Mapping[str, ResponseHeadersPolicy] = field(default_factory=dict)


def request(
    uri: str = "/img/hero.jpg",
    *,
    method: str = "GET",
    query: str = "",
    headers: Headers = (("host", "shop.example"),),
    body: bytes = b"",
) -> ViewerRequest:
    return ViewerRequest(
        id="request-1",
        method=method,
        uri=uri,
        querystring=query,
        headers=headers,
        client_ip="192.0.2.7",
        body=body,
    )


def behavior(cache_policy: CachePolicy = CACHED, **changes: Any) -> Behavior:
    settings: dict[str, Any] = {
        "pattern": "*",
        "target_id": "files",
        "allowed_methods": READ,
        "cached_methods": READ,
        "cache_policy": cache_policy,
    }
    return Behavior(**(settings | changes))


def listed(*items: Any) -> dict[str, Any]:
    """A list as the API writes it."""
    return {"Quantity": len(items), "Items": list(items)}


def behavior_config(target: str = "files", **changes: Any) -> dict[str, Any]:
    config = {
        "TargetOriginId": target,
        "ViewerProtocolPolicy": "redirect-to-https",
        "CachePolicyId": "cached",
        "Compress": False,
        "AllowedMethods": {**listed("HEAD", "GET"), "CachedMethods": listed("HEAD", "GET")},
        "TrustedSigners": {"Enabled": False, "Quantity": 0},
        "SmoothStreaming": False,
        "LambdaFunctionAssociations": {"Quantity": 0},
        "FunctionAssociations": {"Quantity": 0},
        "FieldLevelEncryptionId": "",
    }
    return config | changes


def all_methods() -> dict[str, Any]:
    methods = ("GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE")
    return {**listed(*methods), "CachedMethods": listed("GET", "HEAD")}


def edge_function(arn: str = FUNCTION) -> dict[str, Any]:
    return listed({"LambdaFunctionARN": arn, "EventType": "viewer-request", "IncludeBody": False})


def s3_origin(origin_id: str = "files", bucket: str = "site", **changes: Any) -> dict[str, Any]:
    config = {
        "Id": origin_id,
        "DomainName": f"{bucket}.s3.us-east-1.amazonaws.com",
        "OriginPath": "",
        "CustomHeaders": {"Quantity": 0},
        "S3OriginConfig": {"OriginAccessIdentity": "", "OriginReadTimeout": 30},
        "ConnectionAttempts": 1,
        "ConnectionTimeout": 2,
        "OriginShield": {"Enabled": False},
        "OriginAccessControlId": "",
    }
    return config | changes


def custom_origin(origin_id: str, domain: str, port: int = 443) -> dict[str, Any]:
    https = port == 443
    return {
        "Id": origin_id,
        "DomainName": domain,
        "OriginPath": "",
        "CustomHeaders": {"Quantity": 0},
        "CustomOriginConfig": {
            "HTTPPort": 80 if https else port,
            "HTTPSPort": 443,
            "OriginProtocolPolicy": "https-only" if https else "http-only",
            "OriginSslProtocols": listed("TLSv1.2"),
            "OriginReadTimeout": 30,
            "OriginKeepaliveTimeout": 5,
        },
        "ConnectionAttempts": 1,
        "ConnectionTimeout": 2,
        "OriginShield": {"Enabled": False},
        "OriginAccessControlId": "",
    }


def group_config(first: str, second: str, *statuses: int) -> dict[str, Any]:
    return {
        "Id": "group",
        "FailoverCriteria": {"StatusCodes": listed(*statuses)},
        "Members": listed({"OriginId": first}, {"OriginId": second}),
    }


def config(
    *behaviors: dict[str, Any],
    default: dict[str, Any] | None = None,
    origins: tuple[dict[str, Any], ...] = (),
    groups: tuple[dict[str, Any], ...] = (),
    **changes: Any,
) -> dict[str, Any]:
    """A `DistributionConfig` of the AWS shape, with the fields that the API always fills."""
    config = {
        "CallerReference": "test",
        "Comment": "shop",
        "Enabled": True,
        "DefaultRootObject": "index.html",
        "Aliases": {"Quantity": 0},
        "Origins": listed(*(origins or (s3_origin(),))),
        "OriginGroups": listed(*groups),
        "DefaultCacheBehavior": default or behavior_config(),
        "CacheBehaviors": listed(*behaviors),
        "CustomErrorResponses": {"Quantity": 0},
        "Logging": {"Enabled": False, "IncludeCookies": False, "Bucket": "", "Prefix": ""},
        "PriceClass": "PriceClass_100",
        "ViewerCertificate": {"CloudFrontDefaultCertificate": True},
        "Restrictions": {"GeoRestriction": {"RestrictionType": "none", "Quantity": 0}},
        "WebACLId": "",
        "HttpVersion": "http2and3",
        "IsIPV6Enabled": True,
        "Staging": False,
    }
    return config | changes


def read(raw: dict[str, Any], policies: Policies | None = None, **controls: Any) -> Distribution:
    """The distribution as the CDN reads it."""
    known = policies or Policies()
    return distribution(
        Section(raw, "distribution E1"),
        distribution_id="E1",
        domain="d1.cloudfront.net",
        catalogue=Catalogue(known.cache, known.origin_request, known.response_headers, controls),
    )
