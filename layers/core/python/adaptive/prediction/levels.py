"""Releases in a series: what was before one is raised or lowered to what has been since.

A release moves a level at once and for good, which seasons and smoothing take days to learn.
"""

from __future__ import annotations

import math
from statistics import median
from typing import TYPE_CHECKING

from adaptive.prediction import profile
from adaptive.prediction.smoothing import DAY_H

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_LEAST_BEFORE_H = 7 * DAY_H
_LEAST_AFTER_H, _MOST_AFTER_H = 6, 3 * DAY_H
_SMALLEST = 0.03  # less is not worth a step
_CLEARLY = 4  # standard errors, by the median of the distances
_NORMAL = 1.4826


def levelled(
    values: Sequence[float | None], first_hour: int, releases: Iterable[int]
) -> list[float | None]:
    """As if the last release had been out all the time; `releases` are the hours (since the epoch)
    in which one went out. One that moved nothing clearly changes nothing.
    """
    found = [*values]
    places = sorted({hour - first_hour + 1 for hour in releases})
    for place, following in zip(places, [*places[1:], len(found)], strict=False):
        after = found[place : min(following, place + _MOST_AFTER_H)] if place > 0 else []
        if place < _LEAST_BEFORE_H or len(after) < _LEAST_AFTER_H:
            continue
        usual = profile.of_week(found, place, range(len(after)))
        steps = [
            math.log(value / expected)
            for value, expected in zip(after, usual, strict=True)
            if value is not None and value > 0 and expected > 0
        ]
        if len(steps) >= _LEAST_AFTER_H and (step := _step(steps)):
            found[:place] = [
                None if value is None else value * math.exp(step) for value in found[:place]
            ]
    return found


def _step(steps: Sequence[float]) -> float:
    middle = median(steps)
    error = _NORMAL * median(abs(each - middle) for each in steps) / math.sqrt(len(steps))
    return middle if abs(middle) > max(_SMALLEST, _CLEARLY * error) else 0.0
