"""What came of an accepted recommendation, against what was forecast when it was accepted."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from adaptive.monitoring.dimension import Cell
from adaptive.prediction.advice.book import Outcome
from adaptive.prediction.advice.recommendation import Interval, Kind
from adaptive.prediction.advice.situation import WITHIN_H
from adaptive.prediction.cloud import FAMILY as CLOUD
from adaptive.prediction.history import more_is_better

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from adaptive.prediction.advice.book import Advice
    from adaptive.prediction.history import History

_ROOM = {
    Kind.RAISE_SHARDS: "beacons",
    Kind.PROVISION_STREAM: "beacons",
    Kind.STREAM_ON_DEMAND: "beacons",
    Kind.RESERVE_CONCURRENCY: "ingest",
    Kind.PROVISION_CONCURRENCY: "ingest",
    Kind.RAISE_REQUEST_LIMIT: "ingest",
}
_TABLES = {Kind.WARM_TABLE, Kind.PROVISION_TABLE}
_LATE = timedelta(hours=2)  # for what is measured to be merged, and taken into the history
_HIT_RATE = "hit_rate"


def part_of(advice: Advice) -> Cell | None:
    """The part of the deployment that was given room, None if none was."""
    kind = advice.recommendation.kind
    if kind in _TABLES:
        return Cell(CLOUD, advice.recommendation.subject)
    return Cell(CLOUD, _ROOM[kind]) if kind in _ROOM else None


def due_at(advice: Advice) -> datetime:
    """When it can be said: once the trouble would have been there, and was measured."""
    decided = advice.decided_at or advice.last_at
    trouble = advice.recommendation.due_at or decided
    return max(decided + timedelta(hours=WITHIN_H), trouble) + _LATE


def outcome(advice: Advice, past: Mapping[Cell, History], at: datetime) -> Outcome:
    """By the hours since; `past` has those of what it was to have an effect on."""
    part = part_of(advice)
    if part is not None:
        return _room(advice, past.get(part), at)
    forecast = advice.forecast
    if forecast is None:
        return Outcome(verdict="unknown", at=at)
    history = past.get(Cell(forecast.family, forecast.value))
    first = int(forecast.begins_at.timestamp()) // 3_600
    since = _hour_after(advice)
    pairs = [
        (place, value)
        for place in range(len(forecast.expected))
        if first + place >= since
        and (value := _at(history, forecast.measure, first + place)) is not None
    ]
    if not pairs:
        return Outcome(verdict="unknown", at=at)
    more = more_is_better(forecast.measure) or forecast.measure == _HIT_RATE
    sign = -1 if more else 1
    place, _ = max(pairs, key=lambda pair: sign * forecast.expected[pair[0]])
    measured = sign * max(sign * value for _, value in pairs)
    interval = Interval(
        expected=forecast.expected[place], low=forecast.low_80[place], high=forecast.high_80[place]
    )
    good, bad = (interval.high, interval.low) if more else (interval.low, interval.high)
    limit = forecast.breach.limit if forecast.breach else None
    return Outcome(
        verdict="better"
        if sign * measured < sign * good
        else "worse"
        if sign * measured > sign * bad
        else "as_forecast",
        measured=measured,
        forecast=interval,
        breached=None if limit is None else sign * measured > sign * limit,
        hours=len(pairs),
        at=at,
    )


def _room(advice: Advice, history: History | None, at: datetime) -> Outcome:
    known = [
        value
        for hour in range(_hour_after(advice), int(at.timestamp()) // 3_600)
        if (value := _at(history, "throttles", hour)) is not None
    ]
    if not known:
        return Outcome(verdict="unknown", at=at)
    throttled = sum(known)
    return Outcome(
        verdict="throttled" if throttled else "held",
        measured=throttled,
        breached=throttled > 0,
        hours=len(known),
        at=at,
    )


def _hour_after(advice: Advice) -> int:
    """The first whole hour after acceptance, since the epoch."""
    decided = advice.decided_at or advice.last_at
    return int(decided.timestamp()) // 3_600 + 1


def _at(history: History | None, measure: str, hour: int) -> float | None:
    series = history.series.get(measure, []) if history else []
    place = hour - history.first_hour if history else 0
    return series[place] if 0 <= place < len(series) else None
