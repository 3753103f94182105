"""Whether a rule's condition holds, group by group, in a window that ends at a given minute.

A condition holds when the measured part is on the wrong side of the limit by more than chance
explains (`SIGMAS`), and is over when it is back by HYSTERESIS of the limit: what lies between
neither starts an alert nor ends one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from adaptive.monitoring.burn_rate import BURNS, burn_rate
from adaptive.monitoring.sli import RATIOS, SHARES, VIEWS, Count, Indicator, excess

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from adaptive.monitoring.burn_rate import Burn
    from adaptive.monitoring.scope import Counts, Group, Scope

SIGMAS = 3.5
HYSTERESIS = 0.1
_UNTESTED = {*RATIOS} - {*SHARES} - {"errors", "conversions"}
"""Means of sums whose spread the counters do not tell: enough samples must do."""


class Judgement(NamedTuple):
    """`limit` is what the share of `found` was held against; `calm` ends an alert.

    `value` is the limit of a vital, in its unit, where that is compared; `minutes` the window.
    """

    breached: bool
    calm: bool
    found: Count
    limit: float
    value: float | None = None
    minutes: int = 0


class Condition(Protocol):
    """What a rule asks."""

    def judge(self, counts: Counts, end: int) -> Iterator[tuple[Group, Judgement]]:
        """Every group that there is something to say of, at a minute that is not part of it."""


@dataclass(frozen=True, slots=True)
class Side:
    """On which side of a limit is wrong, above (1) or below (-1), and how sure one must be."""

    sign: int
    min_samples: int
    sigmas: float = SIGMAS

    def judge(
        self, count: Count, limit: float, indicator: Indicator, *, error: float = 0.0
    ) -> Judgement:
        """`error` is the standard deviation of the limit itself."""
        sign = self.sign
        enough = indicator.metric == VIEWS or count.whole >= self.min_samples
        breached = enough and sign * (count.share - limit) > 0
        if breached and indicator.metric not in _UNTESTED:
            above = excess(count, limit, is_share=indicator.is_share, error=error)
            breached = sign * above >= self.sigmas
        calm = sign * (count.share - limit * (1 - sign * HYSTERESIS)) <= 0 or not count.whole
        return Judgement(breached, calm, count, limit)


def together(judged: Sequence[Judgement], min_samples: int) -> Judgement:
    """Of several windows, the shortest first: any of them may say that it matters, if the shortest
    that has enough samples says that it goes on. That one alone says that it is over.
    """
    lately = next((each for each in judged if each.found.whole >= min_samples), judged[-1])
    breached = next((each for each in judged if each.breached), None)
    if breached is None or lately.calm:
        return lately._replace(breached=False)
    return breached._replace(calm=False)


@dataclass(frozen=True, slots=True)
class Fixed:
    """A share or mean against a limit that does not move."""

    scope: Scope
    indicator: Indicator
    side: Side
    limit: float
    windows: tuple[int, ...]

    def judge(self, counts: Counts, end: int) -> Iterator[tuple[Group, Judgement]]:
        """See Condition."""
        by_window = [
            self.scope.counts(counts, self.indicator, (end - window, end))
            for window in self.windows
        ]
        for group in by_window[-1]:
            judged = [
                self.side.judge(found[group], self.limit, self.indicator)._replace(
                    value=self.indicator.limit, minutes=window
                )
                for window, found in zip(self.windows, by_window, strict=True)
                if group in found
            ]
            yield group, together(judged, self.side.min_samples)


@dataclass(frozen=True, slots=True)
class Burning:
    """An SLO's budget, spent too fast over both windows of any of `burns`.

    Fewer than `min_bad` bad events in the long window are no news at low traffic.
    """

    scope: Scope
    indicator: Indicator
    objective: float
    burns: tuple[Burn, ...] = BURNS
    min_bad: int = 10

    def judge(self, counts: Counts, end: int) -> Iterator[tuple[Group, Judgement]]:
        """See Condition; what is shown is the shortest window that burns."""
        found: dict[Group, list[Judgement]] = {}
        for burn in self.burns:
            long = self.scope.counts(counts, self.indicator, (end - burn.long, end))
            short = self.scope.counts(counts, self.indicator, (end - burn.short, end))
            for group, count in long.items():
                lately = short.get(group, Count(0, 0))
                now = burn_rate(lately, self.objective)
                breached = (
                    min(now, burn_rate(count, self.objective)) > burn.factor
                    and count.part >= self.min_bad
                )
                calm = now <= burn.factor * (1 - HYSTERESIS)
                limit = burn.factor * (1 - self.objective)
                judgement = Judgement(
                    *(breached, calm, lately, limit), self.indicator.limit, burn.short
                )
                found.setdefault(group, []).append(judgement)
        for group, each in found.items():
            shown = next((one for one in each if one.breached), each[0])
            yield group, shown._replace(calm=all(one.calm for one in each))
