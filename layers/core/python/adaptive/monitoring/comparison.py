"""Conditions that ask for change: against the same hours of other weeks, or the release before.

What is compared with is looked up once an hour and remembered. Weeks are compared by whole hours,
the finest that is kept so long, and by their median, so that last week's incident is no measure.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

from adaptive.monitoring.condition import Judgement, Side, together
from adaptive.monitoring.sli import VIEWS, Count, Indicator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from adaptive.monitoring.scope import Counts, Group, Scope, Span

_HOUR, _DAY, _WEEK = 60, 1_440, 10_080
_MANY = 10  # of what is counted, from which on a median of weeks means something


@dataclass(frozen=True, slots=True)
class Usual:
    """What a group's share is held against, if it may be; `error` is its standard deviation.

    Of a vital, the share of views above `value`.
    """

    limit: float
    error: float = 0.0
    value: float | None = None


@dataclass(slots=True)
class Memory:
    """What was found for the latest spans."""

    spans: list[Span] = field(default_factory=list)
    found: dict[Group, Usual] = field(default_factory=dict)

    def recall(
        self, spans: list[Span], find: Callable[[], dict[Group, Usual]]
    ) -> dict[Group, Usual]:
        """As it was found before, or is now."""
        if spans != self.spans:
            self.found = find()
            self.spans = spans
        return self.found


@dataclass(frozen=True, slots=True)
class Compared:
    """A metric by group; of a vital its quantile `q`. `factor` times what is usual is too much, or
    too little, by `side`.
    """

    scope: Scope
    metric: str
    q: float | None
    side: Side
    factor: float

    def usual(self, counts: Counts, spans: Iterable[Span]) -> dict[Group, Usual]:
        """By the median of the spans; a group with too few samples in all of them is left out."""
        return self._values(counts, spans) if self.q is not None else self._shares(counts, spans)

    def _values(self, counts: Counts, spans: Iterable[Span]) -> dict[Group, Usual]:
        q = self.q or 0.0
        past: dict[Group, list[float]] = {}
        for span in spans:
            enough = self.scope.counts(counts, Indicator(self.metric, 0), span)
            for group, value in self.scope.quantiles(counts, self.metric, q, span).items():
                if enough[group].whole >= self.side.min_samples:
                    past.setdefault(group, []).append(value)
        return {
            group: Usual(1 - q, value=self.factor * median(values))
            for group, values in past.items()
        }

    def _shares(self, counts: Counts, spans: Iterable[Span]) -> dict[Group, Usual]:
        past: dict[Group, list[Count]] = {}
        for span in spans:
            for group, count in self.scope.counts(counts, Indicator(self.metric), span).items():
                if self.metric == VIEWS or count.whole >= self.side.min_samples:
                    past.setdefault(group, []).append(count)
        return {group: self._of_weeks(each) for group, each in past.items()}

    def _of_weeks(self, weeks: list[Count]) -> Usual:
        parts, wholes = sum(each.part for each in weeks), sum(each.whole for each in weeks)
        if min(each.part for each in weeks) >= _MANY:
            limit = self.factor * median(each.share for each in weeks)
        else:
            limit = self.factor * (parts + 1) / max(1, wholes)
        return Usual(limit, limit / (parts + 1) ** 0.5)

    def judge(
        self, counts: Counts, end: int, windows: tuple[int, ...], usual: tuple[Group, Usual]
    ) -> Judgement | None:
        """None where the usual says nothing of the present."""
        group, normal = usual
        indicator = Indicator(self.metric, normal.value)
        judged = []
        for window in windows:
            count = self.scope.count(counts, indicator, (end - window, end), group)
            if self.metric == VIEWS:
                if normal.limit * window < self.side.min_samples:
                    continue
                count = count if count.whole else Count(0, window)
            found = self.side.judge(count, normal.limit, indicator, error=normal.error)
            judged.append(found._replace(value=normal.value, minutes=window))
        if not judged:
            return None
        return together(judged, 0 if self.metric == VIEWS else self.side.min_samples)


@dataclass(frozen=True, slots=True)
class AgainstWeeks:
    """Against the same hours of so many weeks before."""

    compared: Compared
    windows: tuple[int, ...]
    weeks: int
    _memory: Memory = field(default_factory=Memory, compare=False, repr=False)

    def judge(self, counts: Counts, end: int) -> Iterator[tuple[Group, Judgement]]:
        """See Condition."""
        spans = _weeks_before(end - self.windows[0], end, self.weeks)
        usual = self._memory.recall(spans, lambda: self.compared.usual(counts, spans))
        for each in usual.items():
            judgement = self.compared.judge(counts, end, self.windows, each)
            if judgement is not None:
                yield each[0], judgement


@dataclass(frozen=True, slots=True)
class AgainstRelease:
    """A release against the latest one listed before it, over the last day."""

    compared: Compared
    windows: tuple[int, ...]
    releases: tuple[str, ...]
    _memory: Memory = field(default_factory=Memory, compare=False, repr=False)

    def judge(self, counts: Counts, end: int) -> Iterator[tuple[Group, Judgement]]:
        """See Condition."""
        last = end // _HOUR * _HOUR
        spans = [(last - _DAY, last)]
        usual = self._memory.recall(spans, lambda: self.compared.usual(counts, spans))
        for group in usual:
            before = self._before(group, usual)
            if before is not None:
                judgement = self.compared.judge(counts, end, self.windows, (group, before))
                if judgement is not None:
                    yield group, judgement

    def _before(self, group: Group, usual: dict[Group, Usual]) -> Usual | None:
        release = dict(group)["release"]
        if release in self.releases:
            for earlier in reversed(self.releases[: self.releases.index(release)]):
                name = tuple((n, earlier if n == "release" else value) for n, value in group)
                if name in usual:
                    return usual[name]
        return None


@dataclass(frozen=True, slots=True)
class Absent:
    """At most `share` of the views that are to be expected, in the first window of which there
    must be enough.

    By the weeks before; of what no week has, by the hour before.
    """

    scope: Scope
    share: float
    windows: tuple[int, ...]
    weeks: int
    min_expected: int
    _memory: Memory = field(default_factory=Memory, compare=False, repr=False)

    def judge(self, counts: Counts, end: int) -> Iterator[tuple[Group, Judgement]]:
        """See Condition."""
        start = end - self.windows[-1]
        spans = _weeks_before(start, end, self.weeks)
        views = Compared(self.scope, VIEWS, None, Side(-1, 1), 1.0)
        usual = self._memory.recall(spans, lambda: views.usual(counts, spans))
        recent = self.scope.counts(counts, Indicator(VIEWS), (start - _HOUR, start))
        for group in {*usual, *recent}:
            rate = usual[group].limit if group in usual else recent[group].share
            yield group, self._judge(counts, end, group, rate)

    def _judge(self, counts: Counts, end: int, group: Group, rate: float) -> Judgement:
        enough = (each for each in self.windows if rate * each >= self.min_expected)
        window = next(enough, None)
        minutes = window or self.windows[-1]
        views = self.scope.count(counts, Indicator(VIEWS), (end - minutes, end), group)
        count = views if views.whole else Count(0, minutes)
        if window is None:
            return Judgement(
                breached=False, calm=count.part > 0, found=count, limit=0.0, minutes=minutes
            )
        if self.share:
            found = Side(-1, 1).judge(count, self.share * rate, Indicator(VIEWS))
            return found._replace(minutes=minutes)
        none = count.part == 0
        return Judgement(breached=none, calm=not none, found=count, limit=rate, minutes=minutes)


def _weeks_before(start: int, end: int, weeks: int) -> list[Span]:
    start, end = start // _HOUR * _HOUR, -(-end // _HOUR) * _HOUR
    return [(start - week * _WEEK, end - week * _WEEK) for week in range(1, weeks + 1)]
