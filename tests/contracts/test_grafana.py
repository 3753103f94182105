"""The Grafana dashboard asks for metrics that there are, in the form that Grafana's SDK reads."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from grafana_foundation_sdk.models.dashboard import Dashboard
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from adaptive.monitoring.query.answer import (
    Answer,
    Estimated,
    GroupNow,
    Overview,
    Ratings,
    VitalNow,
)
from adaptive.monitoring.query.openmetrics import exposition

ROOT = Path(__file__).parents[2]
DASHBOARD: dict[str, Any] = json.loads((ROOT / "docs/grafana/adaptive-edge.json").read_text())
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
FIGURE = Estimated(value=1.5, low=1, high=2, samples=100)
HOSTILE = 'a"} 1\nb\\'


def group(dimension: str, value: str) -> GroupNow:
    return GroupNow(
        group={dimension: value}, views=7, share=1, failing=FIGURE, lcp_p75=FIGURE, rating="good"
    )


def families(country: str = "DE") -> dict[str, Any]:
    """What Prometheus reads of a site with visitors."""
    vital = VitalNow(
        metric="lcp_ms",
        unit="ms",
        p50=FIGURE,
        p75=FIGURE,
        rating="good",
        ratings=Ratings(good=5, needs_improvement=1, poor=1),
        week_before=FIGURE,
        change=0,
        differs=False,
    )
    overview = Overview(
        start=NOW - timedelta(hours=1),
        end=NOW,
        views=7,
        views_per_s=0.1,
        requests_per_s=20.0,
        sessions=9,
        views_week_before=7,
        failing=FIGURE,
        errors=1,
        conversions=1,
        bytes_per_view=1_000,
        vitals=[vital],
        page_groups=[group("page_group", "front")],
        countries=[group("country", country)],
        devices=[group("device", "phone")],
        connections=[group("connection", "slow")],
        tiers=[group("tier", "lite")],
    )
    text = exposition(Answer[Overview](data=overview, samples=7, fresh_at=NOW))
    return {each.name: each for each in text_string_to_metric_families(text)}  # type: ignore[no-untyped-call]


def test_every_metric_that_a_panel_asks_for_is_there() -> None:
    asked = {
        name
        for panel in DASHBOARD["panels"]
        for target in panel["targets"]
        for name in re.findall(r"adaptive_\w+", target["expr"])
    }
    assert asked
    assert asked <= set(families())


def test_grafanas_own_models_read_the_dashboard_whole() -> None:
    again: Any = Dashboard.from_json(DASHBOARD).to_json()
    assert [panel.title for panel in again["panels"]] == [
        panel["title"] for panel in DASHBOARD["panels"]
    ]
    assert set(DASHBOARD) <= set(again)
    for panel in DASHBOARD["panels"]:
        assert panel["datasource"]["uid"] == "${source}"


def test_panels_do_not_lie_on_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert at["x"] + at["w"] <= 24
        assert not cells & taken
        taken |= cells


def test_a_value_cannot_break_out_of_its_label() -> None:
    samples = families(HOSTILE)["adaptive_group_page_views"].samples
    assert {"dimension": "country", "value": HOSTILE} in [each.labels for each in samples]
