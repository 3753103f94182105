"""Reads the cells that answer a question, and no more of them than is allowed.

Windows that are merged are read as such; what is younger from the finer ones, down to the minute,
so that an answer is as fresh as the stream.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adaptive.errors import QueryError
from adaptive.monitoring import window
from adaptive.monitoring.dimension import family_name
from adaptive.monitoring.merging import FRESH_AFTER_MINUTES, reached
from adaptive.monitoring.rollup import is_readable
from adaptive.monitoring.window import Resolution
from adaptive.ports import KeyRange

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adaptive.monitoring.query.scope import Group, Scope
    from adaptive.monitoring.query.span import Span
    from adaptive.ports import ItemReader, VersionedStore
    from adaptive.settings.monitoring import RollupLists

MOST_CELLS = 12_000
"""That one answer is made of. A cell costs some 10 µs and 1 KB (bench.query)."""

_MERGING_MINUTES = 10
"""How long after FRESH_AFTER_MINUTES merge_rollups has been, where it says nothing yet."""

_LOOKED_BACK_MINUTES = 15

Steps = dict[int, list[bytes]]
"""Rollups by the step that they belong to."""


@dataclass(slots=True)
class Found:
    """By group, what was read, at the price of `units`."""

    groups: dict[Group, Steps]
    units: float


@dataclass(frozen=True, slots=True)
class Reading:
    """`cells` are the rollups; `progress` says how far merge_rollups has come."""

    cells: ItemReader
    progress: VersionedStore
    lists: RollupLists

    def read(self, scope: Scope, span: Span, *, now: int) -> Found:
        """Raises QueryError if it is too much, UnavailableError."""
        cells = scope.cells(self.lists)
        if cells * span.windows > MOST_CELLS:
            days = MOST_CELLS // cells * span.resolution.minutes / window.MINUTES_PER_DAY
            raise QueryError(
                f"up to {cells} groups over {span.windows} windows of {span.resolution.word} are"
                f" more than {MOST_CELLS:,} cells: ask for at most {days:.1f} days, or filter",
                field="range",
            )
        ranges = [
            each
            for resolution, start, end in self._pieces(span, now)
            for each in _ranges(resolution, scope, start, end)
        ]
        page = self.cells.read_ranges(ranges)
        groups: dict[Group, Steps] = {}
        for items in page.items:
            for sort, body in items:
                value, at = window.read_sort(sort)
                if not span.start <= at < span.end or not is_readable(body):
                    continue
                if (group := scope.group_of(value)) is None:
                    continue
                steps = groups.setdefault(group, defaultdict(list))
                steps[at - (at - span.start) % span.step].append(body)
        return Found(groups, page.units)

    def fresh_at(self, now: int) -> tuple[int | None, float]:
        """The end of the last minute that any view was counted in, if it was lately; and what
        looking cost.
        """
        ranges = [
            KeyRange(window.partition(Resolution.MINUTE, "all", minute))
            for minute in range(now - _LOOKED_BACK_MINUTES, now + 5, 5)
        ]
        page = self.cells.read_ranges(ranges)
        ends = (window.read_sort(sort)[1] + 1 for items in page.items for sort, _ in items)
        return max(ends, default=None), page.units

    def _pieces(self, span: Span, now: int) -> Iterator[tuple[Resolution, int, int]]:
        """Of the span, by windows that are there."""
        start, end = span.start, min(span.end, now + 1)
        for resolution in (Resolution.HOUR, Resolution.FIVE):
            if resolution.minutes > span.resolution.minutes:
                continue
            until = min(max(self._merged(resolution, now), start), end)
            if until > start:
                yield resolution, start, until
            start = until
        if end > start:
            yield Resolution.MINUTE, start, end

    def _merged(self, resolution: Resolution, now: int) -> int:
        """The minute up to which its windows are to be read: before, there are no minutes left."""
        known = reached(self.progress, resolution)
        if known is None:
            known = now - FRESH_AFTER_MINUTES - _MERGING_MINUTES
        return resolution.start_of(max(known, now - Resolution.MINUTE.kept_s // 60))


def _ranges(resolution: Resolution, scope: Scope, start: int, end: int) -> Iterator[KeyRange]:
    family = family_name(scope.family)
    for first, last in window.within(resolution, start, end):
        partition = window.partition(resolution, family, first)
        values = scope.values
        if values is None:
            yield KeyRange(partition)
        else:
            for value in values:
                yield KeyRange(partition, *window.sort_bounds(value, first, last))
