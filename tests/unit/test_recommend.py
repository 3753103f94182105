from dataclasses import replace
from datetime import UTC, datetime

import pytest

from adaptive.prediction.prices import listed
from adaptive.prediction.published import Published
from adaptive.prediction.recommend import Deployed, Recommendation, recommend

PRICES = listed()
SMALL = Deployed("provisioned", 1, 500, beacons_per_view=2, bytes_each=600)


def views(expected: float, *, uncertain: float = 0.2) -> Published:
    """Of the busiest hour, in the middle of quieter ones."""
    hours = (expected / 4, expected, expected / 4)
    low = tuple(value * (1 - uncertain) for value in hours)
    high = tuple(value * (1 + uncertain) for value in hours)
    return Published(
        family="all",
        value="",
        measure="views",
        begins_at=datetime(2026, 11, 20, 12, tzinfo=UTC),
        expected=hours,
        low_80=low,
        high_80=high,
        low_95=low,
        high_95=high,
        shares={},
        error=None,
        naive_error=None,
    )


def kinds(found: list[Recommendation]) -> set[str]:
    return {each.kind for each in found}


def test_a_quiet_site_gets_no_advice() -> None:
    assert recommend(views(10_000), SMALL, PRICES) == []


def test_shards_are_raised_before_the_peak_fills_them_to_seven_tenths() -> None:
    roomy = replace(SMALL, requests_per_second=10_000)
    # 1,000 records a second a shard, less three tenths; two beacons a view, bursts of twice.
    enough = 700 * 3_600 / 2 / 2 / 1.2
    assert recommend(views(enough * 0.99), roomy, PRICES) == []
    [found] = recommend(views(enough * 1.01), roomy, PRICES)
    assert found.kind == "raise_shards"
    assert (found.change, found.undo) == ("shards = 2", "shards = 1")
    assert found.usd_a_month == pytest.approx(0.015 * 730)
    assert found.before.low < found.before.expected < found.before.high
    assert found.before.high == pytest.approx(0.707)
    assert found.after.high == pytest.approx(found.before.high / 2)


def test_an_unsure_forecast_asks_for_more_room_than_a_sure_one() -> None:
    roomy = replace(SMALL, requests_per_second=10_000)
    assert recommend(views(500_000, uncertain=0.1), roomy, PRICES) == []
    assert kinds(recommend(views(500_000, uncertain=0.6), roomy, PRICES)) == {"raise_shards"}


def test_the_limit_on_requests_is_raised_before_visitors_are_refused() -> None:
    many = replace(SMALL, shards=20)
    enough = 0.7 * 500 * 3_600 / 2 / 2 / 1.2
    assert recommend(views(enough * 0.99), many, PRICES) == []
    [found] = recommend(views(enough * 1.01), many, PRICES)
    assert found.kind == "raise_request_limit"
    assert found.change == "requests_per_second = 600"
    assert found.after.high <= 0.7
    assert found.usd_a_month == 0


def test_a_stream_on_demand_is_provisioned_where_that_is_cheaper() -> None:
    on_demand = replace(SMALL, stream="on-demand")
    [found] = recommend(views(10_000), on_demand, PRICES)
    assert found.kind == "provision_stream"
    assert found.change == 'stream = "provisioned"\nshards = 1'
    assert found.usd_a_month < -5


def test_a_stream_on_demand_stays_where_shards_for_the_peak_cost_more() -> None:
    on_demand = replace(SMALL, stream="on-demand", requests_per_second=10**6, burst=40.0)
    assert recommend(views(100_000), on_demand, PRICES) == []


def test_shards_are_no_advice_for_a_stream_on_demand() -> None:
    on_demand = replace(SMALL, stream="on-demand", requests_per_second=10**6)
    assert "raise_shards" not in kinds(recommend(views(5_000_000), on_demand, PRICES))


def test_what_is_fuller_comes_first() -> None:
    found = recommend(views(2_000_000), SMALL, PRICES)
    assert [each.kind for each in found] == ["raise_request_limit", "raise_shards"]


def test_advice_says_what_it_is_based_on() -> None:
    [found] = recommend(views(600_000), replace(SMALL, requests_per_second=10_000), PRICES)
    assert "600,000 page views in the busiest of 3 hours" in found.evidence
    assert "at most 720,000 in 95 % of cases" in found.evidence
