"""Forecasts that somebody else's model made, put where ours look for them.

They lie beside the histories, in the same form: an hour's value by measure, for hours to come and
for hours that are over, as they were forecast. By the latter they are judged: the interval is
split-conformal, as ours is, and where they miss by more than ours do, ours are published.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from adaptive.prediction.forecast import Forecast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adaptive.ports import Key
    from adaptive.prediction.calendar import LocalForecast
    from adaptive.prediction.history import History

OUTSIDE = "outside"
"""What stands for the model in a forecast's shares."""

_LEAST_JUDGED_H = 12 * 24  # ten windows of three days


def key(family: str, value: str) -> Key:
    """Of the answers for a group of views, or a part of the deployment."""
    return f"answers#{family}", f"{value}#hours"


def better(
    ours: LocalForecast,
    answers: History,
    measure: str,
    *,
    values: Sequence[float | None],
    first_hour: int,
) -> LocalForecast:
    """What is published: theirs, if it covers all hours ahead and has missed by less than ours.

    `values` are what came, from `first_hour` on.
    """
    end = first_hour + len(values)
    hours = len(ours.found.expected)
    ahead = [_at(answers, measure, end + place) for place in range(hours)]
    known = [value for value in ahead if value is not None]
    if len(known) < hours:
        return ours
    misses = [
        None if value is None or told is None else value - told
        for place, value in enumerate(values)
        for told in [_at(answers, measure, first_hour + place)]
    ]
    judged = [abs(miss) for miss in misses if miss is not None]
    error = sum(judged) / len(judged) if judged else None
    mine = ours.found.error
    if error is None or len(judged) < _LEAST_JUDGED_H or (mine is not None and error >= mine):
        return ours
    found = Forecast(
        expected=[min(ours.found.most, max(ours.found.least, value)) for value in known],
        paths=_paths(misses, hours),
        spread=[],
        least=ours.found.least,
        most=ours.found.most,
        shares={OUTSIDE: 1.0},
        error=error,
        naive_error=ours.found.naive_error,
    )
    return replace(ours, found=found)


def _paths(misses: Sequence[float | None], hours: int) -> list[list[float | None]]:
    """Of whole days, begun each day at the hour at which the forecast begins."""
    found = []
    for first in range(len(misses) - hours, -1, -24):
        path = [*misses[first : first + hours]]
        if any(miss is not None for miss in path):
            found.append(path)
    return found


def _at(answers: History, measure: str, hour: int) -> float | None:
    series = answers.series.get(measure, [])
    place = hour - answers.first_hour
    return series[place] if 0 <= place < len(series) else None
