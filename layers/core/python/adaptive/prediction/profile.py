"""Forecasts that need no fitting: the value a season ago, and medians of the same hour.

Medians of few weeks forget an outage or a campaign at once, which is why they are hard to beat on
web traffic. Each looks back past gaps, and falls back on the coarser one where nothing is known.
"""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from adaptive.prediction.smoothing import DAY_H, WEEK_H

if TYPE_CHECKING:
    from collections.abc import Sequence

_DAYS = 7
_WEEKS = 4
_SEARCHED = 14  # seasons that are gone through for known values


def naive(values: Sequence[float | None], at: int, ahead: range, *, season_h: int) -> list[float]:
    """The last known value of the same hour of the season; `ahead` counts hours from `at` on."""
    overall = _overall(values, at)
    return [next(iter(_same_hour(values, at, at + hour, season_h)), overall) for hour in ahead]


def of_day(values: Sequence[float | None], at: int, ahead: range) -> list[float]:
    """The median of the hour's last seven days."""
    overall = _overall(values, at)
    day = [
        _median(_same_hour(values, at, at + hour, DAY_H)[:_DAYS], overall) for hour in range(DAY_H)
    ]
    return [day[hour % DAY_H] for hour in ahead]


def of_week(values: Sequence[float | None], at: int, ahead: range) -> list[float]:
    """The median of the hour's last four weeks."""
    day = of_day(values, at, range(DAY_H))
    return [
        _median(_same_hour(values, at, at + hour, WEEK_H)[:_WEEKS], day[hour % DAY_H])
        for hour in ahead
    ]


def shifted(
    profile: Sequence[float], last_day: Sequence[float], values: Sequence[float | None], at: int
) -> list[float]:
    """The profile, moved by how far the 24 hours before `at` were from it (`last_day`)."""
    known = [
        value - usual
        for value, usual in zip(values[max(0, at - DAY_H) : at], last_day, strict=True)
        if value is not None
    ]
    shift = _median(known, 0.0)
    return [usual + shift for usual in profile]


def _same_hour(values: Sequence[float | None], at: int, hour: int, season_h: int) -> list[float]:
    """Known values of that hour's season before `at`, the newest first."""
    newest = hour - season_h * ((hour - at) // season_h + 1)
    oldest = max(0, newest - season_h * _SEARCHED + 1)
    return [
        value
        for place in range(newest, oldest - 1, -season_h)
        if (value := values[place]) is not None
    ]


def _overall(values: Sequence[float | None], at: int) -> float:
    return _median([value for value in values[max(0, at - WEEK_H) : at] if value is not None], 0.0)


def _median(values: Sequence[float], otherwise: float) -> float:
    return median(values) if values else otherwise
