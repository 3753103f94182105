from typing import Any

import pytest

from adaptive.errors import ConfigError
from local.cdn import read_origins, read_policies
from local.cdn.distribution import ErrorResponse, OriginGroup, OriginKind, Signing
from local.cdn.policies import Choice, PolicyHeader, Selection
from local.cdn.strict import Section, UnsupportedFeatureError
from tests.cdn_samples import (
    FUNCTION,
    behavior_config,
    config,
    custom_origin,
    edge_function,
    group_config,
    listed,
    read,
    s3_origin,
)

RENDER = "abcdefghijklmnopqrstuvwxyz012345.lambda-url.us-east-1.on.aws"
SIGN_IN = "adaptive-edge-000000000000.auth.us-east-1.amazoncognito.com"
API = "0a1b2c3d.execute-api.us-east-1.amazonaws.com"


def on_default(**changes: Any) -> dict[str, Any]:
    return config(default=behavior_config(**changes))


@pytest.mark.parametrize(
    ("raw", "named"),
    [
        (config(Staging=True), "Staging"),
        (config(NewFeature={"Enabled": True}), "NewFeature"),
        (
            config(Restrictions={"GeoRestriction": {"RestrictionType": "blacklist"}}),
            "GeoRestriction",
        ),
        (on_default(TrustedKeyGroups={"Enabled": True, "Quantity": 1}), "TrustedKeyGroups"),
        (on_default(FieldLevelEncryptionId="F1"), "FieldLevelEncryptionId"),
        (on_default(SmoothStreaming=True), "SmoothStreaming"),
        (on_default(RealtimeLogConfigArn="arn:x"), "RealtimeLogConfigArn"),
        (on_default(GrpcConfig={"Enabled": True}), "GrpcConfig"),
        (
            on_default(
                LambdaFunctionAssociations=listed(
                    {"LambdaFunctionARN": FUNCTION, "EventType": "origin-request"}
                )
            ),
            "origin-request",
        ),
        (
            on_default(
                LambdaFunctionAssociations=listed(
                    {
                        "LambdaFunctionARN": FUNCTION,
                        "EventType": "viewer-request",
                        "IncludeBody": True,
                    }
                )
            ),
            "IncludeBody",
        ),
        (
            config(origins=(s3_origin(OriginShield={"Enabled": True}),)),
            "OriginShield",
        ),
        (
            config(origins=(s3_origin(S3OriginConfig={"OriginAccessIdentity": "cf/E2"}),)),
            "OriginAccessIdentity",
        ),
        (
            config(origins=(s3_origin(DomainName="site.s3-website-us-east-1.amazonaws.com"),)),
            "s3-website",
        ),
    ],
)
def test_what_is_on_and_not_supported_is_refused_by_name(raw: dict[str, Any], named: str) -> None:
    with pytest.raises(UnsupportedFeatureError, match=named):
        read(raw)


