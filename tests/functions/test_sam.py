"""`make sam` and the lint of the templates, as far as they go without a container."""

import json
from pathlib import Path

import pytest

from local import sam

FUNCTIONS = (
    "drop_renditions",
    "edge_request",
    "evaluate",
    "forecast",
    "ingest",
    "judge",
    "keep_events",
    "merge_rollups",
    "notify",
    "probe",
    "push_metrics",
    "query",
    "recommend",
    "record",
    "render",
    "roll_up",
    "rotate_secret",
    "score",
    "set_standards",
    "tally",
)


def test_a_function_that_does_not_exist_is_answered_with_those_that_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        sam.main(["invoke", "nope"])
    told = capsys.readouterr().err
    assert ", ".join(f"'{function}'" for function in FUNCTIONS) in told


def test_an_event_that_does_not_exist_is_named() -> None:
    with pytest.raises(SystemExit, match=r"There is no event nope\.json; some are in tests/"):
        sam.main(["invoke", "ingest", "nope.json"])


def test_without_a_container_runtime_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SystemExit, match="No container runtime answers"):
        sam.main(["invoke", "ingest"])


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_has_an_event_to_run_it_with(function: str) -> None:
    events = Path(__file__).parent / "events"
    assert json.loads((events / f"{function}.json").read_text())
