"""What recommendations cost is by the dated price file, all of it."""

from dataclasses import replace
from typing import Any

import pytest

from adaptive.monitoring.dimension import Cell
from adaptive.monitoring.rollup import Field, Rollup
from adaptive.prediction.advice.recommendation import Kind
from adaptive.prediction.advice.situation import Situation
from adaptive.prediction.cloud import FAMILY as CLOUD
from tests.advice_world import HOUR, cloud, forecast, given, only, past, seen, views

FREE = {
    Kind.RAISE_REQUEST_LIMIT,  # it bounds a flood
    Kind.RESERVE_CONCURRENCY,
    Kind.ROLL_BACK_RELEASE,
}
ROOMY: dict[str, Any] = {"requests_per_second": 10_000}
EVEN = cloud("sessions", "write_units_per_s", [100] * 24, uncertain=0.05)


def weighty(views_: int) -> Rollup:
    found = seen(views_, lcp_ms=2_400, script_bytes=450_000)
    found.fields[Field.BYTES] = views_ * 2_000_000
    return found


def troubles() -> dict[Kind, Situation]:
    """One for each kind, in which it is proposed."""
    images = Cell(CLOUD, "images")
    rates = [0.9 + 0.004 * (hour // 24 % 2) for hour in range(168)] + [0.8] * 24
    return {
        Kind.LOWER_AIM: given(
            forecast("connection", "slow", "lcp_ms", [3_000] * 24, breach=0.9),
            recent={
                Cell("connection", "slow"): weighty(500),
                Cell("tier", "full"): weighty(500),
            },
        ),
        Kind.MAKE_AHEAD: given(
            views(3_000),
            past={
                Cell("all", ""): past({"views": [1_000.0] * 168}),
                images: past({"requests": [10_000.0] * 168, "hit_rate": [0.9] * 168}),
            },
        ),
        Kind.RESERVE_CONCURRENCY: given(
            cloud("ingest", "concurrency", [50, 80]), cloud("score", "concurrency", [10, 600])
        ),
        Kind.PROVISION_CONCURRENCY: given(cloud("ingest", "running", [9, 10, 11, 10])),
        Kind.RAISE_SHARDS: given(views(600_000), **ROOMY),
        Kind.RAISE_REQUEST_LIMIT: given(views(400_000), shards=20),
        Kind.PROVISION_STREAM: given(views(10_000), stream="on-demand", **ROOMY),
        Kind.STREAM_ON_DEMAND: given(views(10_000), shards=10, **ROOMY),
        Kind.WARM_TABLE: given(
            cloud("sessions", "write_units_per_s", [100, 1_500]),
            past={Cell(CLOUD, "sessions"): past({"write_units_per_s": [200] * 48})},
        ),
        Kind.PROVISION_TABLE: given(EVEN, cloud("sessions", "read_units_per_s", [100] * 24)),
        Kind.LENGTHEN_TTL: given(
            past={images: past({"hit_rate": rates, "requests": [1_000.0] * len(rates)})}
        ),
        Kind.TRIM_SCRIPTS: given(
            recent={
                Cell("page_group", "product"): weighty(500),
                Cell("tier", "standard"): seen(300),
                Cell("tier", "full"): seen(700),
            }
        ),
        Kind.ROLL_BACK_RELEASE: given(
            by_hour={
                Cell("release", "v41"): {HOUR - 26: seen(1_000, lcp_ms=2_000)},
                Cell("release", "v42"): {HOUR - 2: seen(1_000, lcp_ms=2_800)},
            }
        ),
        Kind.ADD_ORIGIN_REGION: given(
            forecast("country", "DE", "ttfb_ms", [1_200] * 24, breach=0.9, limit=800),
            recent={
                Cell("country", "DE"): seen(400, ttfb_ms=1_200),
                Cell("country", "US"): seen(4_000, ttfb_ms=300),
            },
        ),
    }


@pytest.mark.parametrize("kind", list(Kind))
def test_twice_the_prices_are_twice_the_cost(kind: Kind) -> None:
    """No measure is costed by anything but the price file: none has a price of its own."""
    told = troubles()[kind]
    prices = told.prices
    dear = prices.model_copy(update={"usd": {name: 2 * usd for name, usd in prices.usd.items()}})
    once = only(told, kind).usd_a_month
    assert only(replace(told, prices=dear), kind).usd_a_month == pytest.approx(2 * once)
    assert (once == 0) == (kind in FREE)