@pytest.mark.parametrize(
    "raw",
    [
        config(Enabled=False),
        on_default(TargetOriginId="nowhere"),
        on_default(CachePolicyId=None, ForwardedValues={"QueryString": True}),
        on_default(Compress="yes"),
        config(groups=(group_config("files", "nowhere", 404),)),
        config(origins=({"Id": "files"},)),
        on_default(
            FunctionAssociations=listed({"FunctionARN": "x", "EventType": "viewer-response"}),
            LambdaFunctionAssociations=edge_function(),
        ),
    ],
)
def test_what_makes_no_sense_is_refused(raw: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        read(raw)


@pytest.mark.parametrize("headers", [Choice.ALL_VIEWER, Choice.ALL_EXCEPT])
def test_forwarding_the_viewers_host_is_refused(headers: Choice) -> None:
    raw = {"HeadersConfig": {"HeaderBehavior": headers}} | NO_COOKIES | NO_QUERY
    if headers is Choice.ALL_EXCEPT:
        raw["HeadersConfig"] |= {"Headers": listed("Accept")}
    with pytest.raises(UnsupportedFeatureError, match="Host"):
        read_policies.origin_request_policy(Section(raw, "policy"))


NO_COOKIES: dict[str, Any] = {"CookiesConfig": {"CookieBehavior": "none"}}
NO_QUERY: dict[str, Any] = {"QueryStringsConfig": {"QueryStringBehavior": "none"}}


def test_behaviours_keep_their_order_with_the_default_last() -> None:
    found = read(config(behavior_config(PathPattern="/b/*"), behavior_config(PathPattern="/a/*")))
    assert [each.pattern for each in found.behaviors] == ["/b/*", "/a/*", "*"]


def test_origins_are_told_by_their_domains() -> None:
    found = read(
        config(
            origins=(
                s3_origin(),
                custom_origin("render", RENDER),
                custom_origin("api", API),
                custom_origin("tokens", SIGN_IN),
                custom_origin("own", "origin.example", 8080),
            )
        )
    )
    assert {name: each.kind for name, each in found.origins.items()} == {
        "files": OriginKind.S3,
        "render": OriginKind.FUNCTION_URL,
        "api": OriginKind.HTTP_API,
        "tokens": OriginKind.SIGN_IN,
        "own": OriginKind.CUSTOM,
    }
    assert found.origins["own"].base_url == "http://origin.example:8080"
    assert (found.origins["files"].attempts, found.origins["files"].connect_timeout_s) == (1, 2)


def test_an_origin_is_signed_for_as_its_access_control_says() -> None:
    raw = config(origins=(s3_origin(OriginAccessControlId="C1"),))
    assert read(raw, C1=Signing("s3")).origins["files"].signing == Signing("s3")


@pytest.mark.parametrize(
    ("behavior", "expected"),
    [
        ("always", Signing("lambda")),
        ("no-override", Signing("lambda", unless_signed=True)),
        ("never", None),
    ],
)
def test_access_controls_sign_always_if_the_viewer_did_not_or_never(
    behavior: str, expected: Signing | None
) -> None:
    raw = {
        "Name": "x",
        "SigningProtocol": "sigv4",
        "SigningBehavior": behavior,
        "OriginAccessControlOriginType": "lambda",
    }
    assert read_origins.signing(Section(raw, "control")) == expected


def test_groups_error_responses_and_functions_are_read() -> None:
    found = read(
        config(
            behavior_config(
                "group", PathPattern="/img/*", LambdaFunctionAssociations=edge_function()
            ),
            origins=(s3_origin(), custom_origin("render", RENDER)),
            groups=(group_config("files", "render", 403, 404),),
            CustomErrorResponses=listed(
                {
                    "ErrorCode": 404,
                    "ErrorCachingMinTTL": 60,
                    "ResponsePagePath": "/404.html",
                    "ResponseCode": "200",
                },
                {"ErrorCode": 500, "ErrorCachingMinTTL": 0},
            ),
        )
    )
    assert found.groups["group"] == OriginGroup("group", ("files", "render"), frozenset({403, 404}))
    assert found.behaviors[0].viewer_request_arn == FUNCTION
    assert found.error_response(404) == ErrorResponse(404, 60, "/404.html", 200)
    assert found.error_response(500).min_ttl_s == 0
    assert found.error_response(503).min_ttl_s == 10


def test_a_cache_policy_is_read() -> None:
    raw = {
        "Name": "text",
        "MinTTL": 0,
        "DefaultTTL": 60,
        "MaxTTL": 600,
        "ParametersInCacheKeyAndForwardedToOrigin": {
            "EnableAcceptEncodingGzip": True,
            "EnableAcceptEncodingBrotli": False,
            "HeadersConfig": {
                "HeaderBehavior": "whitelist",
                "Headers": listed("Accept-Language"),
            },
            **NO_COOKIES,
            "QueryStringsConfig": {
                "QueryStringBehavior": "allExcept",
                "QueryStrings": listed("utm"),
            },
        },
    }
    policy = read_policies.cache_policy(Section(raw, "policy"))
    assert (policy.min_ttl_s, policy.default_ttl_s, policy.max_ttl_s) == (0, 60, 600)
    assert policy.encodings == {"gzip"}
    assert policy.headers == Selection(Choice.LISTED, frozenset({"accept-language"}))
    assert policy.cookies == Selection()
    assert policy.query_strings == Selection(Choice.ALL_EXCEPT, frozenset({"utm"}))


def test_a_response_headers_policy_is_read() -> None:
    raw = {
        "Name": "pages",
        "SecurityHeadersConfig": {
            "StrictTransportSecurity": {
                "Override": True,
                "IncludeSubdomains": True,
                "Preload": False,
                "AccessControlMaxAgeSec": 60,
            },
            "ContentTypeOptions": {"Override": True},
            "FrameOptions": {"Override": False, "FrameOption": "DENY"},
            "ReferrerPolicy": {"Override": True, "ReferrerPolicy": "no-referrer"},
            "ContentSecurityPolicy": {"Override": True, "ContentSecurityPolicy": "self"},
        },
        "CustomHeadersConfig": listed({"Header": "Accept-CH", "Value": "DPR", "Override": True}),
        "RemoveHeadersConfig": listed({"Header": "Server"}),
    }
    policy = read_policies.response_headers_policy(Section(raw, "policy"))
    assert set(policy.added) == {
        PolicyHeader("strict-transport-security", "max-age=60; includeSubDomains", override=True),
        PolicyHeader("x-content-type-options", "nosniff", override=True),
        PolicyHeader("x-frame-options", "DENY", override=False),
        PolicyHeader("referrer-policy", "no-referrer", override=True),
        PolicyHeader("content-security-policy", "self", override=True),
        PolicyHeader("accept-ch", "DPR", override=True),
    }
    assert policy.removed == {"server"}


@pytest.mark.parametrize(
    "part",
    [
        {"CorsConfig": {"OriginOverride": True}},
        {"ServerTimingHeadersConfig": {"Enabled": True, "SamplingRate": 50}},
        {"SecurityHeadersConfig": {"XSSProtection": {"Override": True, "Protection": True}}},
    ],
)
def test_what_a_response_headers_policy_adds_otherwise_is_refused(part: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedFeatureError, match=next(iter(part))):
        read_policies.response_headers_policy(Section(part, "policy"))
