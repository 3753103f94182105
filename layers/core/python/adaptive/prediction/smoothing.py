"""Double-seasonal exponential smoothing with AR(1) errors: Taylor's method for hourly load
(https://doi.org/10.1057/palgrave.jors.2601589), additive, in one pass of plain Python.

Level, hour of day and hour of week each learn from every error; phi carries the last error on. A
gap teaches nothing: the state stays, and the error carried on fades.
"""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

DAY_H = 24
WEEK_H = 168

_START_H = 2 * WEEK_H  # what the first state is taken from
_FIRST = (0.02, 0.05, 0.15, 0.8)
_MOST = (0.6, 0.5, 0.6, 0.97)
_STEPS = (0.05, 0.1, 0.15, 0.12)
_PASSES = 50
_FINEST_STEP = 0.01


class Weights(NamedTuple):
    """How fast each part learns (0-1), and which share of an error the next hour inherits."""

    level: float
    day: float
    week: float
    phi: float


class State(NamedTuple):
    """What is known before hour `at` of the series; `error` is that of the hour before."""

    at: int
    level: float
    day: list[float]
    week: list[float]
    error: float


def first_state(values: Sequence[float | None]) -> State:
    """Means of the first two weeks, or, if there are less, of the days: then nothing is said about
    weekdays.
    """
    weeks = len(values) >= _START_H
    head = values[: _START_H if weeks else len(values) // DAY_H * DAY_H]
    level = _mean(head)
    day = [_mean(head[hour::DAY_H], level) - level for hour in range(DAY_H)]
    week = [0.0] * WEEK_H
    if weeks:
        for hour in range(WEEK_H):
            usual = level + day[hour % DAY_H]
            week[hour] = _mean(head[hour::WEEK_H], usual) - usual
    return State(0, level, day, week, 0.0)


def fit(values: Sequence[float | None], first: State) -> Weights:
    """The weights with the least squared error one hour ahead, by coordinate search."""
    found = list(_FIRST)
    steps = list(_STEPS)
    least = _squared_error(values, first, Weights(*found))
    passes = 1
    while passes < _PASSES and max(steps) > _FINEST_STEP:
        before = least
        for place in range(len(found)):
            for sign in (1, -1):
                tried = found[:]
                moved = found[place] + sign * steps[place]
                tried[place] = min(_MOST[place], max(0.0, moved))
                if tried[place] == found[place]:
                    continue
                error = _squared_error(values, first, Weights(*tried))
                passes += 1
                if error < least:
                    least, found = error, tried
                    break
        if least == before:
            steps = [step / 2 for step in steps]
    return Weights(*found)


def states(
    values: Sequence[float | None], first: State, weights: Weights, *, at: Sequence[int]
) -> list[State]:
    """The states before those hours, ascending, of one pass."""
    level_rate, day_rate, week_rate, phi = weights
    level, day, week, error = first.level, first.day[:], first.week[:], 0.0
    found = []
    begin = 0
    for end in at:
        for hour in range(begin, end):
            value = values[hour]
            if value is None:
                error *= phi
                continue
            error = value - level - day[hour % DAY_H] - week[hour % WEEK_H]
            level += level_rate * error
            day[hour % DAY_H] += day_rate * error
            week[hour % WEEK_H] += week_rate * error
        found.append(State(end, level, day[:], week[:], error))
        begin = end
    return found


def ahead(state: State, phi: float, hours: int) -> list[float]:
    """What the state expects of the hours from `state.at` on."""
    inherited = state.error
    found = []
    for hour in range(state.at, state.at + hours):
        inherited *= phi
        usual = state.level + state.day[hour % DAY_H] + state.week[hour % WEEK_H]
        found.append(usual + inherited)
    return found


def _squared_error(values: Sequence[float | None], first: State, weights: Weights) -> float:
    """One hour ahead, after the first week: the pass that everything's time goes into."""
    level_rate, day_rate, week_rate, phi = weights
    level, day, week, error = first.level, first.day[:], first.week[:], 0.0
    total = 0.0
    left = WEEK_H
    hours = zip(values, cycle(range(DAY_H)), cycle(range(WEEK_H)), strict=False)
    for value, of_day, of_week in hours:
        if value is None:
            error *= phi
            continue
        known = value - level - day[of_day] - week[of_week]
        if left:
            left -= 1
        else:
            surprise = known - phi * error
            total += surprise * surprise
        error = known
        level += level_rate * known
        day[of_day] += day_rate * known
        week[of_week] += week_rate * known
    return total


def _mean(values: Sequence[float | None], otherwise: float = 0.0) -> float:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else otherwise
