"""Lambda@Edge and CloudFront Functions decide the same, request for request."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from adaptive.edge import variant
from adaptive.edge.policy import Tier
from adaptive.errors import ConfigError
from infra import config, edge_twin
from infra.sections.delivery import OwnOrigin, RecipeRules
from infra.site import Site
from local.cdn import edge_contract, function_asset, function_contract
from local.cdn.messages import ViewerRequest
from tests import edge_vectors
from tests.infra.conftest import SITE_FILE

CASES = [*edge_vectors.requests(3_000), *edge_vectors.recipe_requests()]
ORIGINALS = {"/img/narrow.jpg": 700, "/img/icon.png": 64}
RECIPES = {
    "thrifty": RecipeRules(tier=Tier.LITE, max_width=480, image_weight=0.2),
    "crisp": RecipeRules(tier=Tier.STANDARD, quality_floor=75, image_weight=0.7),
    "whole": RecipeRules(tier=Tier.LITE, bundles=Tier.STANDARD),
    "rebuilt": RecipeRules(tier=Tier.MINIMAL, script_weight=0.1),
}
_UNDOCUMENTED = re.compile(
    r"\bfor\s*\([^;)]* of |\bclass\b|\?\.|\?\?|\.\.\.|(?:const|let|var)\s*[\[{]"
    r"|\(\s*await\b|\?<|\bnew Function\b|\beval\b|\bsetTimeout\b|\bstatic\b|\byield\b"
)


@pytest.fixture(scope="module")
def site() -> Site:
    whole = config.load(SITE_FILE)
    delivery = whole.delivery.model_copy(update={"desktop_width": 900})
    twins = {"/js/shop.js": {**whole.bundles["/js/shop.js"], "rebuilt": "/js/shop.new.js"}}
    lite, minimal = (
        rules.model_copy(update={"upscale": most})
        for rules, most in ((whole.tiers.lite, 1.2), (whole.tiers.minimal, 1.3))
    )
    changed = {"delivery": delivery, "originals": ORIGINALS, "bundles": twins, "recipes": RECIPES}
    changed["tiers"] = whole.tiers.model_copy(update={"lite": lite, "minimal": minimal})
    return whole.model_copy(update=changed)


@pytest.fixture(scope="module")
def own_origin(site: Site) -> Site:
    return site.model_copy(update={"origin": OwnOrigin(url="https://www.example.com")})


def for_lambda(request: ViewerRequest) -> dict[str, Any]:
    return {
        "clientIp": request.client_ip,
        "method": request.method,
        "uri": request.uri,
        "querystring": request.querystring,
        "headers": edge_contract.exposed(request.headers),
    }


def for_function(request: ViewerRequest) -> dict[str, Any]:
    return function_contract.event(request, distribution_id="E1", domain="d1.cloudfront.net")


def by_lambda(request: ViewerRequest, site: Site) -> dict[str, Any]:
    return variant.adapt(for_lambda(request), site.policy)


def by_function(requests: list[ViewerRequest], site: Site, folder: Path) -> list[dict[str, Any]]:
    return answered([for_function(each) for each in requests], site, folder)


def answered(events: list[dict[str, Any]], site: Site, folder: Path) -> list[dict[str, Any]]:
    function_asset.write(folder, edge_twin.code(site), edge_twin.key_values(site))
    done = subprocess.run(  # noqa: S603 - our own function
        function_asset.command(folder),
        input="".join(json.dumps({"event": each}) + "\n" for each in events),
        capture_output=True,
        text=True,
        check=True,
    )
    ready, *answers = map(json.loads, done.stdout.splitlines())
    assert ready == {}
    return [each["result"] for each in answers]


def test_both_decide_the_same_on_every_vector(site: Site, tmp_path: Path) -> None:
    assert len(CASES) > 2_000
    rewritten = 0
    for request, theirs in zip(CASES, by_function(CASES, site, tmp_path), strict=True):
        ours = by_lambda(request, site)
        assert theirs["uri"] == ours["uri"], request
        untouched = function_contract.event(request, distribution_id="", domain="")["request"]
        kept = untouched["querystring"] if ours["uri"] == request.uri else {}
        assert theirs["querystring"] == kept
        assert set(theirs["headers"]) == set(ours["headers"]) - {"cookie"}
        rewritten += ours["uri"] != request.uri
    assert rewritten > len(CASES) / 3


def test_both_tell_the_sites_own_origin_the_same(own_origin: Site, tmp_path: Path) -> None:
    told = 0
    for request, theirs in zip(CASES, by_function(CASES, own_origin, tmp_path), strict=True):
        ours = by_lambda(request, own_origin)
        assert theirs["uri"] == ours["uri"], request
        [word] = [each["value"] for each in ours["headers"].get("ae-tier", [{"value": None}])]
        assert theirs["headers"].get("ae-tier", {}).get("value") == word, request
        told += word is not None
    assert 0 < told < len(CASES) / 2


def test_both_pin_the_same(site: Site, tmp_path: Path) -> None:
    response: dict[str, Any] = {"statusCode": 200, "headers": {}, "cookies": {}}
    events = [{**for_function(each), "response": response} for each in CASES]
    pinned = set()
    for request, theirs in zip(CASES, answered(events, site, tmp_path), strict=True):
        ours = variant.pin({"status": "200", "headers": {}}, for_lambda(request), site.policy)
        said = [
            f"{name}={cookie['value']}; {cookie['attributes']}"
            for name, cookie in theirs["cookies"].items()
        ]
        assert said == [each["value"] for each in ours["headers"].get("set-cookie", [])], request
        pinned.update(said)
    assert len(pinned) == 5 + len(RECIPES)


def test_a_site_without_recipes_answers_as_if_nobody_had_ever_named_one(
    site: Site, tmp_path: Path
) -> None:
    plain = site.model_copy(update={"recipes": {}, "bundles": config.load(SITE_FILE).bundles})
    for request, theirs in zip(CASES, by_function(CASES, plain, tmp_path), strict=True):
        assert theirs["uri"] == by_lambda(request, plain)["uri"], request
        assert not re.search(r"thrifty|crisp|shop\.new", theirs["uri"])


def test_an_event_that_is_no_event_is_handed_back(site: Site, tmp_path: Path) -> None:
    function_asset.write(tmp_path, edge_twin.code(site), {})
    broken: list[Any] = [{}, {"uri": 7}, {"headers": None}, {"method": "GET", "uri": "/img/a.jpg"}]
    lines = "".join(json.dumps({"event": {"request": each}}) + "\n" for each in broken)
    done = subprocess.run(  # noqa: S603
        function_asset.command(tmp_path), input=lines, capture_output=True, text=True, check=True
    )
    _, *answers = map(json.loads, done.stdout.splitlines())
    assert [each["result"] for each in answers] == broken


def test_it_fits_cloudfront_functions(site: Site) -> None:
    assert len(edge_twin.code(site).encode()) < 10 * 1024
    big = site.model_copy(
        update={
            "delivery": site.delivery.model_copy(
                update={"image_prefixes": tuple(f"/{'x' * 190}{n}/" for n in range(30))}
            )
        }
    )
    with pytest.raises(ConfigError, match="above 10,240"):
        edge_twin.code(big)


def test_it_uses_no_language_that_cloudfront_js_does_not_document(site: Site) -> None:
    code = re.sub(r"^\s*//.*$", "", edge_twin.code(site), flags=re.MULTILINE)
    assert _UNDOCUMENTED.search(code) is None


def test_a_value_that_the_store_would_refuse_is_named(site: Site) -> None:
    long = site.model_copy(update={"bundles": {"/js/a.js": {"lite": "/js/" + "x" * 1_100}}})
    with pytest.raises(ConfigError, match=r"/js/a\.js: a KeyValueStore takes 1,024 bytes"):
        edge_twin.key_values(long)
