"""The forecasts that compete: two of exponential smoothing, two naive, four of medians."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from adaptive.prediction import profile, smoothing
from adaptive.prediction.smoothing import DAY_H, WEEK_H

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SEASONAL_NAIVE = "seasonal_naive"
"""The one to beat: the same hour of the day before."""

_LARGEST_GROWTH = 10  # over the largest value known: a level that explodes in logarithms stops here


def compete(
    values: Sequence[float | None], begins: Sequence[int], hours: int
) -> Mapping[str, list[list[float]]]:
    """By model and for each of the hours at which a forecast begins, ascending: the hours ahead.

    A forecast sees nothing after its beginning, but for the four weights of the smoothing, which
    are fitted to the whole series. The first begins after a day at least.
    """
    found = {"smoothing": _smoothed(values, begins, hours)}
    known = [value for value in values if value is not None]
    if min(known) > 0:
        most = math.log(max(known) * _LARGEST_GROWTH)
        logs = [None if value is None else math.log(value) for value in values]
        found["smoothing_of_log"] = [
            [math.exp(min(value, most)) for value in ahead]
            for ahead in _smoothed(logs, begins, hours)
        ]
    simple = [_simple(values, at, range(hours)) for at in begins]
    for name in simple[0]:
        found[name] = [each[name] for each in simple]
    return found


def _smoothed(
    values: Sequence[float | None], begins: Sequence[int], hours: int
) -> list[list[float]]:
    first = smoothing.first_state(values[: begins[0]])
    weights = smoothing.fit(values, first)
    return [
        smoothing.ahead(state, weights.phi, hours)
        for state in smoothing.states(values, first, weights, at=begins)
    ]


def _simple(values: Sequence[float | None], at: int, ahead: range) -> dict[str, list[float]]:
    day = profile.of_day(values, at, ahead)
    week = profile.of_week(values, at, ahead)
    last_by_day = profile.of_day(values, at, range(DAY_H))
    last_by_week = profile.of_week(values, at, range(WEEK_H - DAY_H, WEEK_H))
    return {
        SEASONAL_NAIVE: profile.naive(values, at, ahead, season_h=DAY_H),
        "last_week": profile.naive(values, at, ahead, season_h=WEEK_H),
        "day_median": day,
        "week_median": week,
        "day_median_shifted": profile.shifted(day, last_by_day, values, at),
        "week_median_shifted": profile.shifted(week, last_by_week, values, at),
    }
