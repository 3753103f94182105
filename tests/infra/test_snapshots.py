"""A change of the cloud is seen before it is made. `UPDATE_SNAPSHOTS=1` accepts it."""

import difflib
import json
import os
import re
import shutil
from pathlib import Path

import pytest

from app import build
from tests.infra.conftest import SITE_FILE, Templates

SNAPSHOTS = Path(__file__).with_name("snapshots")
STACKS = (
    "AdaptiveDashboard",
    "AdaptiveDelivery",
    "AdaptiveEdge",
    "AdaptiveExperiments",
    "AdaptiveMonitoring",
    "AdaptivePrediction",
    "AdaptiveProbesEuWest1",
    "AdaptiveProbesUsEast1",
)


def neutral(template: object) -> str:
    """Less what follows from code alone: itself, its hashes and version, docstrings."""
    text = json.dumps(template, indent=1, sort_keys=True) + "\n"
    text = re.sub(r"\b[0-9a-f]{64}\.zip", "<asset>.zip", text)
    text = re.sub(r"(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}", r"\1<version>", text)
    text = re.sub(r'("FunctionCode": )"(?:[^"\\]|\\.)*"', r'\1"<code>"', text)
    return re.sub(r'("Description": )".*?(?<!\\)"', r'\1"<purpose>"', text)


def test_each_stack_has_a_snapshot(templates: Templates) -> None:
    assert tuple(templates.by_stack) == STACKS


@pytest.mark.parametrize("stack", STACKS)
def test_the_stack_is_as_it_was(stack: str, templates: Templates) -> None:
    assert_as_it_was(stack, templates.by_stack[stack])


def test_the_edge_stack_is_as_it_was_with_cloudfront_functions(tmp_path: Path) -> None:
    site_file = tmp_path / "site.toml"
    text = SITE_FILE.read_text()
    site_file.write_text(text.replace('edge_runtime = "lambda"', 'edge_runtime = "function"'))
    app = build(site_file=site_file, edge_package=tmp_path / "edge_request", bundle="none")
    folder = Path(app.synth().directory)
    template = json.loads((folder / "AdaptiveEdge.template.json").read_text())
    shutil.rmtree(folder)
    for behavior in template["Resources"].values():
        assert "LambdaFunctionAssociations" not in json.dumps(behavior)
    assert_as_it_was("AdaptiveEdge.function", template)


def assert_as_it_was(name: str, template: object) -> None:
    snapshot = SNAPSHOTS / f"{name}.json"
    now = neutral(template)
    if os.environ.get("UPDATE_SNAPSHOTS"):
        snapshot.parent.mkdir(exist_ok=True)
        snapshot.write_text(now)
    before = snapshot.read_text() if snapshot.exists() else ""
    difference = difflib.unified_diff(before.splitlines(), now.splitlines(), "before", "now")
    assert now == before, "\n".join((*difference, "Meant? UPDATE_SNAPSHOTS=1 make test"))
