"""What a month costs and needs, by what was measured."""

from dataclasses import replace
from typing import Any

import pytest

from adaptive.edge.policy import CONTROL
from adaptive.monitoring.dimension import Cell
from adaptive.prediction import bill, needs
from adaptive.prediction.advice.situation import Situation
from adaptive.prediction.cloud import FAMILY as CLOUD
from adaptive.prediction.history import History
from adaptive.prediction.recommend import recommend
from tests.advice_world import cloud, given, past, seen, views

MONTH_H = 730


def part(name: str, **values: float) -> dict[Cell, History]:
    return {Cell(CLOUD, name): past({measure: [each] * 48 for measure, each in values.items()})}


def measured(**deployed: Any) -> Situation:
    """A thousand views an hour, two beacons each."""
    return replace(
        given(views(1_000)),
        deployed=given(**deployed).deployed,
        past={
            Cell("all", ""): past({"views": [1_000.0] * 48}),
            **part("ingest", calls=2_000, duration_ms=20),
            **part("render", calls=10, duration_ms=1_000),
            **part("sessions", write_units_per_s=0.5, read_units_per_s=0.5),
            **part("beacons", records_per_s=0.5, bytes_per_s=300),
            **part("images", requests=10_000, hit_rate=0.9),
        },
    )


def test_a_month_costs_what_was_measured_of_it() -> None:
    now = bill.now(measured())
    assert now.views == 1_000 * MONTH_H
    calls = 2_000 * MONTH_H
    assert now.items["http_api"] == pytest.approx(calls * 1e-6)
    assert now.items["lambda_ingest"] == pytest.approx(calls * (2e-7 + 0.01 * 1.33334e-5))
    assert now.items["writes_sessions"] == pytest.approx(0.5 * MONTH_H * 3_600 * 6.25e-7)
    assert now.items["kinesis_shards"] == pytest.approx(0.015 * MONTH_H)
    assert now.usd_per_million == pytest.approx(now.usd / 0.73)


def test_on_demand_is_paid_by_what_flows() -> None:
    items = bill.now(measured(stream="on-demand")).items
    assert items["kinesis_on_demand"] == pytest.approx(0.04 * MONTH_H, rel=0.01)
    assert "kinesis_shards" not in items


def test_nothing_measured_costs_its_shards() -> None:
    nothing = bill.now(given())
    assert nothing.usd == pytest.approx(0.015 * MONTH_H)
    assert nothing.usd_per_million is None
    assert bill.forecast(given(), nothing) is None


def test_the_forecast_scales_all_but_shards_with_its_interval() -> None:
    situation = measured()
    now = bill.now(situation)
    found = bill.forecast(situation, now)
    assert found is not None
    expected, low, high = found
    assert low.usd < expected.usd < high.usd
    assert expected.items["kinesis_shards"] == now.items["kinesis_shards"]
    assert expected.items["http_api"] == pytest.approx(now.items["http_api"] / 2)


def test_each_measure_says_what_the_month_costs_after_it() -> None:
    situation = replace(measured(), forecasts=given(views(2_000_000)).forecasts)
    now = bill.now(situation)
    after = bill.after(now, recommend(situation))
    assert after["raise_shards"] > now.usd
    assert after["raise_request_limit"] == now.usd


def test_a_tier_is_worth_the_bytes_it_saves_against_the_holdout() -> None:
    light = seen(300)
    light.fields[4] = 300 * 250_000  # bytes
    situation = replace(
        measured(), recent={Cell("tier", "lite"): light, Cell("tier", CONTROL): seen(100)}
    )
    worth = bill.tiers(situation)["lite"]
    assert worth.views == pytest.approx(300 * MONTH_H / 24)
    assert worth.egress_saved == pytest.approx(worth.views * 750_000 / 1e9 * 0.085)
    assert worth.edge == pytest.approx(worth.views * 10 * 6e-7)
    assert worth.rendering > 0
    assert bill.tiers(measured()) == {}


def test_a_million_views_weigh_what_their_bytes_and_functions_do() -> None:
    told = replace(
        measured(),
        recent={Cell("tier", "lite"): seen(400), Cell("tier", CONTROL): seen(100, script_bytes=10)},
    )
    found = bill.footprint(told)
    assert found is not None
    # A megabyte a view at 95.8 g a GB; half a function's processor for 40 ms is next to nothing.
    assert found.served == pytest.approx(95_836, rel=0.001)
    assert found.untouched is not None
    assert found.untouched > found.served
    without = bill.footprint(replace(told, recent={Cell("tier", "full"): seen(400)}))
    assert without is not None
    assert without.untouched is None
    assert bill.footprint(measured()) is None


def test_needs_are_those_of_the_forecasts_upper_end_in_its_busiest_minutes() -> None:
    situation = given(
        cloud("ingest", "running", [1.0, 5.0]),
        cloud("beacons", "records_per_s", [100, 1_000]),
        cloud("beacons", "bytes_per_s", [60_000, 600_000]),
        cloud("sessions", "write_units_per_s", [100, 100], uncertain=0.1),
    )
    found = {each.what: each for each in needs.of(situation)}
    assert found["ingest: calls at once"].needed == 16  # 5, a fifth more, twice that, and room
    assert found["stream: shards"].needed == 4
    table = found["sessions: write units a second"]
    assert table.needed == pytest.approx(220)
    assert table.pays_by_the_hour
    assert [*needs.of(given())] == []


def test_durations_are_read_from_what_lambda_logs() -> None:
    line = (
        "REPORT RequestId: 8f5\tDuration: {ms} ms\tBilled Duration: 99 ms\tMemory Size: {mib} MB\t"
        "Max Memory Used: 80 MB\t"
    )
    lines = [line.format(ms=ms, mib=mib) for ms, mib in ((10.5, 512), (11.5, 512), (6, 1_024))]
    assert needs.durations_ms([*lines, "START RequestId: 8f5", ""]) == {512: 11.0, 1_024: 6.0}
