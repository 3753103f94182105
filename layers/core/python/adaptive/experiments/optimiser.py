"""Which policy to try next: Thompson sampling over what experiments have shown.

A policy's worth is a smooth function of its point: a Gaussian process, known from differences that
experiments measured, each with its error. One draw from what is believed picks the best point, so
what is uncertain is tried as often as it may be the best, and no more (Thompson 1933; Russo et al.,
https://arxiv.org/abs/1707.02038). It only ever proposes: within the declared bounds, at most two
steps of the grid away from the policy in force, and never at or beyond what was rolled back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from adaptive.experiments.search import Point, Search

_SPREAD = 0.03
"""Standard deviation of a policy's worth, relative to the metric, before anything is known."""
_REACH = 2.5
"""Steps of the grid over which policies resemble each other."""
_JITTER = 1e-9
_FARTHEST = 2.0 + 1e-6


@dataclass(frozen=True, slots=True)
class Lesson:
    """What an experiment showed: by so much (relative, for the better) `candidate` was better than
    `baseline`, with a standard error; or that it had to be taken back.
    """

    baseline: Point
    candidate: Point
    gain: float
    error: float
    was_harmful: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """A point to try; `gain` is what is believed of it against the policy in force, `error` how
    uncertain that is.
    """

    point: Point
    gain: float
    error: float


class Belief:
    """The worth of points, jointly normal."""

    def __init__(self, search: Search, points: Sequence[Point]) -> None:
        self.points = [*dict.fromkeys(points)]
        places = [search.place(each) for each in self.points]
        self._mean = [0.0] * len(places)
        self._cov = [
            [_SPREAD**2 * math.exp(-(math.dist(a, b) ** 2) / (2 * _REACH**2)) for b in places]
            for a in places
        ]

    def learn(self, lesson: Lesson) -> None:
        """Condition on one difference."""
        i, j = self.points.index(lesson.candidate), self.points.index(lesson.baseline)
        towards = [row[i] - row[j] for row in self._cov]
        variance = towards[i] - towards[j] + lesson.error**2
        surprise = (lesson.gain - (self._mean[i] - self._mean[j])) / variance
        for at, each in enumerate(towards):
            self._mean[at] += each * surprise
            row = self._cov[at]
            for to, other in enumerate(towards):
                row[to] -= each * other / variance

    def gain(self, point: Point, over: Point) -> tuple[float, float]:
        """Expected, and its standard deviation."""
        i, j = self.points.index(point), self.points.index(over)
        cov = self._cov
        variance = cov[i][i] + cov[j][j] - 2 * cov[i][j]
        return self._mean[i] - self._mean[j], math.sqrt(max(variance, 0.0))

    def draw(self, points: Sequence[Point], normal: Callable[[], float]) -> list[float]:
        """One draw of their worth, together; `normal` gives standard normal deviates."""
        at = [self.points.index(each) for each in points]
        noise = [normal() for _ in at]
        lower: list[list[float]] = []
        for row, i in enumerate(at):
            line: list[float] = []
            for column in range(row):
                known = sum(a * b for a, b in zip(line, lower[column], strict=False))
                line.append((self._cov[i][at[column]] - known) / lower[column][column])
            left = self._cov[i][i] - sum(each * each for each in line)
            line.append(math.sqrt(max(left, 0.0) + _JITTER))
            lower.append(line)
        return [
            self._mean[i] + sum(a * b for a, b in zip(line, noise, strict=False))
            for i, line in zip(at, lower, strict=True)
        ]


def propose(
    search: Search, current: Point, lessons: Sequence[Lesson], normal: Callable[[], float]
) -> Proposal | None:
    """The point of an experiment; None if the policy in force is as likely as any to be best."""
    grid = [*search.grid()]
    learnt = [each for lesson in lessons for each in (lesson.baseline, lesson.candidate)]
    belief = Belief(search, [*grid, current, *learnt])
    for lesson in lessons:
        belief.learn(lesson)
    near = [each for each in grid if each != current and _may_follow(search, current, each)]
    harms = [each for each in lessons if each.was_harmful]
    allowed = [each for each in near if not any(_is_beyond(search, each, one) for one in harms)]
    if not allowed:
        return None
    points = [current, *allowed]
    drawn = belief.draw(points, normal)
    best = points[drawn.index(max(drawn))]
    return None if best == current else Proposal(best, *belief.gain(best, current))


def _may_follow(search: Search, current: Point, point: Point) -> bool:
    """Whether it is two steps away at most, or as near as the grid comes to what is not in it."""
    here, there = search.place(current), search.place(point)
    most = search.steps - 1
    inside = (min(max(here[0], 0), most), min(max(here[1], 0), most), here[2])
    return all(abs(a - b) <= _FARTHEST for a, b in zip(inside, there, strict=True))


def _is_beyond(search: Search, point: Point, harm: Lesson) -> bool:
    """Whether it goes at least as far, from where harm was done, in each way that the harmful
    one went.
    """
    here = zip(
        *(search.place(each) for each in (harm.baseline, harm.candidate, point)), strict=True
    )
    ways = [(b - a, c - a) for a, b, c in here if a != b]
    return all(way * went >= way * way for way, went in ways)
