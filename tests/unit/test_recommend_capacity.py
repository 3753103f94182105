"""Room, and what it is paid by: when each recommendation must and must not be made."""

from dataclasses import replace
from typing import Any

import pytest

from adaptive.monitoring.dimension import Cell
from adaptive.prediction.advice.recommendation import Kind
from adaptive.prediction.cloud import FAMILY as CLOUD
from adaptive.prediction.history import History
from adaptive.prediction.recommend import recommend
from adaptive.settings.prediction import FunctionSize
from tests.advice_world import DEPLOYED, cloud, found, given, only, past, views

ROOMY: dict[str, Any] = {"requests_per_second": 10_000}
# 1,000 records a second a shard, less three tenths; two beacons a view, bursts of twice.
FILLS_A_SHARD = 700 * 3_600 / 2 / 2 / 1.2
ON_DEMAND: dict[str, Any] = {"stream": "on-demand", **ROOMY}


def test_a_quiet_site_gets_no_advice() -> None:
    assert recommend(given()) == []
    assert recommend(given(views(10_000))) == []


def test_shards_are_raised_before_the_peak_fills_them_to_seven_tenths() -> None:
    assert found(given(views(FILLS_A_SHARD * 0.99), **ROOMY), Kind.RAISE_SHARDS) == []
    one = only(given(views(FILLS_A_SHARD * 1.01), **ROOMY), Kind.RAISE_SHARDS)
    assert (one.change.do, one.change.undo) == ("[cloud]\nshards = 2", "[cloud]\nshards = 1")
    assert one.usd_a_month == pytest.approx(0.015 * 730)
    before, after = one.effect.before, one.effect.after
    assert before.low < before.expected < before.high == pytest.approx(0.707)
    assert after.high == pytest.approx(before.high / 2)


def refusing(part: str, today: float) -> dict[Cell, History]:
    """Eight days ago that many were refused, too: that is over."""
    return {Cell(CLOUD, part): past({"throttles": [today] + [0.0] * 190 + [today]})}


def test_writes_that_were_refused_ask_for_a_shard_more_whatever_is_forecast() -> None:
    quiet = given(views(10_000), **ROOMY)
    one = only(replace(quiet, past=refusing("beacons", 40)), Kind.RAISE_SHARDS)
    assert (one.change.do, one.probability) == ("[cloud]\nshards = 2", 1.0)
    assert one.evidence[-1] == "40 writes were refused in the last day"
    assert found(replace(quiet, past=refusing("beacons", 0)), Kind.RAISE_SHARDS) == []
    on_demand = given(views(10_000), **ON_DEMAND)
    assert found(replace(on_demand, past=refusing("beacons", 40)), Kind.RAISE_SHARDS) == []


def test_calls_that_were_refused_ask_for_room_whatever_is_forecast() -> None:
    functions = {**DEPLOYED.functions, "ingest": FunctionSize(memory_mib=512, reserved=100)}
    calm = given(cloud("ingest", "concurrency", [20, 40]), functions=functions)
    one = only(replace(calm, past=refusing("ingest", 7)), Kind.RESERVE_CONCURRENCY)
    assert (one.change.do, one.probability) == ("[cloud]\ningest_reserved = 130", 1.0)
    assert one.evidence[-1] == "7 calls were refused in the last day"
    assert found(replace(calm, past=refusing("ingest", 0)), Kind.RESERVE_CONCURRENCY) == []


def test_an_unsure_forecast_asks_for_more_room_than_a_sure_one() -> None:
    sure, unsure = (given(views(500_000, uncertain=each), **ROOMY) for each in (0.1, 0.6))
    assert found(sure, Kind.RAISE_SHARDS) == []
    assert found(unsure, Kind.RAISE_SHARDS)


def test_shards_are_no_advice_for_a_stream_on_demand() -> None:
    assert found(given(views(5_000_000), **ON_DEMAND), Kind.RAISE_SHARDS) == []


def test_the_limit_on_requests_is_raised_before_visitors_are_refused() -> None:
    enough = 0.7 * 500 * 3_600 / 2 / 2 / 1.2
    assert found(given(views(enough * 0.99), shards=20), Kind.RAISE_REQUEST_LIMIT) == []
    one = only(given(views(enough * 1.01), shards=20), Kind.RAISE_REQUEST_LIMIT)
    assert one.change.do == "[cloud]\nrequests_per_second = 600"
    assert one.effect.after.high <= 0.7
    assert one.usd_a_month == 0


def test_a_stream_on_demand_is_provisioned_where_that_is_cheaper_only() -> None:
    one = only(given(views(10_000), **ON_DEMAND), Kind.PROVISION_STREAM)
    assert one.change.do == '[cloud]\nstream = "provisioned"\nshards = 1'
    assert one.usd_a_month < -5
    assert one.probability == 0
    spiky = replace(given(views(100_000), **ON_DEMAND), burst=40.0)
    assert found(spiky, Kind.PROVISION_STREAM) == []


def test_idle_shards_are_given_up_for_on_demand_where_that_is_cheaper_only() -> None:
    one = only(given(views(10_000), shards=10, **ROOMY), Kind.STREAM_ON_DEMAND)
    assert one.change.do == '[cloud]\nstream = "on-demand"'
    assert one.usd_a_month < -5
    assert found(given(views(10_000), **ROOMY), Kind.STREAM_ON_DEMAND) == []
    assert found(given(views(10_000), **ON_DEMAND), Kind.STREAM_ON_DEMAND) == []


