"""The API's `DistributionConfig` as a `Distribution`; raises UnsupportedFeatureError for the rest.

https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DistributionConfig.html
"""

from collections.abc import Mapping
from dataclasses import dataclass

from adaptive.errors import ConfigError
from local.cdn.distribution import Behavior, Distribution, ErrorResponse, Signing
from local.cdn.policies import CachePolicy, OriginRequestPolicy, ResponseHeadersPolicy
from local.cdn.read_origins import origin, origin_group
from local.cdn.strict import Section, UnsupportedFeatureError

_VIEWER_EVENTS = frozenset({"viewer-request", "viewer-response"})


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What a distribution refers to, by id."""

    cache_policies: Mapping[str, CachePolicy]
    origin_request_policies: Mapping[str, OriginRequestPolicy]
    response_headers_policies: Mapping[str, ResponseHeadersPolicy]
    access_controls: Mapping[str, Signing | None]


def distribution(
    config: Section, *, distribution_id: str, domain: str, catalogue: Catalogue
) -> Distribution:
    """Read a `DistributionConfig`; ConfigError for one that is off or lacks what it refers to."""
    config.without_effect(
        *("CallerReference", "Comment", "PriceClass", "HttpVersion", "IsIPV6Enabled"),
        *("Aliases", "ViewerCertificate", "Logging", "ConnectionMode"),
        "WebACLId",  # ours counts requests per address, and here all come from one
    )
    if not config.take("Enabled", bool):
        raise ConfigError(f"{config.where} is disabled")
    _no_geo_restriction(config.section("Restrictions"))
    origins = [origin(each, catalogue.access_controls) for each in config.sections("Origins")]
    groups = [origin_group(each) for each in config.sections("OriginGroups")]
    listed = config.sections("CacheBehaviors")
    errors = [_error_response(each) for each in config.sections("CustomErrorResponses")]
    read = Distribution(
        id=distribution_id,
        domain=domain,
        root_object=config.take("DefaultRootObject", str, ""),
        behaviors=(
            *(_behavior(each, each.take("PathPattern", str), catalogue) for each in listed),
            _behavior(config.section("DefaultCacheBehavior"), "*", catalogue),
        ),
        origins={each.id: each for each in origins},
        groups={each.id: each for each in groups},
        error_responses={each.code: each for each in errors},
    )
    config.close()
    _check_targets(read)
    return read


def _behavior(config: Section, pattern: str, catalogue: Catalogue) -> Behavior:
    # Not enforced: browsers reach this CDN by plain http on localhost.
    config.without_effect("ViewerProtocolPolicy")
    methods = config.section("AllowedMethods")
    cached = methods.strings("CachedMethods")
    allowed = methods.elements()
    request_policy = config.take("OriginRequestPolicyId", str, "")
    headers_policy = config.take("ResponseHeadersPolicyId", str, "")
    arns = _functions(config)
    behavior = Behavior(
        pattern=pattern,
        target_id=config.take("TargetOriginId", str),
        allowed_methods=frozenset(allowed or ("GET", "HEAD")),
        cached_methods=frozenset(cached or ("GET", "HEAD")),
        compress=config.take("Compress", bool, default=False),
        # Required: a behaviour without one has the legacy `ForwardedValues`.
        cache_policy=catalogue.cache_policies[config.take("CachePolicyId", str)],
        origin_request_policy=catalogue.origin_request_policies[request_policy]
        if request_policy
        else OriginRequestPolicy(),
        response_headers_policy=catalogue.response_headers_policies[headers_policy]
        if headers_policy
        else ResponseHeadersPolicy(),
        viewer_request_arn=arns.get("viewer-request"),
        viewer_response_arn=arns.get("viewer-response"),
    )
    methods.close()
    config.close()
    return behavior


def _functions(config: Section) -> dict[str, str]:
    """Viewer event -> ARN of its function: one each, and of one kind; no origin events."""
    arns: dict[str, str] = {}
    kinds = []
    for kind, name in (("LambdaFunction", "Lambda@Edge"), ("Function", "CloudFront Functions")):
        for each in config.sections(f"{kind}Associations"):
            event = each.take("EventType", str)
            if event not in _VIEWER_EVENTS:
                raise UnsupportedFeatureError(f"{each.where}: {name} on {event}")
            if event in arns:
                raise ConfigError(f"{config.where} has more than one function on {event}")
            arns[event] = each.take(f"{kind}ARN", str)
            kinds.append(name)
            each.close()
    if len(set(kinds)) > 1:
        raise ConfigError(f"{config.where} has functions of both kinds on viewer events")
    return arns


def _error_response(config: Section) -> ErrorResponse:
    code = config.take("ErrorCode", int)
    read = ErrorResponse(
        code=code,
        min_ttl_s=config.take("ErrorCachingMinTTL", int, 10),
        page_path=config.take("ResponsePagePath", str, ""),
        response_code=int(config.take("ResponseCode", str, "") or code),
    )
    config.close()
    return read


def _no_geo_restriction(config: Section) -> None:
    geo = config.section("GeoRestriction")
    if (kind := geo.take("RestrictionType", str, "none")) != "none":
        raise UnsupportedFeatureError(f"{geo.where}.RestrictionType = {kind!r}")


def _check_targets(read: Distribution) -> None:
    known = set(read.origins)
    wanted = {member for group in read.groups.values() for member in group.members}
    wanted |= {each.target_id for each in read.behaviors} - set(read.groups)
    if missing := wanted - known:
        raise ConfigError(f"{read.id} targets origins it does not have: {sorted(missing)}")
