"""What operators see of alerts, and say about them, by the command line."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner

from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.delivery.changes import ChangeLog
from adaptive.monitoring.alerts_store import AlertsStore
from adaptive.ports import Write
from local.adaptive_ops.__main__ import app
from local.adaptive_ops.tail import line
from tests.alert_world import START, AlertWorld, views
from tests.functions.conftest import STREAM
from tests.functions.test_adaptive_site import cloudformation
from tests.rollup_world import arrival
from tests.samples import INGEST, ROLL_UP

ALERTS = "alerts"
_OUTPUTS = {
    "RollupsTableName": ROLL_UP.rollups_table,
    "AlertsTableName": ALERTS,
    "OperationsTableName": INGEST.operations_table,
    "BeaconStreamName": STREAM,
}
_FOUND = "".join(
    f"<member><OutputKey>{name}</OutputKey><OutputValue>{value}</OutputValue></member>"
    for name, value in _OUTPUTS.items()
)
_STACK = (
    "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>Any</StackName>"
    f"<Outputs>{_FOUND}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>"
)
RULES = """
[monitoring.rules.slow]
kind = "threshold"
metric = "lcp_ms"
percentile = 75
above = 4000
severity = "page"
window_minutes = [5]
runbook = "alert-slow"
why = "Poor by the Web Vitals."

