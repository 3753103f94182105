"""What must hold of the distribution and of what runs at the edge."""

import json
from pathlib import Path

import pytest
from aws_cdk import Stack
from aws_cdk.assertions import Match, Template

from app import build
from tests.infra.conftest import SITE_FILE, Templates
from tests.infra.reading import behavior, distribution, edge_function, for_browsers, referred


def test_the_edge_function_is_one_that_lambda_at_edge_takes(templates: Templates) -> None:
    function = edge_function(templates)
    assert not {"Environment", "Layers", "VpcConfig", "TracingConfig", "DeadLetterConfig"} & set(
        function
    )
    assert function["Architectures"] == ["x86_64"]
    assert function["Timeout"] <= 5
    assert function["MemorySize"] <= 128


def test_the_edge_function_trusts_both_services_that_run_it(templates: Templates) -> None:
    role_id = edge_function(templates)["Role"]["Fn::GetAtt"][0]
    role = templates.by_stack["AdaptiveEdge"]["Resources"][role_id]["Properties"]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert set(trust["Principal"]["Service"]) == {
        "lambda.amazonaws.com",
        "edgelambda.amazonaws.com",
    }


@pytest.mark.parametrize("pattern", ["/img/*", "/js/*"])
def test_adapted_paths_run_a_numbered_version_before_the_cache(
    pattern: str, templates: Templates
) -> None:
    (association,) = behavior(templates, pattern)["LambdaFunctionAssociations"]
    assert association["EventType"] == "viewer-request"
    assert "IncludeBody" not in association
    version = association["LambdaFunctionARN"]["Ref"]
    resource = templates.by_stack["AdaptiveEdge"]["Resources"][version]
    assert resource["Type"] == "AWS::Lambda::Version"
    assert resource["DeletionPolicy"] == "Retain"


def test_browsers_are_asked_for_every_hint_that_the_edge_reads(templates: Templates) -> None:
    asked = for_browsers(templates, distribution(templates)["DefaultCacheBehavior"])["Accept-CH"]
    measures = ("width", "viewport-width", "dpr", "rtt", "downlink", "ect", "device-memory")
    read = {"save-data", *measures, *(f"sec-ch-{name}" for name in measures)}
    assert set(asked.lower().split(", ")) == read


def test_a_page_is_looked_up_without_a_function_and_its_answer_pins_the_tier(
    templates: Templates,
) -> None:
    (association,) = distribution(templates)["DefaultCacheBehavior"]["LambdaFunctionAssociations"]
    assert association["EventType"] == "viewer-response"


@pytest.mark.parametrize(
    ("pattern", "cache_control", "vary"),
    [
        ("/img/*", "private, max-age=300", {"DPR", "Width", "Viewport-Width"}),
        ("/js/*", "private, no-cache", set()),
    ],
)
def test_what_moves_with_the_tier_is_kept_by_the_browser_alone_and_judged_by_etag(
    templates: Templates, pattern: str, cache_control: str, vary: set[str]
) -> None:
    sent = for_browsers(templates, behavior(templates, pattern))
    assert sent["Cache-Control"] == cache_control
    said = {each for each in sent.get("Vary", "").split(", ") if each}
    assert said == vary | {f"Sec-CH-{each}" for each in vary}
    policy = referred(templates, behavior(templates, pattern)["ResponseHeadersPolicyId"])
    removed = policy["ResponseHeadersPolicyConfig"]["RemoveHeadersConfig"]["Items"]
    assert removed == [{"Header": "Last-Modified"}]


def test_no_cache_key_has_a_cookie_a_query_or_a_header_of_the_viewer(templates: Templates) -> None:
    for policy in templates.properties("AWS::CloudFront::CachePolicy"):
        key = policy["CachePolicyConfig"]["ParametersInCacheKeyAndForwardedToOrigin"]
        assert key["CookiesConfig"] == {"CookieBehavior": "none"}
        assert key["HeadersConfig"] == {"HeaderBehavior": "none"}
        assert key["QueryStringsConfig"] == {"QueryStringBehavior": "none"}


