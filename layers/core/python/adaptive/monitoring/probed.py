"""A condition about probes: one that fails at several locations is an outage, and at a few of them
a problem of the way there.

A location fails if all of its latest runs have. How far back these are follows from how often the
probe runs: the shortest of the windows with enough of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adaptive.monitoring.condition import Judgement
from adaptive.monitoring.lab import FAMILY, Verdict, verdict
from adaptive.monitoring.sli import Count, Indicator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adaptive.monitoring.scope import Counts, Group

FAILING = "failing"
"""The metric: runs that failed, of runs."""

_INDICATOR = Indicator(FAILING)


@dataclass(frozen=True, slots=True)
class Probed:
    """`finds` is Verdict.OUTAGE, of a probe, or LOCATION_PROBLEM, of a probe at a location.

    `runs` in a row must fail, and `outage_from` locations, or all that there are, are an outage.
    """

    finds: Verdict
    outage_from: int
    runs: int
    windows: tuple[int, ...]

    def judge(self, counts: Counts, end: int) -> Iterator[tuple[Group, Judgement]]:
        """See Condition."""
        for probe, places in self._latest(counts, end).items():
            failing = {place: found.part == found.whole for place, (found, _) in places.items()}
            holds = verdict(failing, outage_from=self.outage_from) is self.finds
            if self.finds is Verdict.OUTAGE:
                found = Count(
                    sum(each.part for each, _ in places.values()),
                    sum(each.whole for each, _ in places.values()),
                )
                minutes = max(window for _, window in places.values())
                yield (("probe", probe),), _judgement(found, minutes, holds=holds)
                continue
            for place, (found, minutes) in places.items():
                group = (("probe", probe), ("location", place))
                yield group, _judgement(found, minutes, holds=holds and failing[place])

    def _latest(self, counts: Counts, end: int) -> dict[str, dict[str, tuple[Count, int]]]:
        """By probe and location: the latest runs, and the window that they are of."""
        found: dict[str, dict[str, tuple[Count, int]]] = {}
        for window in reversed(self.windows):  # the shortest with enough runs is kept
            for value, count in counts.over(FAMILY, _INDICATOR, (end - window, end)).items():
                probe, _, place = value.partition(",")
                if count.whole >= self.runs:
                    found.setdefault(probe, {})[place] = count, window
        return found


def _judgement(found: Count, minutes: int, *, holds: bool) -> Judgement:
    return Judgement(breached=holds, calm=not holds, found=found, limit=0.0, minutes=minutes)
