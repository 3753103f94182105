"""A site that is served already: everything of its own comes from there, renditions from us."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import Stack
from aws_cdk.assertions import Template

from adaptive.delivery.origin import Origin
from adaptive.errors import ConfigError
from adaptive.settings.delivery import RenderSettings
from app import build
from infra import config
from tests.infra.conftest import SITE_FILE
from tests.infra.test_snapshots import SNAPSHOTS, neutral

URL = "https://www.example.com/shop"


def site_file(tmp_path: Path, section: str) -> Path:
    path = tmp_path / "site.toml"
    path.write_text(SITE_FILE.read_text() + f"\n[origin]\n{section}\n")
    return path


@pytest.fixture(scope="module")
def template(edge_package: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    path = site_file(tmp_path_factory.mktemp("own"), f'url = "{URL}"\nmax_megabytes = 20')
    app = build(site_file=path, edge_package=edge_package, bundle="none")
    (edge,) = (each for each in app.node.children if each.node.id == "AdaptiveEdge")
    return Template.from_stack(Stack.of(edge)).to_json()


def resource(template: Mapping[str, Any], kind: str) -> dict[str, Any]:
    (found,) = (each for each in template["Resources"].values() if each["Type"] == kind)
    properties: dict[str, Any] = found["Properties"]
    return properties


@pytest.fixture
def distribution(template: Mapping[str, Any]) -> dict[str, Any]:
    config: dict[str, Any] = resource(template, "AWS::CloudFront::Distribution")[
        "DistributionConfig"
    ]
    return config


def origin_of(distribution: dict[str, Any], target: str) -> dict[str, Any]:
    (found,) = (each for each in distribution["Origins"] if each["Id"] == target)
    return found  # type: ignore[no-any-return]


def behavior(distribution: dict[str, Any], pattern: str) -> dict[str, Any]:
    (found,) = (each for each in distribution["CacheBehaviors"] if each["PathPattern"] == pattern)
    return found  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("section", "fault"),
    [
        ("", "origin.url: is missing"),
        ('url = "http://www.example.com"', "origin.url: 'http://www.example.com' must begin with"),
        ('url = "https://169.254.169.254"', "must name a public host by its DNS name"),
        ('url = "https://localhost"', "must name a public host by its DNS name"),
        ('url = "https://a@www.example.com"', "may have no user"),
        ('url = "https://www.example.com:8443"', "may name no port but 443"),
        (f'url = "{URL}"\ntimeout_s = 60', "origin.timeout_s: 60: input should be less than"),
        (f'url = "{URL}"\nmax_megabytes = 0', "origin.max_megabytes: 0: input should be greater"),
        (f'uri = "{URL}"', "unknown key, allowed here: url, max_megabytes, timeout_s"),
    ],
)
def test_an_origin_that_cannot_be_one_is_named_by_file_line_and_key(
    section: str, fault: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as raised:
        config.load(site_file(tmp_path, section))
    assert fault in str(raised.value)
    lines = str(raised.value).splitlines()
    assert all(re.match(r"site\.toml:\d+: origin\.", line) for line in lines)


def test_what_is_not_an_image_comes_from_the_origin_over_tls(
    distribution: dict[str, Any],
) -> None:
    for each in (distribution["DefaultCacheBehavior"], behavior(distribution, "/js/*")):
        origin = origin_of(distribution, each["TargetOriginId"])
        assert (origin["DomainName"], origin["OriginPath"]) == ("www.example.com", "/shop")
        assert origin["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
        assert origin["CustomOriginConfig"]["OriginSSLProtocols"] == ["TLSv1.2"]
        assert "OriginAccessControlId" not in origin


def test_images_come_from_our_bucket_or_are_made(distribution: dict[str, Any]) -> None:
    target = behavior(distribution, "/img/*")["TargetOriginId"]
    (group,) = (each for each in distribution["OriginGroups"]["Items"] if each["Id"] == target)
    first, second = (each["OriginId"] for each in group["Members"]["Items"])
    assert "S3OriginConfig" in origin_of(distribution, first)
    assert "Url" in json.dumps(origin_of(distribution, second)["DomainName"])


def test_pages_of_the_origin_are_never_kept_and_lose_nothing_on_the_way(
    template: Mapping[str, Any], distribution: dict[str, Any]
) -> None:
    pages = distribution["DefaultCacheBehavior"]
    cache = template["Resources"][pages["CachePolicyId"]["Ref"]]["Properties"]["CachePolicyConfig"]
    assert cache["MaxTTL"] == 0
    sent = template["Resources"][pages["OriginRequestPolicyId"]["Ref"]]["Properties"]
    assert sent["OriginRequestPolicyConfig"]["HeadersConfig"] == {
        "HeaderBehavior": "allExcept",
        "Headers": ["Host"],
    }
    assert sent["OriginRequestPolicyConfig"]["CookiesConfig"] == {"CookieBehavior": "all"}
    assert "POST" in pages["AllowedMethods"]
    assert "DefaultRootObject" not in distribution


def test_the_edge_tells_the_origin_the_tier_and_pins_it_in_the_answer(
    distribution: dict[str, Any],
) -> None:
    attached = distribution["DefaultCacheBehavior"]["LambdaFunctionAssociations"]
    assert {each["EventType"] for each in attached} == {"viewer-request", "viewer-response"}
    assert len({json.dumps(each["LambdaFunctionARN"]) for each in attached}) == 1


def test_pages_are_kept_by_tier_where_the_site_says_so(edge_package: Path, tmp_path: Path) -> None:
    path = site_file(tmp_path, f'url = "{URL}"\ncache_pages = true')
    app = build(site_file=path, edge_package=edge_package, bundle="none")
    (edge,) = (each for each in app.node.children if each.node.id == "AdaptiveEdge")
    by_tier = Template.from_stack(Stack.of(edge)).to_json()
    pages = resource(by_tier, "AWS::CloudFront::Distribution")["DistributionConfig"][
        "DefaultCacheBehavior"
    ]
    cache = by_tier["Resources"][pages["CachePolicyId"]["Ref"]]["Properties"]["CachePolicyConfig"]
    key = cache["ParametersInCacheKeyAndForwardedToOrigin"]
    assert (cache["DefaultTTL"], cache["MinTTL"]) == (0, 0)
    assert key["HeadersConfig"] == {"HeaderBehavior": "whitelist", "Headers": ["ae-tier"]}
    assert key["CookiesConfig"] == {"CookieBehavior": "none"}
    assert key["QueryStringsConfig"] == {"QueryStringBehavior": "all"}


def test_render_is_told_of_the_one_host_it_may_ask(template: Mapping[str, Any]) -> None:
    (render,) = (
        each["Properties"]["Environment"]["Variables"]
        for each in template["Resources"].values()
        if "ORIGIN" in each["Properties"].get("Environment", {}).get("Variables", {})
    )
    told = {name: text for name, text in render.items() if isinstance(text, str)}
    origin = RenderSettings.load({**told, "SITE_BUCKET": "site"}).origin
    assert origin is not None
    assert Origin.parse(origin.url) == Origin("www.example.com", "/shop")
    assert (origin.max_bytes, origin.timeout_s) == (20_000_000, 8)


def test_the_distribution_is_as_it_was(distribution: dict[str, Any]) -> None:
    snapshot = SNAPSHOTS / "AdaptiveEdge.own-origin.json"
    now = neutral(distribution)
    if os.environ.get("UPDATE_SNAPSHOTS"):
        snapshot.write_text(now)
    assert now == snapshot.read_text(), "Meant? UPDATE_SNAPSHOTS=1 make test"
