"""What a series will be, how sure that is, and how likely it leaves its objective.

Intervals are split-conformal (https://arxiv.org/abs/2107.07511): as wide as the blend has missed
by in past windows, at like distances. Whole paths of residuals keep what hours have in common, so
that "at any time within 24 hours" is a share of paths. With few windows the series' own spread is
the least width: a new series gets a wide answer, not a wrong narrow one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from adaptive.prediction import backtest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adaptive.prediction.backtest import Path

LEAST_H = 48
MOST_H = 6 * 168
"""Older hours are not looked at."""

_LIKE_H = 6
"""Residuals this much nearer or farther ahead count as alike."""

_INDEPENDENT = 2
"""How many residuals a window counts for in the conformal correction: its hours are much alike."""

_SPREAD = 1.5
"""Of the distances from the median so far: two days have not shown all that a series can do."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """`expected` by hour ahead. `spread`: the series' own, ascending, where windows are few.

    `shares`, `error` and `naive_error` are as in `Backtest`.
    """

    expected: list[float]
    paths: list[Path]
    spread: list[float]
    least: float
    most: float
    shares: Mapping[str, float]
    error: float | None
    naive_error: float | None

    def interval(self, share: float) -> list[tuple[float, float]]:
        """Between what the actual value is in that share (0-1) of cases, by hour ahead."""
        found = []
        own = quantile(self.spread, share)
        if self.paths:
            share *= 1 + 1 / (_INDEPENDENT * len(self.paths))
        for hour, expected in enumerate(self.expected):
            near = slice(max(0, hour - _LIKE_H), hour + _LIKE_H + 1)
            missed = sorted(
                abs(miss) for path in self.paths for miss in path[near] if miss is not None
            )
            radius = max(quantile(missed, share), own)
            found.append((self._bounded(expected - radius), self._bounded(expected + radius)))
        return found

    def breach(self, limit: float, *, within_h: int, above: bool = True) -> float:
        """The probability (0-1) that the limit is crossed at any time so soon."""
        sign = 1 if above else -1
        worst = [sign * each for each in self.extremes(within_h=within_h, above=above)]
        return chance_above(worst, sign * limit)

    def extremes(self, *, within_h: int, above: bool = True) -> list[float]:
        """The highest (or lowest) value of these hours, had they missed as in each of the past
        windows; ascending.
        """
        paths = [*self.paths]
        if self.spread:
            paths += [[miss] * within_h for miss in self._fan()]
        most = max if above else min
        came = (
            [
                expected + miss
                for expected, miss in zip(self.expected[:within_h], path, strict=False)
                if miss is not None
            ]
            for path in paths
        )
        return sorted(most(each) for each in came if each)

    def rearranged(self, places: Sequence[int], scales: Sequence[float]) -> Forecast:
        """With other hours ahead: those at `places`, each so many times the size."""
        return replace(
            self,
            expected=[
                self._bounded(self.expected[place] * scale)
                for place, scale in zip(places, scales, strict=True)
            ],
            paths=[
                [
                    None if (miss := path[place]) is None else miss * scale
                    for place, scale in zip(places, scales, strict=True)
                ]
                for path in self.paths
            ],
        )

    def _fan(self) -> Path:
        """Shifts of whole paths, as far as the series spreads."""
        radii = [quantile(self.spread, share) for share in (0.2, 0.4, 0.6, 0.8, 0.95)]
        return [*radii, *(-radius for radius in radii)]

    def _bounded(self, value: float) -> float:
        return min(self.most, max(self.least, value))


def forecast(
    values: Sequence[float | None],
    *,
    hours: int,
    least: float = -math.inf,
    most: float = math.inf,
) -> Forecast | None:
    """For the hours after the last value, None standing for gaps; None with less than two days.

    `least` and `most` are what the series can be at all, as 0 and 1 for a share.
    """
    recent = values[-MOST_H:]
    known = [value for value in recent if value is not None]
    if len(known) < LEAST_H:
        return None
    tested = backtest.run(recent, hours)
    few = len(tested.paths) < backtest.ENOUGH_WINDOWS
    return Forecast(
        expected=[min(most, max(least, value)) for value in tested.expected],
        paths=tested.paths,
        spread=_spread(recent) if few else [],
        least=least,
        most=most,
        shares=tested.shares,
        error=tested.error,
        naive_error=tested.naive_error,
    )


def chance_above(cases: Sequence[float], level: float) -> float:
    """The probability (0-1) of more than the level, by cases that are alike; never quite 0 or 1,
    since they are few.
    """
    return (sum(each > level for each in cases) + 0.5) / (len(cases) + 1)


def quantile(ascending: Sequence[float], share: float) -> float:
    """The value that at least the share (0-1) of them does not exceed, as a next one would not; 0
    of nothing.
    """
    if not ascending:
        return 0.0
    place = math.ceil((len(ascending) + 1) * share) - 1
    return ascending[min(len(ascending) - 1, place)]


def _spread(values: Sequence[float | None]) -> list[float]:
    """How far values are from their median."""
    known = [value for value in values if value is not None]
    middle = sorted(known)[len(known) // 2]
    return sorted(abs(value - middle) * _SPREAD for value in known)