def test_images_are_keyed_by_path_alone(templates: Templates) -> None:
    images = behavior(templates, "/img/*")
    policy = referred(templates, images["CachePolicyId"])["CachePolicyConfig"]
    key = policy["ParametersInCacheKeyAndForwardedToOrigin"]
    assert key["EnableAcceptEncodingGzip"] is key["EnableAcceptEncodingBrotli"] is False
    assert images["Compress"] is False
    assert policy["MinTTL"] == 0


def test_a_rendition_that_is_not_there_is_made(templates: Templates) -> None:
    config = distribution(templates)
    target = behavior(templates, "/img/*")["TargetOriginId"]
    (group,) = (each for each in config["OriginGroups"]["Items"] if each["Id"] == target)
    assert group["FailoverCriteria"]["StatusCodes"]["Items"] == [403, 404]
    origins = {each["Id"]: each for each in config["Origins"]}
    bucket, render = (origins[each["OriginId"]] for each in group["Members"]["Items"])
    assert "S3OriginConfig" in bucket
    assert "Url" in json.dumps(render["DomainName"])
    for origin in (bucket, render):
        assert (origin["ConnectionAttempts"], origin["ConnectionTimeout"]) == (1, 2)
        assert origin["OriginAccessControlId"]


def test_only_this_distribution_may_ask_render(templates: Templates) -> None:
    (url,) = templates.properties("AWS::Lambda::Url")
    assert url["AuthType"] == "AWS_IAM"
    granted = [
        permission
        for permission in templates.properties("AWS::Lambda::Permission")
        if permission["Principal"] == "cloudfront.amazonaws.com"
    ]
    assert {each["Action"] for each in granted} == {
        "lambda:InvokeFunctionUrl",
        "lambda:InvokeFunction",
    }
    assert all("distribution/" in json.dumps(each["SourceArn"]) for each in granted)


def test_visitors_are_kept_on_tls_and_asked_for_hints(templates: Templates) -> None:
    config = distribution(templates)
    for each in (config["DefaultCacheBehavior"], *config["CacheBehaviors"]):
        assert each["ViewerProtocolPolicy"] in {"redirect-to-https", "https-only"}
    policies = templates.of_stack("AdaptiveEdge").properties(
        "AWS::CloudFront::ResponseHeadersPolicy"
    )
    for policy in policies:
        added = policy["ResponseHeadersPolicyConfig"]
        (hints,) = (
            each["Value"].split(", ")
            for each in added["CustomHeadersConfig"]["Items"]
            if each["Header"] == "Accept-CH"
        )
        assert {"Sec-CH-DPR", "Sec-CH-Width", "ECT", "Save-Data"} <= set(hints)
        assert added["SecurityHeadersConfig"]["ContentTypeOptions"] == {"Override": True}


def test_a_site_may_do_without_scripts_and_shards(edge_package: Path, tmp_path: Path) -> None:
    text = SITE_FILE.read_text().replace('stream = "provisioned"', 'stream = "on-demand"')
    text = text.replace('bundle_prefixes = ["/js/"]', "bundle_prefixes = []")
    before, bundles, after = text.partition("\n[bundles]\n")
    (tmp_path / "site.toml").write_text(before + bundles + after[after.index("[render]") :])
    app = build(site_file=tmp_path / "site.toml", edge_package=edge_package, bundle="none")
    delivery, edge = (Template.from_stack(Stack.of(stack)) for stack in app.node.children[:2])
    delivery.has_resource_properties(
        "AWS::Kinesis::Stream",
        {"StreamModeDetails": {"StreamMode": "ON_DEMAND"}, "ShardCount": Match.absent()},
    )
    assert "/js/" not in json.dumps(edge.to_json())