def test_concurrency_is_reserved_before_others_take_all_of_the_account() -> None:
    mine, theirs = (
        cloud("ingest", "concurrency", [50, 80]),
        cloud("score", "concurrency", [10, 600]),
    )
    one = only(given(mine, theirs), Kind.RESERVE_CONCURRENCY)
    assert one.change.do == "[cloud]\ningest_reserved = 125"
    assert one.change.undo == "[cloud]\n# take out ingest_reserved"
    assert one.effect.before.high > 0.7 > one.effect.after.expected
    quiet = cloud("score", "concurrency", [10, 100])
    assert found(given(mine, quiet), Kind.RESERVE_CONCURRENCY) == []


def test_a_reservation_that_would_starve_the_others_is_not_advised() -> None:
    mine = cloud("ingest", "concurrency", [50, 800])
    assert found(given(mine), Kind.RESERVE_CONCURRENCY) == []


def test_what_is_reserved_is_raised_before_ingest_reaches_it() -> None:
    functions = {**DEPLOYED.functions, "ingest": FunctionSize(memory_mib=512, reserved=100)}
    busy, calm = (cloud("ingest", "concurrency", [20, peak]) for peak in (90, 40))
    one = only(given(busy, functions=functions), Kind.RESERVE_CONCURRENCY)
    assert one.change.undo == "[cloud]\ningest_reserved = 100"
    assert found(given(calm, functions=functions), Kind.RESERVE_CONCURRENCY) == []


def test_concurrency_is_paid_ahead_as_far_as_it_is_used_most_of_the_time() -> None:
    even = cloud("ingest", "running", [9, 10, 11, 10])
    one = only(given(even), Kind.PROVISION_CONCURRENCY)
    assert one.change.do in {f"[cloud]\ningest_provisioned = {count}" for count in (9, 10, 11)}
    assert one.usd_a_month < -5
    spiky = cloud("ingest", "running", [0.1] * 23 + [10])
    assert found(given(spiky), Kind.PROVISION_CONCURRENCY) == []
    paid = {**DEPLOYED.functions, "ingest": FunctionSize(memory_mib=512, provisioned=10)}
    assert found(given(even, functions=paid), Kind.PROVISION_CONCURRENCY) == []


def test_what_stands_still_gets_no_advice() -> None:
    idle = [0.0] * 24
    forecasts = [cloud("ingest", measure, idle) for measure in ("running", "concurrency")]
    units = [cloud("sessions", f"{kind}_units_per_s", idle) for kind in ("write", "read")]
    silent = {Cell("all", ""): past({"views": [0.0] * 48})}
    images = {Cell(CLOUD, "images"): past({"requests": [0.0] * 48, "hit_rate": [1.0] * 48})}
    assert recommend(given(views(0), *forecasts, *units, past=silent | images)) == []


def seen_writes(units: float) -> dict[Cell, History]:
    return {Cell(CLOUD, "sessions"): past({"write_units_per_s": [units] * 48})}


def test_a_table_is_warmed_before_a_peak_beyond_what_it_has_seen() -> None:
    peak = cloud("sessions", "write_units_per_s", [100, 1_500])
    one = only(given(peak, past=seen_writes(200)), Kind.WARM_TABLE)
    assert one.change.do == (
        "aws dynamodb update-table --table-name Sessions-ABC --warm-throughput "
        "ReadUnitsPerSecond=12000,WriteUnitsPerSecond=5500"
    )
    assert one.once
    assert one.effect.after.high <= 0.7
    used_to_it = given(peak, past=seen_writes(1_400))
    assert found(used_to_it, Kind.WARM_TABLE) == []
    calm = cloud("sessions", "write_units_per_s", [100, 1_000])
    assert found(given(calm, past=seen_writes(200)), Kind.WARM_TABLE) == []


def test_a_table_with_an_even_load_is_paid_by_the_hour_and_a_spiky_one_is_not() -> None:
    reads = cloud("sessions", "read_units_per_s", [100] * 24, uncertain=0.05)
    even = cloud("sessions", "write_units_per_s", [100] * 24, uncertain=0.05)
    one = only(given(even, reads), Kind.PROVISION_TABLE)
    assert one.change.do.endswith("ReadCapacityUnits=300,WriteCapacityUnits=300")
    assert one.change.undo.endswith("--billing-mode PAY_PER_REQUEST")
    assert one.usd_a_month < -5
    spiky = cloud("sessions", "write_units_per_s", [10] * 23 + [500])
    assert found(given(spiky, reads), Kind.PROVISION_TABLE) == []


def test_what_is_fuller_comes_first_and_saving_money_last() -> None:
    every = recommend(given(views(2_000_000), shards=3))
    assert [each.kind for each in every][:2] == [Kind.RAISE_REQUEST_LIMIT, Kind.RAISE_SHARDS]


def test_advice_says_what_it_is_based_on() -> None:
    one = only(given(views(600_000), **ROOMY), Kind.RAISE_SHARDS)
    assert one.evidence[0].startswith("600,000 page views an hour are expected at 2026-11-20 13:00")
    assert "480,000 to 720,000 in 80 % of cases" in one.evidence[0]
