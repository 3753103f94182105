"""The function `recommend`, and what operators do with what it proposes."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.delivery.policy_book import PolicyBook
from adaptive.monitoring import window
from adaptive.monitoring.dimension import Cell
from adaptive.monitoring.window import Resolution
from adaptive.ports import Key, Versioned, Write
from adaptive.prediction import published
from lambdas.prediction.recommend import handler
from local.adaptive_ops.__main__ import app
from tests.advice_world import forecast, seen, views
from tests.functions.ops_world import OUTPUTS, deployed
from tests.samples import FORECAST, INGEST, RECOMMEND, RECORD, ROLL_UP

SIGNED = ("--who", "me", "--why", "because")
Run = Callable[..., Result]


@pytest.fixture
def run(aws: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """The command line, before a trouble with tiers and one with room."""
    monkeypatch.setenv("COLUMNS", "200")
    for name, value in RECOMMEND.environment().items():
        monkeypatch.setenv(name, value)
    begins_at = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    predictions = DynamoVersionedStore(aws.dynamodb, table=FORECAST.predictions_table)
    for each in (
        forecast("connection", "slow", "lcp_ms", [2_000] * 14 + [3_000], breach=0.9),
        views(2_000_000),
    ):
        told = each.model_copy(update={"begins_at": begins_at})
        key = published.key(each.family, each.value, each.measure)
        put(predictions, key, told.model_dump_json().encode())
    rollups = DynamoVersionedStore(aws.dynamodb, table=ROLL_UP.rollups_table)
    minute = int(begins_at.timestamp()) // 60 - 180
    put(rollups, window.key(Resolution.HOUR, Cell("tier", "full"), minute), seen(50).encode())
    handler._adviser.cache_clear()  # noqa: SLF001
    handler.lambda_handler({}, None)
    outputs = {
        **OUTPUTS,
        "PredictionsTableName": FORECAST.predictions_table,
        "ExperimentsTableName": RECORD.experiments_table,
        "AlertBusName": "alerts",
    }
    with deployed(monkeypatch, outputs):
        yield lambda *arguments: CliRunner().invoke(app, ["recommend", *arguments])


def put(store: DynamoVersionedStore, key: Key, body: bytes) -> None:
    store.write([Write(key, Versioned(body, 1), None, 2**33)])


def advice(run: Run, *options: str) -> dict[str, dict[str, Any]]:
    result = run("list", "--json", *options)
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)["advice"]
    return {each["recommendation"]["kind"]: each for each in found}


def test_what_is_proposed_is_listed_and_shown_with_its_reasons(run: Run) -> None:
    assert set(advice(run)) == {"lower_aim", "raise_shards", "raise_request_limit"}
    listed = run("list").output
    assert "lower_aim.slow" in listed
    assert "$+" in listed
    shown = run("show", "lower_aim.slow").output
    for part in (
        "because 3,000 ms of LCP (p75) are expected",
        "./adaptive-ops policy set target_lcp_ms.slow=1050",
        "To take it back:",
        "recommend try lower_aim.slow",
    ):
        assert part in shown
    assert "all sessions share it" in run("show", "raise_shards").output


def test_an_accepted_policy_is_in_force(run: Run, aws: SimpleNamespace) -> None:
    result = run("accept", "lower_aim.slow", *SIGNED)
    assert result.exit_code == 0, result.output
    assert "Version 1 is in force" in result.output
    book = PolicyBook(DynamoVersionedStore(aws.dynamodb, table=INGEST.operations_table))
    current = book.current()
    assert current is not None
    assert (current.policy.target_lcp_ms, current.who) == ({"slow": 1_050.0}, "me")
    assert "lower_aim" not in advice(run)
    assert advice(run, "--all")["lower_aim"]["state"] == "accepted"
    again = run("accept", "lower_aim.slow", *SIGNED)
    assert (again.exit_code, book.version) == (1, 1)
    assert "is accepted, not proposed" in again.output


def test_what_can_be_tried_is_an_experiment_at_once(run: Run, aws: SimpleNamespace) -> None:
    result = run("try", "lower_aim.slow", *SIGNED)
    assert result.exit_code == 0, result.output
    assert "aim-slow is canary" in result.output
    book = PolicyBook(DynamoVersionedStore(aws.dynamodb, table=INGEST.operations_table))
    current = book.current()
    assert current is not None
    [trial] = current.policy.trials
    assert trial.changes.update == {"target_lcp_ms": {"slow": 1_050.0}}
    assert "lower_aim" in advice(run)  # nothing is decided about it yet


def test_what_may_not_be_done_here_is_told(run: Run, aws: SimpleNamespace) -> None:
    result = run("accept", "raise_shards", *SIGNED)
    assert "In site.toml, then deploy:\n[cloud]\nshards = " in result.output
    assert PolicyBook(DynamoVersionedStore(aws.dynamodb, table="operations")).version == 0


def test_what_is_dismissed_is_gone_and_stays_so(run: Run) -> None:
    assert run("dismiss", "raise_shards", *SIGNED).exit_code == 0
    handler.lambda_handler({}, None)
    assert "raise_shards" not in advice(run)
    assert advice(run, "--all")["raise_shards"]["who"] == "me"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("accept", "nothing", *SIGNED), "nothing was recommended that is called nothing"),
        (("try", "raise_shards", *SIGNED), "it cannot be split: all sessions share it"),
        (("dismiss", "raise_shards", "--who", "", "--why", "x"), "who: "),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(
    run: Run, arguments: tuple[str, ...], sentence: str
) -> None:
    result = run(*arguments)
    assert result.exit_code == 1
    assert sentence in result.output


def test_nobody_decides_unnamed(run: Run) -> None:
    for command in ("accept", "dismiss", "try"):
        assert run(command, "raise_shards").exit_code == 2
