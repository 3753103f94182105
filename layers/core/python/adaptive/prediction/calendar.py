"""Forecasts by the visitors' clock, past known events.

People keep to the hour of the wall, so a forecast is made in local hours: when clocks go forward an
hour is a gap, when they go back two are one. Days of known events (a sale, a holiday) are gaps in
what is learned from; for one to come, what the last of its name made of the usual is expected
again, or the factor the site gives, else its hours are marked as not known.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from statistics import median
from typing import TYPE_CHECKING

from adaptive.prediction import profile
from adaptive.prediction.forecast import Forecast, forecast

if TYPE_CHECKING:
    from collections.abc import Sequence

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - of the wall
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Event:
    """`first` and `last` are local days; `factor` is of the usual, None: as the last time."""

    name: str
    first: date
    last: date
    factor: float | None = None


@dataclass(frozen=True, slots=True)
class Calendar:
    """Where the visitors are, and what is known of their days."""

    zone: tzinfo = UTC
    events: tuple[Event, ...] = ()

    def wall(self, hour: int) -> int:
        """An hour since the epoch, as the clock on the wall counts."""
        local = datetime.fromtimestamp(hour * 3_600, self.zone).replace(tzinfo=None)
        return (local - _EPOCH) // _HOUR

    def event(self, wall: int) -> Event | None:
        """The one that a wall hour is in."""
        day = (_EPOCH + wall * _HOUR).date()
        return next((each for each in self.events if each.first <= day <= each.last), None)


@dataclass(frozen=True, slots=True)
class LocalForecast:
    """A forecast by hours since the epoch; `unknown` are the places of hours in an event of which
    nothing is known but that it is not as usual.
    """

    found: Forecast
    unknown: tuple[int, ...]


def forecast_local(
    values: Sequence[float | None],
    first_hour: int,
    calendar: Calendar,
    *,
    hours: int,
    least: float = -math.inf,
    most: float = math.inf,
) -> LocalForecast | None:
    """As `forecast`, of hours since the epoch, `values` being from `first_hour` on."""
    walls = [calendar.wall(first_hour + place) for place in range(len(values) + hours)]
    grid = _grid(values, walls)
    end = walls[len(values)]
    begin = end - len(grid)
    usual = [None if calendar.event(begin + place) else value for place, value in enumerate(grid)]
    ahead = max(walls[len(values) :]) - end + 1
    found = forecast(usual, hours=ahead, least=least, most=most)
    if found is None:
        return None
    factors = [_factor(calendar, grid, usual, begin, end + place) for place in range(ahead)]
    places = [wall - end for wall in walls[len(values) :]]
    scales = [factors[place] or 1.0 for place in places]
    return LocalForecast(
        found=found.rearranged(places, scales),
        unknown=tuple(at for at, place in enumerate(places) if factors[place] is None),
    )


def _grid(values: Sequence[float | None], walls: Sequence[int]) -> list[float | None]:
    """By hour of the wall, up to the hour before the first one ahead."""
    begin, end = walls[0], walls[len(values)]
    found: list[float | None] = [None] * (end - begin)
    for value, wall in zip(values, walls, strict=False):
        place = wall - begin
        if value is not None and place < len(found):
            known = found[place]
            found[place] = value if known is None else (known + value) / 2
    return found


def _factor(
    calendar: Calendar,
    grid: Sequence[float | None],
    usual: Sequence[float | None],
    begin: int,
    wall: int,
) -> float | None:
    event = calendar.event(wall)
    if event is None:
        return 1.0
    if event.factor is not None:
        return event.factor
    names = {
        place
        for place in range(len(grid))
        if (past := calendar.event(begin + place)) is not None and past.name == event.name
    }
    if not names:
        return None
    first = min(names)
    expected = profile.of_week(usual, first, range(max(names) - first + 1))
    ratios = [
        value / expected[place - first]
        for place in names
        if (value := grid[place]) is not None and expected[place - first] > 0
    ]
    return median(ratios) if ratios else None
