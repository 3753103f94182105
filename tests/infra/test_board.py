"""The CloudWatch dashboard shows what there is: metrics that functions write, alarms that exist."""

import json
from pathlib import Path
from typing import Any

from adaptive.monitoring.headline import headline
from adaptive.monitoring.rollup import Field
from tests.alert_world import views
from tests.infra.conftest import Templates

LAMBDAS = Path(__file__).parents[2] / "lambdas"


def body_of(templates: Templates) -> dict[str, Any]:
    [board] = templates.properties("AWS::CloudWatch::Dashboard")
    parts = board["DashboardBody"]["Fn::Join"][1]
    body: dict[str, Any] = json.loads("".join(p if isinstance(p, str) else "REF" for p in parts))
    return body


def metrics_of(body: dict[str, Any]) -> set[tuple[str, str]]:
    """Name and service of each."""
    rows = [row for w in body["widgets"] for row in w["properties"].get("metrics", [])]
    return {(row[1], row[3]) for row in rows if isinstance(row[0], str)}


def test_it_shows_every_alarm_that_there_is(templates: Templates) -> None:
    [shown] = [w for w in body_of(templates)["widgets"] if w["type"] == "alarm"]
    names = {arn.rpartition(":")[2] for arn in shown["properties"]["alarms"]}
    alarms = templates.properties("AWS::CloudWatch::Alarm")
    assert names == {alarm["AlarmName"] for alarm in alarms}


def test_every_metric_is_written_by_the_function_that_it_is_asked_of(templates: Templates) -> None:
    _, rollup = views(4)
    site = {name for part in headline(rollup) for name in part} | {"InpP75", "TtfbP75", "ClsP75"}
    metrics = metrics_of(body_of(templates))
    assert len(metrics) > 15
    for name, service in metrics:
        [handler] = LAMBDAS.glob(f"*/{service}/handler.py")
        assert f'"{name}"' in handler.read_text() or (service == "merge_rollups" and name in site)


def test_the_site_is_told_in_what_was_measured_and_nothing_else() -> None:
    _, rollup = views(40, lcp_ms=2_000, failing=10)
    rollup.fields[Field.CONVERSIONS] = 3
    found = headline(rollup)
    assert found.counts == {"PageViews": 40, "Conversions": 3}
    assert found.percent == {"FailingShare": 25}
    assert 1_980 < found.milliseconds.pop("LcpP75") < 2_020
    assert not found.milliseconds
    assert not found.plain


def test_a_window_without_views_says_that_there_were_none() -> None:
    _, nothing = views(0)
    found = headline(nothing)
    assert found.counts["PageViews"] == 0
    assert not found.percent
