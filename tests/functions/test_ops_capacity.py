"""adaptive-ops capacity and cost, by what the account tells."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner

from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.monitoring.dimension import Cell
from adaptive.ports import Key, Versioned, Write
from adaptive.prediction import published
from adaptive.prediction.cloud import FAMILY as CLOUD
from adaptive.settings.prediction import Watched
from local.adaptive_ops.__main__ import app
from tests.advice_world import cloud, past, views
from tests.functions.ops_world import OUTPUTS, deployed
from tests.samples import FORECAST, INGEST, RECOMMEND

Run = Callable[..., dict[str, Any]]
WATCHED = Watched(functions={"ingest": "ingest"}, tables={"sessions": "sessions"}, stream="s")


@pytest.fixture
def run(aws: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    store = DynamoVersionedStore(aws.dynamodb, table=FORECAST.predictions_table)

    def put(key: Key, body: bytes) -> None:
        store.write([Write(key, Versioned(body, 1), None, 2**33)])

    begins_at = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    for each in (
        views(2_000),
        cloud("ingest", "running", [1.0, 4.0]),
        cloud("ingest", "calls", [2_000.0]),
    ):
        told = each.model_copy(update={"begins_at": begins_at})
        key = published.key(each.family, each.value, each.measure)
        put(key, told.model_dump_json().encode())
    for cell, values in {
        Cell("all", ""): {"views": [1_000.0] * 48},
        Cell(CLOUD, "ingest"): {"calls": [2_000.0] * 48, "duration_ms": [20.0] * 48},
    }.items():
        put(published.history_key(*cell), past(values).encode())
    logs = boto3.client("logs")
    logs.create_log_group(logGroupName="/aws/lambda/ingest")
    logs.create_log_stream(logGroupName="/aws/lambda/ingest", logStreamName="one")
    now_ms = int(time.time() * 1_000)
    report = "REPORT RequestId: 1\tDuration: 12.0 ms\tBilled Duration: 12 ms\tMemory Size: 512 MB\t"
    logs.put_log_events(
        logGroupName="/aws/lambda/ingest",
        logStreamName="one",
        logEvents=[{"timestamp": now_ms, "message": line} for line in ("START", report)],
    )
    settings = RECOMMEND.model_copy(
        update={"deployed": RECOMMEND.deployed.model_copy(update={"tables": WATCHED.tables})}
    )
    watching = FORECAST.model_copy(update={"watched": WATCHED})
    outputs = {**OUTPUTS, "RecommendFunctionName": "r", "ForecastFunctionName": "f"}
    environment = {**INGEST.environment(), **watching.environment(), **settings.environment()}

    def call(*arguments: str) -> dict[str, Any]:
        plain = CliRunner().invoke(app, [*arguments])
        assert plain.exit_code == 0, plain.output
        result = CliRunner().invoke(app, [*arguments, "--json"])
        found: dict[str, Any] = json.loads(result.stdout)
        return found

    with deployed(monkeypatch, outputs, environment):
        yield call


def test_capacity_says_what_is_needed_kept_and_which_memory_is_cheapest(run: Run) -> None:
    found = run("capacity")
    [need] = [each for each in found["needs"] if each["what"] == "ingest: calls at once"]
    assert need["needed"] == 13  # 4, a fifth more, twice that, and three tenths of room
    assert found["memory"]["ingest"]["memory_mib"] == 512
    assert found["memory"]["ingest"]["duration_ms"] == 12
    assert "kept in sessions" in found["kept"]


def test_cost_says_what_a_month_takes_now_ahead_and_per_million(run: Run) -> None:
    found = run("cost")
    assert found["now"]["views"] == 730_000
    assert found["now"]["usd"] == pytest.approx(sum(found["now"]["items"].values()))
    assert found["now"]["usd_per_million"] > 0
    expected, low, high = found["forecast"]
    assert low < expected < high
    assert "grams_co2e_per_million" in found


def test_without_a_deployment_it_says_so(
    aws: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with deployed(monkeypatch, {}):
        result = CliRunner().invoke(app, ["cost"])
    assert result.exit_code == 1
    assert "has no output 'RecommendFunctionName'" in result.output
