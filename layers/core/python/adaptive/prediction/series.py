"""The series that predictions are made from, read from rollups: by the hour, and by five minutes
for the day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adaptive.monitoring import window
from adaptive.monitoring.dimension import Cell
from adaptive.monitoring.rollup import Field, Rollup, fields_of
from adaptive.monitoring.window import Resolution

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from adaptive.ports import VersionedStore

ALL = Cell("all", "")
_HOUR_MINUTES, _DAY_H = 60, 24
_FIVES = 12  # of an hour


def hourly(
    rollups: VersionedStore, cells: Iterable[Cell], hours: Sequence[int]
) -> dict[Cell, dict[int, Rollup]]:
    """By cell, the hours (since the epoch) that have views; raises UnavailableError."""
    keys = {
        window.key(Resolution.HOUR, cell, hour * _HOUR_MINUTES): (cell, hour)
        for cell in cells
        for hour in hours
    }
    found: dict[Cell, dict[int, Rollup]] = {}
    for key, item in rollups.read([*keys]).items():
        cell, hour = keys[key]
        if (rollup := Rollup.read(item.body)) is not None:
            found.setdefault(cell, {})[hour] = rollup
    return found


def five_minute_views(rollups: VersionedStore, end_hour: int) -> list[int | None]:
    """All page views of the day before that hour, by five minutes; None where there are none."""
    step = Resolution.FIVE.minutes
    minutes = range((end_hour - _DAY_H) * _HOUR_MINUTES, end_hour * _HOUR_MINUTES, step)
    keys = [window.key(Resolution.FIVE, ALL, minute) for minute in minutes]
    items = rollups.read(keys)
    return [fields_of(items[key].body)[Field.VIEWS] if key in items else None for key in keys]


def burst(views: Sequence[int | None], *, least_views: int) -> float | None:
    """How much busier the busiest five minutes of an hour are than the hour, at most; None while
    no hour of the day has enough views to tell.
    """
    found = None
    for first in range(0, len(views) - _FIVES + 1, _FIVES):
        hour = [value or 0 for value in views[first : first + _FIVES]]
        if sum(hour) >= least_views:
            found = max(found or 1.0, max(hour) * _FIVES / sum(hour))
    return found