[monitoring.slos.not-poor]
metric = "lcp_ms"
slower_than = 4000
objective = 0.9
days = 1
runbook = "alert-budget-burn"
why = "Nine views in ten are not poor."
"""


@pytest.fixture
def site(tmp_path: Path) -> str:
    path = tmp_path / "site.toml"
    path.write_text((Path(__file__).parents[1] / "infra/site.toml").read_text() + RULES)
    return str(path)


@pytest.fixture
def stack(aws: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    aws.dynamodb.create_table(
        TableName=ALERTS,
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    with cloudformation(monkeypatch, 200, _STACK):
        yield aws


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, [*arguments])


def alerts(aws: SimpleNamespace) -> AlertsStore:
    return AlertsStore(DynamoVersionedStore(aws.dynamodb, table=ALERTS))


def an_hour_that_got_slow(aws: SimpleNamespace) -> AlertWorld:
    """An hour up to now, slow in its last half, judged: its tables are in the account."""
    now = int(time.time()) // 60 - START
    world = AlertWorld()
    world.count(range(now - 60, now - 30), views(30))
    world.count(range(now - 30, now), views(30, lcp_ms=9_000))
    world.run_through(range(now - 50, now))
    for table, items in (
        (ROLL_UP.rollups_table, world.cells.items),
        (ALERTS, world.table.items),
    ):
        store = DynamoVersionedStore(aws.dynamodb, table=table)
        store.write([Write(key, item, None, 2_000_000_000) for key, item in items.items()])
    return world


def test_status_tells_how_the_site_is_and_what_fires(stack: SimpleNamespace) -> None:
    an_hour_that_got_slow(stack)
    found = json.loads(run("status", "--json").output)
    assert found["views_per_minute"] == pytest.approx(30, abs=3)
    assert found["lcp_ms"] == pytest.approx(9_000, rel=0.02)
    assert [each["rule"] for each in found["firing"]] == ["slow"]
    shown = run("status")
    assert shown.exit_code == 0, shown.output
    assert "1 alerts fire" in shown.output
    assert "slow the whole site" in shown.output


def test_status_of_a_site_without_visitors_says_so(stack: SimpleNamespace) -> None:
    shown = run("status")
    assert shown.exit_code == 0, shown.output
    assert "Nothing was judged yet" in shown.output


def test_alerts_that_were_told_are_listed_with_where_they_concentrate(
    stack: SimpleNamespace,
) -> None:
    world = an_hour_that_got_slow(stack)
    month = f"{datetime.fromtimestamp(world.told[0].since.timestamp(), UTC):%Y-%m}"
    [told] = json.loads(run("alerts", "--month", month, "--json").output)["alerts"]
    assert (told["rule"], told["phase"]) == ("slow", "firing")
    assert "slow" in run("alerts", "--month", month).output
    assert "Nothing was told" in run("alerts", "--month", "2020-01").output
    assert run("alerts", "--month", "May").exit_code == 1


def test_a_silence_is_put_logged_and_lifted(stack: SimpleNamespace) -> None:
    by = ("--who", "ops", "--why", "moving the database")
    put = run("silence", "slow*", "--hours", "2", "--group", "country=DE", "--maintenance", *by)
    assert put.exit_code == 0, put.output
    [silence] = alerts(stack).silences()
    assert (silence.kind, silence.rule, silence.group) == (
        "maintenance",
        "slow*",
        {"country": "DE"},
    )
    assert (silence.ends_at - silence.starts_at).total_seconds() == 7_200
    store = DynamoVersionedStore(stack.dynamodb, table=INGEST.operations_table)
    [change] = ChangeLog(store).between(silence.starts_at, datetime.now(UTC))
    assert (change.kind, change.who) == ("maintenance", "ops")
    lifted = run("unsilence", silence.id, *by)
    assert lifted.exit_code == 0, lifted.output
    assert json.loads(run("status", "--json").output)["silences"] == []
    assert run("unsilence", silence.id, *by).exit_code == 1


def test_an_acknowledgement_says_who_works_on_it(stack: SimpleNamespace) -> None:
    assert run("ack", "slow", "--who", "ops", "--why", "looking").exit_code == 0
    [known] = alerts(stack).silences()
    assert (known.kind, known.who) == ("acknowledgement", "ops")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("silence", "SLOW!"), "rule: "),
        (("silence", "slow", "--group", "DE"), "write dimension=value"),
        (("silence", "slow", "--hours", "9000"), ""),
    ],
)
def test_a_silence_that_makes_no_sense_is_refused(
    stack: SimpleNamespace, arguments: tuple[str, ...], sentence: str
) -> None:
    result = run(*arguments, "--who", "ops", "--why", "work")
    assert result.exit_code != 0
    assert sentence in result.output
    assert alerts(stack).silences() == []


def test_slo_tells_what_is_left_of_the_budget(stack: SimpleNamespace, site: str) -> None:
    an_hour_that_got_slow(stack)
    found = json.loads(run("slo", "--site", site, "--json").output)["not-poor"]
    assert found["spent"] == pytest.approx(5, rel=0.05)
    assert not found["allows_promotion"]
    assert "not-poor" in run("slo", "--site", site).output


def test_a_rule_is_tried_on_what_was_counted(stack: SimpleNamespace, site: str) -> None:
    an_hour_that_got_slow(stack)
    result = run("rules", "test", "slow", "--days", "0.05", "--site", site, "--json")
    assert result.exit_code == 0, result.output
    assert [each["phase"] for each in json.loads(result.output)["told"]] == ["firing"]
    shown = run("rules", "test", "slow", "--days", "0.05", "--site", site)
    assert "would have been told 1 times" in shown.output
    assert "there is no rule fast" in run("rules", "test", "fast", "--site", site).output
    assert "Poor by" in run("rules", "list", "--site", site).output


def test_tail_shows_beacons_without_who_sent_them(stack: SimpleNamespace) -> None:
    data = arrival(tier="lite", errors=[{"count": 2}], final=True)
    boto3.client("kinesis").put_record(StreamName=STREAM, Data=data, PartitionKey="x")
    result = run("tail", "--since", "5", "--count", "1")
    assert result.exit_code == 0, result.output
    assert "lcp 5200.5" in result.output
    assert "lite" in result.output
    assert "errors 2  final" in result.output
    assert "AAAA" not in result.output


def test_tail_passes_over_what_cannot_be_read() -> None:
    assert line(b"\xff") == "unreadable: ValueError"
    assert line(b"[]") == "unreadable: TypeError"
