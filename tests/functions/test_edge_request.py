"""The staged asset alone, in a bare interpreter, as Lambda@Edge runs it."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import fuzz
from infra import config, edge_asset
from tests.samples import edge_event

POLICY_HERE = config.load(edge_asset.ROOT / "site.toml").policy

_RUN = """
import sys
sys.path.insert(0, sys.argv[1])
import handler
slow = {"re", "json", "pydantic", "boto3", "dataclasses", "pathlib", "typing"} & set(sys.modules)
assert not slow, slow
import json
answers = [handler.lambda_handler(event, None) for event in json.load(sys.stdin)]
print(json.dumps(answers))
"""


@pytest.fixture(scope="module")
def asset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    site = config.load(edge_asset.ROOT / "site.toml")
    return edge_asset.stage(site, tmp_path_factory.mktemp("edge") / "edge_request")


@pytest.fixture(scope="module")
def handler(asset: Path) -> Iterator[ModuleType]:
    """The staged handler in this process."""
    sys.path.insert(0, str(asset))
    spec = importlib.util.spec_from_file_location("staged_handler", asset / "handler.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.path.remove(str(asset))


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
        assert answer["uri"] in {request["uri"], "/img/hero.jpg", "/img/hero.jpg/960w.full.jpg"}


def test_a_flood_of_odd_events_raises_nothing_and_stays_in_the_ladder(asset: Path) -> None:
    drawn = list(fuzz.events(2_000, seed=2))
    answers = run(asset, *(event for event, _ in drawn))
    asked = [path for _, path in drawn]
    faults = [
        (path, answer)
        for path, answer in zip(asked, answers, strict=True)
        if fuzz.is_fault(path, answer.get("uri"), POLICY_HERE)
    ]
    assert not faults


@given(
    headers=st.dictionaries(
        st.sampled_from(["accept", "cookie", "width", "dpr", "ect", "rtt", "user-agent", "x-ae-a"]),
        st.lists(st.fixed_dictionaries({"key": st.text(), "value": st.text()}), max_size=3),
    ),
    changes=st.dictionaries(
        st.sampled_from(["uri", "querystring", "method", "headers"]),
        st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=3),
        max_size=2,
    ),
)
def test_the_handler_answers_every_request_with_a_request(
    handler: ModuleType, headers: dict[str, Any], changes: dict[str, Any]
) -> None:
    request = {**edge_event()["Records"][0]["cf"]["request"], "headers": headers, **changes}
    answer = handler.lambda_handler({"Records": [{"cf": {"request": request}}]}, None)
    assert set(answer) == set(request)
    assert not fuzz.is_fault(request["uri"], answer["uri"], POLICY_HERE)
    if answer["uri"] != request["uri"]:
        assert answer["querystring"] == ""


def test_the_site_of_this_checkout_is_adapted(asset: Path) -> None:
    avif = "image/avif,image/webp,*/*"
    full, lite, script, control = run(
        asset,
        edge_event(accept=avif),
        edge_event(accept=avif, cookie="ae_tier=lite"),
        edge_event("/js/shop.js", cookie="ae_tier=minimal"),
        edge_event(accept=avif, cookie="ae_tier=control"),
    )
    assert full["uri"] == "/img/hero.jpg/960w.full.avif"
    assert lite["uri"] == "/img/hero.jpg/960w.lite.avif"
    assert script["uri"] == "/js/shop.lite.js"
    assert control["uri"] == "/img/hero.jpg"


def test_all_but_the_uri_is_passed_on_as_it_came(asset: Path) -> None:
    event = edge_event(accept="image/avif", cookie="ae_tier=lite; a=b", x_forwarded_for="1.2.3.4")
    [answer] = run(asset, event)
    request = event["Records"][0]["cf"]["request"]
    assert {**answer, "uri": ""} == {**request, "uri": ""}
