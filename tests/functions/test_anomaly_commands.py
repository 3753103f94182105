"""What is said of a finding moves the threshold of its series, and is written down."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.delivery.changes import ChangeLog
from adaptive.monitoring.scope import Group
from adaptive.ports import NEVER_S, Write
from tests.functions.test_alert_commands import ALERTS, run, stack
from tests.samples import INGEST
from tests.unit.test_anomalous import learned, world

__all__ = ["stack"]
FR: Group = (("country", "FR"),)
BY = ("--who", "ana", "--why", "it was a newsletter")
RULE = """
[monitoring.rules.odd]
kind = "anomaly"
metric = "lcp_ms"
percentile = 75
by = ["country"]
severity = "ticket"
window_minutes = [1]
runbook = "alert-anomaly"
why = "Slower than ever lately."
"""


@pytest.fixture
def site(tmp_path: Path) -> str:
    path = tmp_path / "site.toml"
    path.write_text((Path(__file__).parents[1] / "infra/site.toml").read_text() + RULE)
    return str(path)


def series_in(aws: SimpleNamespace) -> None:
    items = learned(world(by=("country",)), FR).table.items
    store = DynamoVersionedStore(aws.dynamodb, table=ALERTS)
    store.write([Write(key, item, None, NEVER_S) for key, item in items.items()])


def listed(site: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(
        run("anomaly", "list", "--site", site, "--json").output
    )["series"]
    return found


def test_feedback_moves_the_threshold_of_that_series_and_is_in_the_change_log(
    stack: SimpleNamespace, site: str
) -> None:
    series_in(stack)
    of = ("odd", "--group", "country=FR", "--site", site, *BY)
    shown = run("anomaly", "dismiss", *of)
    assert shown.exit_code == 0, shown.output
    assert "odd of country=FR speaks from 15% of its range on" in shown.output
    [line] = listed(site)
    assert (line["group"], line["threshold"]) == ({"country": "FR"}, 0.15)
    assert run("anomaly", "confirm", *of).exit_code == 0
    assert listed(site)[0]["threshold"] == 0.125
    operations = DynamoVersionedStore(stack.dynamodb, table=INGEST.operations_table)
    now = datetime.now(UTC)
    log = ChangeLog(operations).between(now - timedelta(hours=1), now + timedelta(hours=1))
    assert [(each.kind, each.name, each.who) for each in log] == [
        ("anomaly", "odd:dismissed", "ana"),
        ("anomaly", "odd:confirmed", "ana"),
    ]
    assert "country FR" in run("anomaly", "list", "--site", site).output


def test_what_is_not_watched_is_refused_with_what_is(stack: SimpleNamespace, site: str) -> None:
    assert "No series is watched yet" in run("anomaly", "list", "--site", site).output
    series_in(stack)
    unknown = run("anomaly", "dismiss", "slow", "--site", site, *BY)
    assert unknown.exit_code == 1
    elsewhere = run("anomaly", "dismiss", "odd", "--group", "country=DE", "--site", site, *BY)
    assert elsewhere.exit_code == 1
