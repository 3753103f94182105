"""The API's policy configurations as `policies`; raises UnsupportedFeatureError for the rest.

https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CachePolicyConfig.html
"""

from collections.abc import Iterator

from local.cdn.policies import (
    CachePolicy,
    Choice,
    OriginRequestPolicy,
    PolicyHeader,
    ResponseHeadersPolicy,
    Selection,
)
from local.cdn.strict import Section, UnsupportedFeatureError

_ENCODING_FLAGS = {"gzip": "EnableAcceptEncodingGzip", "br": "EnableAcceptEncodingBrotli"}
_VALUED_SECURITY_HEADERS = (
    ("ContentSecurityPolicy", "ContentSecurityPolicy", "content-security-policy"),
    ("FrameOptions", "FrameOption", "x-frame-options"),
    ("ReferrerPolicy", "ReferrerPolicy", "referrer-policy"),
)


def cache_policy(config: Section) -> CachePolicy:
    """Read a `CachePolicyConfig`."""
    config.without_effect("Name", "Comment")
    key = config.section("ParametersInCacheKeyAndForwardedToOrigin")
    policy = CachePolicy(
        min_ttl_s=config.take("MinTTL", int),
        default_ttl_s=config.take("DefaultTTL", int, 86_400),
        max_ttl_s=config.take("MaxTTL", int, 31_536_000),
        headers=_headers(key),
        cookies=_selection(key, "Cookie", "Cookies"),
        query_strings=_selection(key, "QueryString", "QueryStrings"),
        encodings=frozenset(
            name for name, flag in _ENCODING_FLAGS.items() if key.take(flag, bool, default=False)
        ),
    )
    key.close()
    config.close()
    return policy


def origin_request_policy(config: Section) -> OriginRequestPolicy:
    """Read an `OriginRequestPolicyConfig`."""
    config.without_effect("Name", "Comment")
    policy = OriginRequestPolicy(
        headers=_headers(config),
        cookies=_selection(config, "Cookie", "Cookies"),
        query_strings=_selection(config, "QueryString", "QueryStrings"),
    )
    config.close()
    return policy


def response_headers_policy(config: Section) -> ResponseHeadersPolicy:
    """Read a `ResponseHeadersPolicyConfig`."""
    config.without_effect("Name", "Comment")
    security = config.section("SecurityHeadersConfig")
    policy = ResponseHeadersPolicy(
        added=(*_security_headers(security), *_custom_headers(config)),
        removed=frozenset(
            each.take("Header", str).lower() for each in config.sections("RemoveHeadersConfig")
        ),
    )
    security.close()
    config.close()
    return policy


def _selection(config: Section, kind: str, plural: str) -> Selection:
    part = config.section(f"{plural}Config")
    names = part.strings(plural)
    word = part.take(f"{kind}Behavior", str)
    try:
        choice = Choice(word)
    except ValueError as error:
        raise UnsupportedFeatureError(f"{part.where}.{kind}Behavior = {word!r}") from error
    part.close()
    return Selection(choice, frozenset(names))


def _headers(config: Section) -> Selection:
    read = _selection(config, "Header", "Headers")
    selection = Selection(read.choice, frozenset(name.lower() for name in read.names))
    if selection.picks("host"):
        # Every origin that AWS hosts is told by its own name, and refuses another.
        raise UnsupportedFeatureError(f"{config.where} forwards the viewer's Host to the origin")
    return selection


def _custom_headers(config: Section) -> Iterator[PolicyHeader]:
    for each in config.sections("CustomHeadersConfig"):
        name = each.take("Header", str).lower()
        yield PolicyHeader(
            name, each.take("Value", str, ""), override=each.take("Override", bool, default=False)
        )
        each.close()


def _security_headers(config: Section) -> Iterator[PolicyHeader]:
    for key, field, name in _VALUED_SECURITY_HEADERS:
        if key in config:
            part = config.section(key)
            yield _security_header(part, name, part.take(field, str))
    if "ContentTypeOptions" in config:
        part = config.section("ContentTypeOptions")
        yield _security_header(part, "x-content-type-options", "nosniff")
    if "StrictTransportSecurity" in config:
        part = config.section("StrictTransportSecurity")
        words = [f"max-age={part.take('AccessControlMaxAgeSec', int)}"]
        words += ["includeSubDomains"] * part.take("IncludeSubdomains", bool, default=False)
        words += ["preload"] * part.take("Preload", bool, default=False)
        yield _security_header(part, "strict-transport-security", "; ".join(words))


def _security_header(part: Section, name: str, value: str) -> PolicyHeader:
    override = part.take("Override", bool)
    part.close()
    return PolicyHeader(name, value, override=override)
