"""Counts from the rollup cells: few reads, each of them counted in DynamoDB's read units.

A span is read in the coarsest windows that are merged by now. What cannot change any more is
remembered between runs of a warm function: a run then reads the minutes since the last, and the
latest again, since reports come late.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adaptive.monitoring import window
from adaptive.monitoring.dimension import Cell
from adaptive.monitoring.rollup import Rollup
from adaptive.monitoring.sli import Count, Digest, Indicator
from adaptive.monitoring.window import MINUTES_PER_DAY, Resolution

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from adaptive.monitoring.scope import Span
    from adaptive.ports import Key, Versioned, VersionedStore

SETTLED_MINUTES = 10
"""After a minute's end: later reports are rare, and reach the coarser windows."""
_MERGED_AFTER = {Resolution.FIVE: 15, Resolution.HOUR: 90}
"""After a window's end: merges run every five minutes; an hour's are given time to catch up."""
_STALLED_WITHIN = 3 * 60
"""A merged window that has nothing is looked up in finer ones if it ended so lately."""
_MOST_TILES = 20_000
_MOST_DIGESTS = 5_000
_UNIT = 4_096  # bytes of one strongly consistent read unit
_ITEM = 120  # bytes of keys and attributes beside the body, about

_Tile = tuple[Resolution, str, int]
_FINER = {Resolution.HOUR: Resolution.FIVE, Resolution.FIVE: Resolution.MINUTE}
_BLOCK = {Resolution.MINUTE: 5, Resolution.FIVE: 60}


