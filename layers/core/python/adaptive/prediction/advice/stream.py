"""Room in the stream of beacons, and before it: shards, mode, and the limit on requests.

A measure fires on the upper end of the forecast's 95 % interval: running out is worse than a shard
too many.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from adaptive.prediction import capacity
from adaptive.prediction.advice.recommendation import (
    Change,
    Effect,
    Interval,
    Kind,
    Recommendation,
)
from adaptive.prediction.advice.situation import likely, worst
from adaptive.prediction.advice.wording import SHARED, WORTH_USD, at_worst, site_lines
from adaptive.prediction.cloud import BEACONS
from adaptive.prediction.cost import MONTH_S

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from adaptive.prediction.advice.situation import Situation
    from adaptive.prediction.published import Published

_FULL = 0.7
"""Of a capacity: above, it is to be raised."""

_LIMIT_STEP = 100
_HOURS_A_MONTH = MONTH_S / 3_600


def of(situation: Situation) -> Iterator[Recommendation]:
    """Before the peak of the forecast of all page views."""
    views = situation.views
    if views is None:
        return
    if situation.deployed.stream == "provisioned":
        yield from _raise_shards(situation, views)
        yield from _on_demand(situation, views)
    else:
        yield from _provision(situation, views)
    yield from _raise_request_limit(situation, views)


def _raise_shards(situation: Situation, views: Published) -> Iterator[Recommendation]:
    now, needed = situation.deployed.shards, _shards(situation, max(views.high_95))
    refused = situation.refused(BEACONS)
    if refused:
        needed = max(needed, now + 1)
    if needed <= now:
        return
    price = situation.prices["kinesis_shard_hour"]
    yield _recommended(
        situation,
        views,
        Kind.RAISE_SHARDS,
        title=f"Give the stream of beacons {needed} shards: {now} are filled too far",
        taken=(now * _shard_beacons(situation), needed * _shard_beacons(situation)),
        refused=refused,
        usd_a_month=(needed - now) * _HOURS_A_MONTH * price,
        change=site_lines("cloud", {"shards": needed}, {"shards": now}),
    )


def _raise_request_limit(situation: Situation, views: Published) -> Iterator[Recommendation]:
    limit = situation.deployed.requests_per_second
    peak = _beacons_per_s(situation, max(views.high_95))
    if peak <= _FULL * limit:
        return
    needed = math.ceil(peak / _FULL / _LIMIT_STEP) * _LIMIT_STEP
    yield _recommended(
        situation,
        views,
        Kind.RAISE_REQUEST_LIMIT,
        title=f"Take {needed:,} beacons a second: at {limit:,} the peak's visitors are refused",
        taken=(limit, needed),
        usd_a_month=0.0,  # it bounds a flood, and costs nothing itself
        change=site_lines("cloud", {"requests_per_second": needed}, {"requests_per_second": limit}),
    )


def _provision(situation: Situation, views: Published) -> Iterator[Recommendation]:
    """On demand is for loads that nobody foresees; this one is foreseen."""
    shards = _shards(situation, max(views.high_95))
    now, then = _on_demand_usd(situation, views), _provisioned_usd(situation, views, shards)
    if now - then < WORTH_USD:
        return
    yield _recommended(
        situation,
        views,
        Kind.PROVISION_STREAM,
        title=f"Pay for {shards} shards rather than for what flows",
        taken=(shards * _shard_beacons(situation),) * 2,
        usd_a_month=then - now,
        change=site_lines(
            "cloud",
            {"stream": "provisioned", "shards": shards},
            {"stream": "on-demand", "shards": situation.deployed.shards},
        ),
    )


def _on_demand(situation: Situation, views: Published) -> Iterator[Recommendation]:
    """Shards for a high and short peak stand idle for the rest of the day."""
    shards = max(situation.deployed.shards, _shards(situation, max(views.high_95)))
    now, then = _provisioned_usd(situation, views, shards), _on_demand_usd(situation, views)
    if now - then < WORTH_USD:
        return
    yield _recommended(
        situation,
        views,
        Kind.STREAM_ON_DEMAND,
        title=f"Pay for what flows rather than for {shards} shards",
        taken=(shards * _shard_beacons(situation),) * 2,
        usd_a_month=then - now,
        change=site_lines("cloud", {"stream": "on-demand"}, {"stream": "provisioned"}),
    )


def _recommended(  # noqa: PLR0913 - what differs between four
    situation: Situation,
    views: Published,
    kind: Kind,
    *,
    title: str,
    taken: tuple[float, float],
    usd_a_month: float,
    change: Change,
    refused: float = 0.0,
) -> Recommendation:
    """`taken`: beacons a second that are all of the capacity, before and after; `refused` were in
    the last day.
    """
    saves = kind in {Kind.PROVISION_STREAM, Kind.STREAM_ON_DEMAND}
    place, _ = worst(views)
    before, after = (_share_taken(situation, views, each) for each in taken)
    return Recommendation(
        kind=kind,
        subject="",
        title=title,
        evidence=(
            at_worst(views, "page views an hour"),
            (
                f"up to {_beacons_per_s(situation, views.high_95[place]):,.0f} beacons a second in "
                f"its busiest minutes, {situation.burst:.1f} times the hour's mean"
            ),
            *((f"{refused:,.0f} writes were refused in the last day",) if refused else ()),
        ),
        probability=0.0
        if saves
        else 1.0
        if refused
        else likely(views, _fills(situation, taken[0])),
        due_at=None if saves else views.begins_at + place * SHARED.hour,
        effect=Effect(
            family="all",
            value="",
            measure="views",
            unit="of the capacity",
            before=before,
            after=after,
            limit=_FULL,
        ),
        usd_a_month=usd_a_month,
        change=change,
        unsplit_because=SHARED.reason,
    )


def _fills(situation: Situation, beacons_per_s: float) -> float:
    """Views an hour whose busiest minutes take `_FULL` of the capacity."""
    return _FULL * beacons_per_s / _beacons_per_s(situation, 1.0)


def _share_taken(situation: Situation, views: Published, beacons_per_s: float) -> Interval:
    _, peak = worst(views)
    return Interval(
        expected=_beacons_per_s(situation, peak.expected) / beacons_per_s,
        low=_beacons_per_s(situation, peak.low) / beacons_per_s,
        high=_beacons_per_s(situation, peak.high) / beacons_per_s,
    )


def _beacons_per_s(situation: Situation, views_an_hour: float) -> float:
    """In the busiest minutes of such an hour."""
    return views_an_hour * situation.deployed.beacons_per_view * situation.burst / 3_600


def _shards(situation: Situation, views_an_hour: float) -> int:
    each = situation.deployed.beacon_bytes
    per_s = _beacons_per_s(situation, views_an_hour)
    return capacity.shards(per_s * each / 1e6, per_s, consumers=capacity.CONSUMERS)


def _shard_beacons(situation: Situation) -> float:
    """Beacons a second that one shard takes, full."""
    return capacity.shard_records(situation.deployed.beacon_bytes)


def _beacons_a_month(situation: Situation, views: Published) -> float:
    return _mean(views.expected) * situation.deployed.beacons_per_view * _HOURS_A_MONTH


def _on_demand_usd(situation: Situation, views: Published) -> float:
    prices = situation.prices
    gigabytes = _beacons_a_month(situation, views) * situation.deployed.beacon_bytes / 1e9
    return (
        _HOURS_A_MONTH * prices["kinesis_on_demand_hour"]
        + gigabytes * prices["kinesis_on_demand_gb"]
    )


def _provisioned_usd(situation: Situation, views: Published, shards: int) -> float:
    prices = situation.prices
    return (
        shards * _HOURS_A_MONTH * prices["kinesis_shard_hour"]
        + _beacons_a_month(situation, views) * prices["kinesis_put_unit"]
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
