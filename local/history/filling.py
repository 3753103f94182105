"""Fills the rollups with a simulated fortnight, and keeps it growing while the demo runs.

Not through the ingest path, which would take an hour, but by its own rules: views are reports that
a Tally counts, Plan makes cells of them, and they lie where `roll_up` and `merge_rollups` would
have put them. Minutes stand beside those of real views, so `merge_rollups` adds both up.

An item says that it is simulated, since when, and how far: filling again adds what is missing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from adaptive.monitoring import window
from adaptive.monitoring.dimension import FAMILIES, family_name
from adaptive.monitoring.plan import Plan
from adaptive.monitoring.window import MINUTES_PER_DAY, Resolution
from adaptive.ports import Versioned, Write
from local.history import fit, proof
from local.history.story import WHO, Story
from local.history.visits import Visits, windows_of

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Sequence

    from adaptive.delivery.changes import ChangeLog
    from adaptive.monitoring.counting import Groups
    from adaptive.ports import VersionedStore
    from adaptive.settings.monitoring import RollUpSettings

DAYS = 14
PLACE = ("history", "simulated")
SHARD = -1
"""No shard of the stream's: minutes of its own."""

_FIVE_FOR = 24 * 60
_MINUTES_FOR = 3 * 60
_HOUR = Resolution.HOUR.minutes
_ALL = family_name(())
_EVERY = frozenset(map(family_name, FAMILIES))
_KEPT_S = 400 * 86_400


class Sink(Protocol):
    """Stores many items, whatever was there."""

    def put(self, writes: Sequence[Write]) -> None:
        """Soon."""

    def flush(self) -> None:
        """Now."""


@dataclass(frozen=True, slots=True)
class Filled:
    """Minutes since the epoch: what is simulated, up to but without `until`."""

    begin: int
    until: int
    version: int

    def body(self) -> bytes:
        """For whoever looks into the table."""
        return json.dumps(
            {"simulated": True, "by": WHO, "source": (fit.__doc__ or "").strip()}
            | {"begin": self.begin, "until": self.until}
        ).encode()


@dataclass(frozen=True, slots=True)
class History:
    """`cells` is the rollups table, and `sink` writes to it fast; `delivered` and `experiments` to
    the tables of that.
    """

    settings: RollUpSettings
    cells: VersionedStore
    changes: ChangeLog
    sink: Sink
    days: int = DAYS
    delivered: Sink | None = None
    experiments: Sink | None = None

    def filled(self) -> Filled | None:
        """How far it is."""
        item = self.cells.read([PLACE]).get(PLACE)
        if item is None:
            return None
        body = json.loads(item.body)
        return Filled(body["begin"], body["until"], item.version)

    def fill(self, now: int, *, progress: Callable[[int, int], None] | None = None) -> int:
        """All that is missing before that minute; how many cells were written.

        `progress` is told hours done and hours to do. Raises UnavailableError.
        """
        known = self.filled() or self._begin(now)
        visits = Visits(self.settings, Story(known.begin))
        hours = range(Resolution.HOUR.start_of(known.until), now, 60)
        written = 0
        for number, hour in enumerate(hours, start=1):
            missing = range(max(hour, known.until), min(hour + 60, now))
            groups = visits.of_hour(hour)
            writes = [*_of_hour(groups, hour, missing=missing, now=now)]
            if len(missing) == _HOUR and self.delivered:
                self.delivered.put([proof.deliveries(groups, hour)])
            self.sink.put(writes)
            written += len(writes)
            if progress:
                progress(number, len(hours))
        for sink in (self.sink, self.delivered, self.experiments):
            if sink:
                sink.flush()
        if now > known.until:
            self._note(Filled(known.begin, now, known.version + 1), replacing=known.version)
        return written

    def _begin(self, now: int) -> Filled:
        begin = now // MINUTES_PER_DAY * MINUTES_PER_DAY - self.days * MINUTES_PER_DAY
        for change in Story(begin).changes():
            self.changes.append(change)
        if self.experiments:
            share = self.settings.holdout_share
            self.experiments.put([*proof.experiments(begin, self.days, holdout_share=share)])
        first = Filled(begin, begin, 0)
        self._note(first, replacing=None)
        return first

    def _note(self, filled: Filled, *, replacing: int | None) -> None:
        new = Versioned(filled.body(), filled.version)
        self.cells.write([Write(PLACE, new, replacing, filled.until * 60 + _KEPT_S)])


def _of_hour(groups: Groups, hour: int, *, missing: range, now: int) -> Iterator[Write]:
    """Whole windows only: `merge_rollups` makes those that are cut from finer ones."""

    def cells(
        resolution: Resolution, minutes: range, families: Container[str] = _EVERY
    ) -> Iterable[Write]:
        return _writes(windows_of(groups, resolution, minutes), resolution, families=families)

    is_recent = hour + 60 > now - _FIVE_FOR or missing.start > hour
    if len(missing) == _HOUR:
        yield from cells(Resolution.HOUR, missing)
        is_kept = Resolution.FIVE.expires_at_s(hour) > now * 60
        if is_kept and not is_recent:  # what a glance compares this hour of the next week with
            yield from cells(Resolution.FIVE, missing, (_ALL,))
    if is_recent:
        five = Resolution.FIVE.minutes
        whole = range(-(-missing.start // five) * five, missing.stop // five * five)
        yield from cells(Resolution.FIVE, whole)
        if hour + 60 <= now - _MINUTES_FOR:  # only those of the window that `since` cuts
            missing = range(missing.start, whole.start)
        yield from cells(Resolution.MINUTE, missing)


def _writes(
    groups: Groups, resolution: Resolution, *, families: Container[str] = _EVERY
) -> Iterable[Write]:
    plan = Plan(shard=SHARD, position=0, newest_s=0, groups=groups.dump(), tallies={})
    shard = SHARD if resolution is Resolution.MINUTE else None
    for (start, cell), rollup in plan.cells().items():
        if cell.family not in families:
            continue
        key = window.key(resolution, cell, start, shard=shard)
        new = Versioned(rollup.encode(), 0)
        yield Write(key, new, None, resolution.expires_at_s(start))