@dataclass(slots=True)
class Meter:
    """What reading has cost: `units` of DynamoDB, `calls`, and `cells` that were read; of these
    `unreadable` are of another version, and count nowhere.
    """

    units: int = 0
    calls: int = 0
    cells: int = 0
    unreadable: int = 0

    def of_items(self, asked: int, found: Mapping[Key, Versioned]) -> None:
        """Items by key round up one by one, missing ones cost a unit."""
        self.units += asked - len(found)
        self.units += sum(-(-(len(item.body) + _ITEM) // _UNIT) for item in found.values())
        self.calls += 1
        self.cells += len(found)

    def of_partition(self, found: Mapping[Key, Versioned]) -> None:
        """A query rounds up its sum."""
        size = sum(len(item.body) + _ITEM for item in found.values())
        self.units += max(1, -(-size // _UNIT))
        self.calls += 1
        self.cells += len(found)


@dataclass(slots=True)
class CellCounts:
    """The Counts of a run: `begin` starts one."""

    store: VersionedStore
    meter: Meter = field(default_factory=Meter)
    _now: int = 0
    _tiles: dict[_Tile, dict[str, list[Rollup]]] = field(default_factory=dict)
    _digests: dict[tuple[str, Span], tuple[dict[str, Digest], int]] = field(default_factory=dict)
    _values: dict[str, set[str]] = field(default_factory=dict)

    def begin(self, now: int) -> None:
        """At a minute that is not over: forget what may have changed, and count anew."""
        self._now = now
        self.meter = Meter()
        self._digests.clear()
        if len(self._tiles) > _MOST_TILES:
            self._tiles.clear()
        for tile in [tile for tile in self._tiles if not self._is_settled(tile)]:
            del self._tiles[tile]

    def over(
        self,
        family: str,
        indicator: Indicator,
        span: Span,
        *,
        values: Collection[str] | None = None,
    ) -> Mapping[str, Count]:
        """See Counts."""
        digests, minutes = self._digest(family, span)
        wanted = digests if values is None else [value for value in values if value in digests]
        return {value: digests[value].count(indicator, minutes=minutes) for value in wanted}

    def quantile(
        self, family: str, values: Collection[str], metric: str, *, q: float, span: Span
    ) -> float | None:
        """See Counts."""
        if len(values) == 1:
            digest = self._digest(family, span)[0].get(next(iter(values)))
            return digest.quantile(metric, q) if digest else None
        return Digest(self._rollups(family, span, {*values})).quantile(metric, q)

    def _digest(self, family: str, span: Span) -> tuple[dict[str, Digest], int]:
        """By value, and how many minutes they are of."""
        found = self._digests.get((family, span))
        if found is None:
            rollups: dict[str, list[Rollup]] = {}
            for tile in self._read(family, span):
                for value, parts in tile.items():
                    rollups.setdefault(value, []).extend(parts)
            minutes = sum(resolution.minutes for resolution, _ in self._tiling(span))
            found = {value: Digest(parts) for value, parts in rollups.items()}, minutes
            if len(self._digests) >= _MOST_DIGESTS:
                self._digests.clear()
            self._digests[family, span] = found
        return found

    def _rollups(self, family: str, span: Span, values: set[str]) -> Iterator[Rollup]:
        for tile in self._read(family, span):
            for value in values & tile.keys():
                yield from tile[value]

    def _read(self, family: str, span: Span) -> list[dict[str, list[Rollup]]]:
        tiles = [*self._tiling(span)]
        hours = [start for resolution, start in tiles if resolution is Resolution.HOUR]
        self._fetch_hours(family, hours)
        return [self._tile(resolution, family, start) for resolution, start in tiles]

    def _tiling(self, span: Span) -> Iterator[tuple[Resolution, int]]:
        """The coarsest merged windows inside; around it where nothing finer is kept."""
        at, end = span
        while at < end:
            resolution = self._resolution(at, end)
            start = resolution.start_of(at)
            yield resolution, start
            at = start + resolution.minutes

    def _resolution(self, at: int, end: int) -> Resolution:
        age = (self._now - at) * 60
        for resolution in (Resolution.HOUR, Resolution.FIVE):
            fits = at % resolution.minutes == 0 and at + resolution.minutes <= end
            if fits and at + resolution.minutes <= self._now - _MERGED_AFTER[resolution]:
                return resolution
            if age > _FINER[resolution].kept_s - 3_600:
                return resolution
        return Resolution.MINUTE

    def _tile(self, resolution: Resolution, family: str, start: int) -> dict[str, list[Rollup]]:
        tile = (resolution, family, start)
        if tile not in self._tiles:
            self._fetch_block(resolution, family, start)
        found = self._tiles.get(tile, {})
        if found or resolution is Resolution.MINUTE:
            return found
        if start + resolution.minutes < self._now - _STALLED_WITHIN:
            return found
        finer = _FINER[resolution]
        parts: dict[str, list[Rollup]] = {}
        for at in range(start, start + resolution.minutes, finer.minutes):
            for value, rollups in self._tile(finer, family, at).items():
                parts.setdefault(value, []).extend(rollups)
        return parts

    def _fetch_block(self, resolution: Resolution, family: str, start: int) -> None:
        """All tiles of the partition that this one is in; there are too many hours in theirs."""
        if resolution is Resolution.HOUR:
            self._fetch_hours(family, [start])
            return
        found = self.store.read_partition(window.partition(resolution, family, start))
        self.meter.of_partition(found)
        block = _BLOCK[resolution]
        first = start - start % block
        for at in range(first, first + block, resolution.minutes):
            self._tiles[resolution, family, at] = {}
        for (_, sort), item in found.items():
            value, at = window.read_sort(sort)
            tile = self._tiles.setdefault((resolution, family, at), {})
            tile.setdefault(value, []).extend(self._rollup(item))
            self._values.setdefault(family, set()).add(value)

    def _fetch_hours(self, family: str, starts: Sequence[int]) -> None:
        missing = [each for each in starts if (Resolution.HOUR, family, each) not in self._tiles]
        if not missing:
            return
        keys = {
            window.key(Resolution.HOUR, Cell(family, value), start): (value, start)
            for start in missing
            for value in self._known_values(family)
        }
        found = self.store.read([*keys]) if keys else {}
        self.meter.of_items(len(keys), found)
        for start in missing:
            self._tiles[Resolution.HOUR, family, start] = {}
        for key, item in found.items():
            value, start = keys[key]
            self._tiles[Resolution.HOUR, family, start][value] = [*self._rollup(item)]

    def _rollup(self, item: Versioned) -> Iterator[Rollup]:
        found = Rollup.read(item.body)
        if found is None:
            self.meter.unreadable += 1
        else:
            yield found

    def _known_values(self, family: str) -> Iterable[str]:
        """Those there are now, or were in the last two hours: hours are read by key."""
        if family not in self._values:
            self._values[family] = set()
            for at in (self._now - 1, self._now - 6):
                self._tile(Resolution.MINUTE, family, at)
            for at in (self._now, self._now - 60):
                self._tile(Resolution.FIVE, family, Resolution.FIVE.start_of(at))
        return sorted(self._values[family])

    def _is_settled(self, tile: _Tile) -> bool:
        resolution, _, start = tile
        block = _BLOCK.get(resolution, resolution.minutes)
        end = start - start % block + block
        wait = _MERGED_AFTER.get(resolution, SETTLED_MINUTES)
        return self._now - 400 * MINUTES_PER_DAY < end <= self._now - wait
