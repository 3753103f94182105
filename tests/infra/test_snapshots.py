"""A change of the cloud is seen before it is made. `UPDATE_SNAPSHOTS=1` accepts it."""

import difflib
import json
import os
import re
from pathlib import Path

import pytest

from tests.infra.conftest import Templates

SNAPSHOTS = Path(__file__).with_name("snapshots")
STACKS = ("AdaptiveDelivery", "AdaptiveEdge")


def neutral(template: object) -> str:
    """Less what follows from code alone: asset hashes, the version made of them, docstrings."""
    text = json.dumps(template, indent=1, sort_keys=True) + "\n"
    text = re.sub(r"\b[0-9a-f]{64}\.zip", "<asset>.zip", text)
    text = re.sub(r"(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}", r"\1<version>", text)
    return re.sub(r'("Description": )".*?(?<!\\)"', r'\1"<purpose>"', text)


def test_each_stack_has_a_snapshot(templates: Templates) -> None:
    assert tuple(templates.by_stack) == STACKS


@pytest.mark.parametrize("stack", STACKS)
def test_the_stack_is_as_it_was(stack: str, templates: Templates) -> None:
    snapshot = SNAPSHOTS / f"{stack}.json"
    now = neutral(templates.by_stack[stack])
    if os.environ.get("UPDATE_SNAPSHOTS"):
        snapshot.parent.mkdir(exist_ok=True)
        snapshot.write_text(now)
    before = snapshot.read_text() if snapshot.exists() else ""
    difference = difflib.unified_diff(before.splitlines(), now.splitlines(), "before", "now")
    assert now == before, "\n".join((*difference, "Meant? UPDATE_SNAPSHOTS=1 make test"))
