"""CloudFront Functions in the local CDN: the event, the language and nothing else, the contract."""

import json
from pathlib import Path

import pytest

from adaptive.errors import ConfigError
from infra import config, edge_twin
from local.cdn import function_asset
from local.cdn.function_asset import FunctionAsset
from tests.cdn_samples import behavior_config, edge_function, listed, read
from tests.cdn_samples import config as distribution_config
from tests.cdn_world import serving
from tests.infra.conftest import SITE_FILE

ARN = "arn:aws:cloudfront::000000000000:function/edge"
ASSOCIATED = listed({"FunctionARN": ARN, "EventType": "viewer-request"})
ADAPTED = read(
    distribution_config(behavior_config(PathPattern="/img/*", FunctionAssociations=ASSOCIATED))
)


def function(folder: Path, code: str) -> FunctionAsset:
    function_asset.write(
        folder, f"function handler(event) {{ const request = event.request; {code} }}", {}
    )
    return FunctionAsset(ARN, folder)


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("return null;", "it returned no request"),
        ("return {statusCode: 200};", "it returned no request"),
        ("request.uri = '/a?b'; return request;", "uri must begin with /"),
        ("request.headers.host = {value: 'evil'}; return request;", "header host is read-only"),
        ("request.headers['x-edge-a'] = {value: 'b'}; return request;", "x-edge-a is disallowed"),
        ("request.headers.a = 'b'; return request;", "every entry needs a string as value"),
        ("request.querystring = 7; return request;", "must be objects"),
        ("request.more = 1; return request;", "unknown fields: more"),
    ],
)
def test_a_broken_contract_is_a_502_that_names_the_rule(
    tmp_path: Path, code: str, rule: str
) -> None:
    with serving(ADAPTED, edge=function(tmp_path, code)) as site:
        answer = site.get("/img/a.jpg")
    assert (answer.status_code, rule in answer.text) == (502, True)
    assert answer.headers["x-cache"] == "FunctionValidationError from cloudfront"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("throw new Error('odd');", "odd"),
        ("return process.env;", "process is not defined"),
        ("return require('fs');", "require is not defined"),
        ("return fetch('http://127.0.0.1');", "fetch is not defined"),
        ("return eval('1');", "Code generation from strings disallowed"),
        ("undeclared = 1;", "undeclared is not defined"),
        ("while (true) {}", "timed out"),
    ],
)
def test_a_function_that_fails_is_a_503_and_the_next_request_gets_a_new_one(
    tmp_path: Path, code: str, reason: str
) -> None:
    once = f"if (request.uri === '/img/bad.jpg') {{ {code} }} return request;"
    with serving(ADAPTED, edge=function(tmp_path, once)) as site:
        answer = site.get("/img/bad.jpg")
        assert (answer.status_code, reason in answer.text) == (503, True)
        assert answer.headers["x-cache"] == "FunctionExecutionError from cloudfront"
        assert site.get("/img/good.jpg").status_code == 200


def test_the_event_has_cloudfronts_shape(tmp_path: Path) -> None:
    code = "request.headers['x-seen'] = {value: JSON.stringify(event)}; return request;"
    with serving(ADAPTED, edge=function(tmp_path, code)) as site:
        site.get("/img/a.jpg?size=1&x&size=2", cookie="ae_tier=lite; a=b=c")
        [(asked, _)] = site.cloud.asked
        assert "x-seen" not in asked.headers  # the origin is sent what the policies pick
    code = "request.uri = '/' + encodeURIComponent(JSON.stringify(event)); return request;"
    with serving(ADAPTED, edge=function(tmp_path, code)) as site:
        site.get("/img/a.jpg?size=1&x&size=2", cookie="ae_tier=lite; a=b=c")
        event = json.loads(site.cloud.asked[0][0].url.path[1:])
    assert event["version"] == "1.0"
    assert event["context"].pop("requestId")
    assert event["context"] == {
        "distributionDomainName": "d1.cloudfront.net",
        "distributionId": "E1",
        "eventType": "viewer-request",
    }
    assert event["viewer"] == {"ip": "127.0.0.1"}
    assert event["request"]["cookies"] == {"ae_tier": {"value": "lite"}, "a": {"value": "b=c"}}
    assert event["request"]["querystring"] == {
        "size": {"value": "1", "multiValue": [{"value": "1"}, {"value": "2"}]},
        "x": {"value": ""},
    }
    assert {"cookie", "connection"}.isdisjoint(event["request"]["headers"])


def test_the_sites_own_twin_rewrites_what_is_cached(tmp_path: Path) -> None:
    site_file = config.load(SITE_FILE)
    function_asset.write(tmp_path, edge_twin.code(site_file), edge_twin.key_values(site_file))
    with serving(ADAPTED, edge=FunctionAsset(ARN, tmp_path)) as site:
        states = [
            site.get(f"/img/a.jpg?w={width}", cookie=f"ae_tier={tier}; a={width}")
            for tier, width in (("lite", 600), ("lite", 640), ("control", 600))
        ]
        assert [each.text for each in states] == ["/img/a.jpg/640w.lite.jpg"] * 2 + ["/img/a.jpg"]
        assert [each.headers["x-cache"][:4] for each in states] == ["Miss", "Hit ", "Miss"]


def test_two_kinds_of_function_on_one_event_are_refused() -> None:
    both = behavior_config(
        PathPattern="/img/*",
        FunctionAssociations=ASSOCIATED,
        LambdaFunctionAssociations=edge_function(),
    )
    with pytest.raises(ConfigError, match="more than one function on viewer-request"):
        read(distribution_config(both))
