"""Edge functions of either kind on viewer response: what they see, and what they may change."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent

import pytest
from starlette.responses import Response

from local.cdn import function_asset
from local.cdn.function_asset import FunctionAsset
from tests.cdn_samples import FUNCTION, behavior_config, config, listed, read
from tests.cdn_world import Site, handler, serving

TWIN = "arn:aws:cloudfront::000000000000:function/edge"


@contextmanager
def lambda_edge(folder: Path, code: str) -> Iterator[Site]:
    runs = {"LambdaFunctionARN": FUNCTION, "EventType": "viewer-response", "IncludeBody": False}
    distribution = read(
        config(behavior_config(PathPattern="/p*", LambdaFunctionAssociations=listed(runs)))
    )
    before = 'response = event["Records"][0]["cf"].get("response")\n'
    with serving(distribution, edge=handler(folder, before + dedent(code))) as site:
        yield site


@contextmanager
def cloudfront_function(folder: Path, code: str) -> Iterator[Site]:
    runs = {"FunctionARN": TWIN, "EventType": "viewer-response"}
    distribution = read(
        config(behavior_config(PathPattern="/p*", FunctionAssociations=listed(runs)))
    )
    whole = f"function handler(event) {{ const response = event.response; {code} }}"
    function_asset.write(folder, whole, {})
    with serving(distribution, edge=FunctionAsset(TWIN, folder)) as site:
        yield site


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("return None", "not a response"),
        ('response["status"] = "404"\nreturn response', "another status"),
        ('response["body"] = "mine"\nreturn response', "unknown fields: body"),
        ('response["headers"]["via"] = [{"value": "x"}]\nreturn response', "via is read-only"),
        ('response["headers"]["x-cache"] = [{"value": "x"}]\nreturn response', "is disallowed"),
    ],
)
def test_what_a_lambda_may_not_do_is_a_502_that_names_the_rule(
    tmp_path: Path, code: str, rule: str
) -> None:
    with lambda_edge(tmp_path, code) as site:
        answer = site.get("/page")
    assert (answer.status_code, rule in answer.text) == (502, True)


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("return null;", "no response"),
        ("response.statusCode = 404; return response;", "another status"),
        ("response.headers.warning = {value: 'x'}; return response;", "warning is read-only"),
        ("response.cookies.a = 'b'; return response;", "every entry needs a string as value"),
    ],
)
def test_what_a_function_may_not_do_is_a_502_that_names_the_rule(
    tmp_path: Path, code: str, rule: str
) -> None:
    with cloudfront_function(tmp_path, code) as site:
        answer = site.get("/page")
    assert (answer.status_code, rule in answer.text) == (502, True)


def test_a_lambda_sees_request_and_response_and_adds_a_cookie(tmp_path: Path) -> None:
    code = """
    assert event["Records"][0]["cf"]["config"]["eventType"] == "viewer-response"
    assert response["status"] + response["statusDescription"] == "200OK"
    seen = [{"value": "seen=" + request["uri"] + request["headers"]["cookie"][0]["value"]}]
    response["headers"]["set-cookie"] = seen
    return response
    """
    with lambda_edge(tmp_path, code) as site:
        answers = [site.get("/page", cookie=f"a={each}") for each in (1, 2)]
    assert [each.headers["set-cookie"] for each in answers] == ["seen=/pagea=1", "seen=/pagea=2"]
    assert [each.headers["x-cache"][:4] for each in answers] == ["Miss", "Hit "]
    assert {each.text for each in answers} == {"/page"}


def test_a_function_sees_cookies_apart_and_adds_one(tmp_path: Path) -> None:
    code = """
    response.headers['x-seen'] = {value: JSON.stringify([event.context.eventType, response])};
    response.cookies.pin = {value: event.request.cookies.a.value, attributes: 'Path=/; Secure'};
    return response;"""
    with cloudfront_function(tmp_path, code) as site:
        answer = site.get("/page", cookie="a=lite")
        kind, seen = json.loads(answer.headers["x-seen"])
        assert (kind, seen["statusCode"], seen["cookies"]) == ("viewer-response", 200, {})
        assert answer.headers["set-cookie"] == "pin=lite; Path=/; Secure"
        assert answer.text == "/page"


def test_no_function_sees_an_error(tmp_path: Path) -> None:
    with lambda_edge(tmp_path, "return None") as site:
        site.cloud.answer = lambda _, __: Response("gone", status_code=404)
        assert site.get("/page").status_code == 404
