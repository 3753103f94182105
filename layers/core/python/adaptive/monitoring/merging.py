"""Merges minutes into five minutes, and those into hours, once a window is over.

Three times: when a window has just closed, so that charts have it; when most of the sessions that
began in it have ended, so that it has them as they ended; and when nothing can change its minutes
any more. A merge replaces the whole cell, so doing it again, or by two at once, is
harmless; how far it has come is an item per pass, so that nothing is left out after an outage.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adaptive.errors import UnavailableError
from adaptive.monitoring import lab, window
from adaptive.monitoring.cardinality import Cardinality
from adaptive.monitoring.dimension import AT_FULL, FAMILIES, Cell, family_name
from adaptive.monitoring.rollup import Rollup
from adaptive.monitoring.window import Resolution
from adaptive.ports import Versioned, Write

if TYPE_CHECKING:
    from adaptive.ports import Key, VersionedStore

FRESH_AFTER_MINUTES = 2
SETTLED_AFTER_MINUTES = 60
FINAL_AFTER_MINUTES = 36 * 60
"""From a window's end. Above LATE_AFTER_MINUTES, the stream's retries and CORRECTED_FOR_MINUTES
together, and below what minutes are kept for."""

_FRESH = "fresh"
_PASSES = (
    (_FRESH, FRESH_AFTER_MINUTES),
    ("settled", SETTLED_AFTER_MINUTES),
    ("final", FINAL_AFTER_MINUTES),
)
_ALL, _WHOLE = "all", ""
_FAMILIES = (*map(family_name, FAMILIES), AT_FULL, lab.FAMILY)
_FINER = {Resolution.FIVE: Resolution.MINUTE, Resolution.HOUR: Resolution.FIVE}
_MOST_WINDOWS = 60  # in one run: five hours to catch up on
_ATTEMPTS = 5
_KEPT_S = 60 * 86_400


@dataclass(frozen=True, slots=True)
class Merged:
    """What a run did: windows looked at, and cells that came out other than they were. `counted`
    is what the five minutes that have just closed are counted in, and `latest` all views of the
    last of them. Cells of another version are `unreadable`, and left out.
    """

    windows: int
    cells: int
    counted: Cardinality
    unreadable: int = 0
    latest: Rollup | None = None


@dataclass(frozen=True, slots=True)
class Merger:
    """`merge_rollups`, less Lambda."""

    cells: VersionedStore
    progress: VersionedStore

    def run(self, now_minute: int) -> Merged:
        """All windows that have become due since the last run; raises UnavailableError."""
        windows = cells = unreadable = 0
        counted = Cardinality()
        latest: Rollup | None = None
        for word, age in _PASSES:
            reached = now_minute - age
            for resolution in (Resolution.FIVE, Resolution.HOUR):
                place = _place(resolution, word)
                known = self.progress.read([place]).get(place)
                start = known.version if known else resolution.start_of(reached)
                begun = start
                while start + resolution.minutes <= reached and windows < _MOST_WINDOWS:
                    for family in _FAMILIES:
                        changed, sums, unread = self._merge(resolution, family, start)
                        cells += changed
                        unreadable += unread
                        if (resolution, word) == (Resolution.FIVE, _FRESH) and family != lab.FAMILY:
                            counted.see(family, sums)
                            latest = sums.get(_WHOLE, Rollup()) if family == _ALL else latest
                    start += resolution.minutes
                    windows += 1
                if known is None or start > begun:
                    self._advance(place, known, start, now_minute)
                reached = start  # an hour is not over before its last five minutes are merged
        return Merged(windows, cells, counted, unreadable, latest)

    def _advance(self, place: Key, known: Versioned | None, start: int, now_minute: int) -> None:
        """If another run was faster, it has done the same."""
        expires_at_s = now_minute * 60 + _KEPT_S
        replacing = known.version if known else None
        self.progress.write([Write(place, Versioned(b"", start), replacing, expires_at_s)])

    def _merge(
        self, resolution: Resolution, family: str, start: int
    ) -> tuple[int, dict[str, Rollup], int]:
        """How many cells have changed, all of the window by value, and how many were unreadable."""
        finer = _FINER[resolution]
        for _ in range(_ATTEMPTS):
            sums: dict[str, Rollup] = {}
            unreadable = 0
            items = self.cells.read_partition(window.partition(finer, family, start))
            keys = {
                window.key(resolution, Cell(family, value), start)
                for value in {window.read_sort(sort)[0] for _, sort in items}
            }
            there = self.cells.read([*keys]) if keys else {}
            # Read again: what is merged must be no older than the version that it replaces.
            for (_, sort), item in self.cells.read_partition(
                window.partition(finer, family, start)
            ).items():
                value = window.read_sort(sort)[0]
                if (part := Rollup.read(item.body)) is None:
                    unreadable += 1
                else:
                    sums.setdefault(value, Rollup()).add(part)
            writes = []
            for value, rollup in sums.items():
                key, body = window.key(resolution, Cell(family, value), start), rollup.encode()
                old = there.get(key)
                if old is None or old.body != body:
                    new = Versioned(body, old.version + 1 if old else 0)
                    replacing = old.version if old else None
                    writes.append(Write(key, new, replacing, resolution.expires_at_s(start)))
            if not (writes and self.cells.write(writes)):
                return len(writes), sums, unreadable
        raise UnavailableError(f"other workers won {_ATTEMPTS} times over {family} at {start}")


def reached(progress: VersionedStore, resolution: Resolution) -> int | None:
    """The minute up to which windows of a resolution are merged; None if nothing ever was."""
    place = _place(resolution, _FRESH)
    known = progress.read([place]).get(place)
    return known.version if known else None


def _place(resolution: Resolution, word: str) -> Key:
    return ("merged", f"{resolution.word}#{word}")
