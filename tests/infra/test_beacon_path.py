"""What must hold of the way of a beacon to `ingest`."""

import json
from pathlib import Path

from aws_cdk import Stack
from aws_cdk.assertions import Template

from app import build
from tests.infra.conftest import SITE_FILE, Templates
from tests.infra.reading import behavior, distribution, referred


def test_beacons_are_never_cached_and_carry_no_more_than_ingest_reads(
    templates: Templates,
) -> None:
    beacons = behavior(templates, "/rum")
    policy = referred(templates, beacons["CachePolicyId"])["CachePolicyConfig"]
    assert policy["MinTTL"] == policy["DefaultTTL"] == policy["MaxTTL"] == 0
    assert "POST" in beacons["AllowedMethods"]
    sent = referred(templates, beacons["OriginRequestPolicyId"])["OriginRequestPolicyConfig"]
    assert sent["CookiesConfig"]["Cookies"] == ["ae_sid", "ae_tier", "ae_recipe", "ae_vid"]
    assert sent["HeadersConfig"]["HeaderBehavior"] == "whitelist"
    assert not {"Host", "Authorization", "Cookie"} & set(sent["HeadersConfig"]["Headers"])
    assert sent["QueryStringsConfig"] == {"QueryStringBehavior": "none"}


def test_other_agents_reach_the_same_api_with_their_queries(templates: Templates) -> None:
    own, foreign = (behavior(templates, path) for path in ("/rum", "/rum/*"))
    assert own["TargetOriginId"] == foreign["TargetOriginId"]
    assert own["CachePolicyId"] == foreign["CachePolicyId"]
    sent = referred(templates, foreign["OriginRequestPolicyId"])["OriginRequestPolicyConfig"]
    assert sent["QueryStringsConfig"] == {"QueryStringBehavior": "all"}
    assert "Content-Encoding" in sent["HeadersConfig"]["Headers"]
    assert len(sent["HeadersConfig"]["Headers"]) <= 10  # what CloudFront takes
    delivery = templates.of_stack("AdaptiveDelivery")
    routes = {each["RouteKey"] for each in delivery.properties("AWS::ApiGatewayV2::Route")}
    assert routes == {"ANY /rum", "ANY /rum/{door+}"}


def test_where_a_visitor_is_comes_from_cloudfront_and_no_address_is_kept(
    templates: Templates,
) -> None:
    sent = referred(templates, behavior(templates, "/rum")["OriginRequestPolicyId"])
    names = set(sent["OriginRequestPolicyConfig"]["HeadersConfig"]["Headers"])
    place = ("Country", "Country-Region", "ASN")
    assert {f"CloudFront-Viewer-{each}" for each in place} <= names
    assert not {"CloudFront-Viewer-Address", "X-Forwarded-For"} & names
    assert len(names) <= 10  # what CloudFront takes
    (stage,) = templates.of_stack("AdaptiveDelivery").properties("AWS::ApiGatewayV2::Stage")
    assert "AccessLogSettings" not in stage
    assert "Logging" not in distribution(templates)


def test_the_api_learns_from_a_secret_that_a_request_came_through_cloudfront(
    templates: Templates,
) -> None:
    target = behavior(templates, "/rum")["TargetOriginId"]
    (origin,) = (each for each in distribution(templates)["Origins"] if each["Id"] == target)
    (header,) = origin["OriginCustomHeaders"]
    assert header["HeaderName"] == "x-adaptive-origin"
    before, arn, after = header["HeaderValue"]["Fn::Join"][1]
    assert (before, after) == ("{{resolve:secretsmanager:", ":SecretString:current::}}")
    assert "OriginSecret" in arn["Fn::ImportValue"]
    (secret,) = (
        each["Properties"]
        for name, each in templates.of_type("AWS::SecretsManager::Secret").items()
        if name.partition(".")[2].startswith("OriginSecret")
    )
    assert secret["GenerateSecretString"]["PasswordLength"] >= 32


def test_that_secret_is_rotated_every_two_weeks_by_two_turns(templates: Templates) -> None:
    (schedule,) = (
        rule["ScheduleExpression"]
        for rule in templates.properties("AWS::Events::Rule")
        if "ScheduleExpression" in rule and "RotateSecret" in json.dumps(rule["Targets"])
    )
    assert schedule == "rate(7 days)"


def test_a_flood_of_beacons_is_turned_away(templates: Templates) -> None:
    (stage,) = templates.of_stack("AdaptiveDelivery").properties("AWS::ApiGatewayV2::Stage")
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] == 500


def test_without_the_switch_there_is_no_firewall_to_pay_for(templates: Templates) -> None:
    assert templates.of_type("AWS::WAFv2::WebACL") == {}
    assert "WebACLId" not in distribution(templates)


def test_a_firewall_stops_one_address_and_keeps_none(edge_package: Path, tmp_path: Path) -> None:
    text = SITE_FILE.read_text().replace(
        "[cloud]\n", "[cloud]\nfirewall_requests_per_5_minutes = 1_000\n"
    )
    (tmp_path / "site.toml").write_text(text)
    app = build(site_file=tmp_path / "site.toml", edge_package=edge_package, bundle="none")
    stack = app.node.children[1]
    assert isinstance(stack, Stack)
    edge = Template.from_stack(stack).to_json()["Resources"]
    (name,) = (name for name, each in edge.items() if each["Type"] == "AWS::WAFv2::WebACL")
    acl = edge[name]["Properties"]
    (rule,) = acl["Rules"]
    rate = rule["Statement"]["RateBasedStatement"]
    assert acl["Scope"] == "CLOUDFRONT"
    assert (rate["Limit"], rate["AggregateKeyType"], rate["EvaluationWindowSec"]) == (
        1_000,
        "IP",
        300,
    )
    assert rate["ScopeDownStatement"]["ByteMatchStatement"]["SearchString"] == "/rum"
    assert rule["Action"]["Block"]["CustomResponse"]["ResponseCode"] == 429
    assert 'SampledRequestsEnabled": true' not in json.dumps(acl)
    (config,) = (each for each in edge.values() if each["Type"] == "AWS::CloudFront::Distribution")
    assert config["Properties"]["DistributionConfig"]["WebACLId"] == {"Fn::GetAtt": [name, "Arn"]}
