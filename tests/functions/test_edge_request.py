"""The staged asset alone, in a bare interpreter, as Lambda@Edge runs it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra import config, edge_asset
from tests.samples import edge_event

_RUN = """
import json, sys
sys.path.insert(0, sys.argv[1])
import handler
answers = [handler.lambda_handler(event, None) for event in json.load(sys.stdin)]
assert not {"pydantic", "boto3", "dataclasses", "pathlib", "typing"} & set(sys.modules)
print(json.dumps(answers))
"""


@pytest.fixture(scope="module")
def asset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    site = config.load(edge_asset.ROOT / "site.toml")
    return edge_asset.stage(site, tmp_path_factory.mktemp("edge") / "edge_request")


def run(asset: Path, *events: Any) -> list[Any]:
    command = [sys.executable, "-I", "-S", "-c", _RUN, str(asset)]
    done = subprocess.run(  # noqa: S603 - our own interpreter
        command, input=json.dumps(events), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    answers: list[Any] = json.loads(done.stdout)
    return answers


def broken(**changes: Any) -> dict[str, Any]:
    event = edge_event()
    event["Records"][0]["cf"]["request"].update(changes)
    return event


def test_no_event_whatever_raises(asset: Path) -> None:
    hostile = [
        {},
        {"Records": []},
        {"Records": [{"cf": {}}]},
        None,
        [],
        broken(headers=None),
        broken(headers={"cookie": None}),
        broken(headers={"cookie": [{}]}),
        broken(headers={"cookie": [{"value": 7}]}),
        broken(headers={"accept": [{"value": None}]}),
        broken(headers={"width": "960"}),
        broken(uri=None),
        broken(uri=7),
        broken(method=None),
    ]
    answers = run(asset, *hostile)
    assert len(answers) == len(hostile)
    passed_through = [event["Records"][0]["cf"]["request"] for event in hostile[5:]]  # type: ignore[index]
    for answer, request in zip(answers[5:], passed_through, strict=True):
        assert answer["uri"] in {request["uri"], "/img/hero.jpg", "/img/hero.jpg/1920w.full.jpg"}


def test_the_site_of_this_checkout_is_adapted(asset: Path) -> None:
    avif = "image/avif,image/webp,*/*"
    full, lite, script, control = run(
        asset,
        edge_event(accept=avif),
        edge_event(accept=avif, cookie="ae_tier=lite"),
        edge_event("/js/shop.js", cookie="ae_tier=minimal"),
        edge_event(accept=avif, cookie="ae_tier=control"),
    )
    assert full["uri"] == "/img/hero.jpg/1920w.full.avif"
    assert lite["uri"] == "/img/hero.jpg/960w.lite.avif"
    assert script["uri"] == "/js/shop.lite.js"
    assert control["uri"] == "/img/hero.jpg"


def test_all_but_the_uri_is_passed_on_as_it_came(asset: Path) -> None:
    event = edge_event(accept="image/avif", cookie="ae_tier=lite; a=b", x_forwarded_for="1.2.3.4")
    [answer] = run(asset, event)
    request = event["Records"][0]["cf"]["request"]
    assert {**answer, "uri": ""} == {**request, "uri": ""}
