"""From a forecast of page views to changes of `site.toml` that make room in time, or save money.

Each says what it is based on, what share of the capacity the peak will take before and after it,
with the interval of the forecast, what it costs a month, and how to take it back. A measure fires
on the upper end of the 95 % interval: running out is worse than a shard too many.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from adaptive.prediction import capacity
from adaptive.prediction.cost import MONTH_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adaptive.prediction.prices import Prices
    from adaptive.prediction.published import Published

_FULL = 0.7
"""Of a capacity: above, it is to be raised."""

_LIMIT_STEP = 100
_HOURS_A_MONTH = MONTH_S / 3_600
_WORTH_USD = 5.0
"""A month: less is not worth anybody's attention."""

Kind = Literal["raise_shards", "raise_request_limit", "provision_stream"]


@dataclass(frozen=True, slots=True)
class Deployed:
    """What `site.toml` says now, of beacons `bytes_each` on the stream and so many a view.

    `burst` is a minute's peak over its hour's mean.
    """

    stream: Literal["provisioned", "on-demand"]
    shards: int
    requests_per_second: int
    beacons_per_view: float
    bytes_each: float
    burst: float = 2.0


@dataclass(frozen=True, slots=True)
class Effect:
    """Share of the capacity (1 is all of it) that the peak takes: as expected, and the ends of the
    95 % interval.
    """

    expected: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Recommendation:
    """`change` and `undo` are lines of `[cloud]` in `site.toml`; `usd_a_month` is more if
    positive.
    """

    kind: Kind
    change: str
    undo: str
    evidence: str
    before: Effect
    after: Effect
    usd_a_month: float


def recommend(views: Published, deployed: Deployed, prices: Prices) -> list[Recommendation]:
    """What to change before the peak of that forecast of all page views, the most urgent first."""
    found = [
        *_raise_shards(views, deployed, prices),
        *_raise_request_limit(views, deployed),
        *_provision_stream(views, deployed, prices),
    ]
    return sorted(found, key=lambda each: -each.before.high)


def _raise_shards(views: Published, deployed: Deployed, prices: Prices) -> Sequence[Recommendation]:
    if deployed.stream != "provisioned":
        return ()
    needed = _shards(_peak(views.high_95, deployed), deployed)
    if needed <= deployed.shards:
        return ()
    return (
        Recommendation(
            kind="raise_shards",
            change=f"shards = {needed}",
            undo=f"shards = {deployed.shards}",
            evidence=_evidence(views, deployed),
            before=_taken(views, deployed, deployed.shards * _shard_beacons(deployed)),
            after=_taken(views, deployed, needed * _shard_beacons(deployed)),
            usd_a_month=(needed - deployed.shards) * _HOURS_A_MONTH * prices["kinesis_shard_hour"],
        ),
    )


def _raise_request_limit(views: Published, deployed: Deployed) -> Sequence[Recommendation]:
    limit = deployed.requests_per_second
    before = _taken(views, deployed, limit)
    if before.high <= _FULL:
        return ()
    needed = math.ceil(_peak(views.high_95, deployed) / _FULL / _LIMIT_STEP) * _LIMIT_STEP
    return (
        Recommendation(
            kind="raise_request_limit",
            change=f"requests_per_second = {needed}",
            undo=f"requests_per_second = {limit}",
            evidence=_evidence(views, deployed),
            before=before,
            after=_taken(views, deployed, needed),
            usd_a_month=0.0,  # it bounds a flood, and costs nothing itself
        ),
    )


def _provision_stream(
    views: Published, deployed: Deployed, prices: Prices
) -> Sequence[Recommendation]:
    """On demand is for loads that nobody foresees; this one is foreseen."""
    if deployed.stream != "on-demand":
        return ()
    beacons_a_month = _mean(views.expected) * deployed.beacons_per_view * _HOURS_A_MONTH
    now = (
        _HOURS_A_MONTH * prices["kinesis_on_demand_hour"]
        + beacons_a_month * deployed.bytes_each / 1e9 * prices["kinesis_on_demand_gb"]
    )
    shards = _shards(_peak(views.high_95, deployed), deployed)
    then = (
        shards * _HOURS_A_MONTH * prices["kinesis_shard_hour"]
        + beacons_a_month * prices["kinesis_put_unit"]
    )
    if now - then < _WORTH_USD:
        return ()
    taken = _taken(views, deployed, shards * _shard_beacons(deployed))
    return (
        Recommendation(
            kind="provision_stream",
            change=f'stream = "provisioned"\nshards = {shards}',
            undo='stream = "on-demand"',
            evidence=_evidence(views, deployed),
            before=Effect(0.0, 0.0, 0.0),
            after=taken,
            usd_a_month=then - now,
        ),
    )


def _shards(beacons_per_s: float, deployed: Deployed) -> int:
    return capacity.shards(
        beacons_per_s * deployed.bytes_each / 1e6, beacons_per_s, consumers=capacity.CONSUMERS
    )


def _shard_beacons(deployed: Deployed) -> float:
    """Beacons a second that one shard takes, full."""
    return capacity.shard_records(deployed.bytes_each)


def _taken(views: Published, deployed: Deployed, beacons_per_s: float) -> Effect:
    ends = (views.expected, views.low_95, views.high_95)
    return Effect(*(_peak(values, deployed) / beacons_per_s for values in ends))


def _peak(views_an_hour: Sequence[float], deployed: Deployed) -> float:
    """Beacons a second."""
    return max(views_an_hour) * deployed.beacons_per_view * deployed.burst / 3_600


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _evidence(views: Published, deployed: Deployed) -> str:
    return (
        f"{max(views.expected):,.0f} page views in the busiest of {len(views.expected)} hours from "
        f"{views.begins_at:%Y-%m-%d %H:%M} UTC, at most {max(views.high_95):,.0f} in 95 % of cases;"
        f" {_peak(views.high_95, deployed):,.0f} beacons a second"
    )
