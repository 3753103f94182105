"""A site's rollups in memory, and the desk that is asked about them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adaptive.delivery.changes import ChangeLog
from adaptive.monitoring import vital, window
from adaptive.monitoring.query.reading import Reading
from adaptive.monitoring.query.reply import Desk, instant
from adaptive.monitoring.rollup import Field, Rollup
from adaptive.monitoring.vital import INDEX
from adaptive.monitoring.window import Resolution
from adaptive.ports import NEVER_S, Versioned, Write
from tests.fakes import InMemoryItemReader, InMemoryVersionedStore
from tests.rollup_world import ALL, MINUTE
from tests.samples import ROLL_UP

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from adaptive.monitoring.dimension import Cell

HOUR = 60
DAY = 24 * HOUR
NOW = MINUTE + 30
"""10:30 on the first of November."""


def rollup(*lcp_ms: float, views: int | None = None, **fields: int) -> Rollup:
    """Of so many views, each with its LCP."""
    made = Rollup(codes=Counter(vital.code_of(INDEX["lcp_ms"], each) for each in lcp_ms))
    made.fields[Field.VIEWS] = len(lcp_ms) if views is None else views
    for name, value in fields.items():
        made.fields[Field[name.upper()]] = value
    return made


@dataclass
class QueryWorld:
    """`now` is a minute."""

    now: int = NOW
    rollups: InMemoryVersionedStore = field(default_factory=InMemoryVersionedStore)
    tallies: InMemoryVersionedStore = field(default_factory=InMemoryVersionedStore)
    operations: InMemoryVersionedStore = field(default_factory=InMemoryVersionedStore)

    @property
    def reader(self) -> InMemoryItemReader:
        return InMemoryItemReader(self.rollups)

    @property
    def desk(self) -> Desk:
        return Desk(Reading(self.reader, self.tallies, ROLL_UP.lists), lambda: self.now * 60 + 12.0)

    @property
    def log(self) -> ChangeLog:
        return ChangeLog(self.operations)

    def put(
        self,
        made: Rollup,
        *,
        at: int = MINUTE,
        cell: Cell = ALL,
        resolution: Resolution = Resolution.MINUTE,
        shard: int | None = None,
    ) -> None:
        if resolution is Resolution.MINUTE and shard is None:
            shard = 0
        key = window.key(resolution, cell, resolution.start_of(at), shard=shard)
        self.rollups.write([Write(key, Versioned(made.encode(), 1), None, NEVER_S)])

    def merged(self, *, hours: int, fives: int) -> None:
        """How far merge_rollups has come."""
        for word, minute in (("1h", hours), ("5m", fives)):
            key = ("merged", f"{word}#fresh")
            self.tallies.write([Write(key, Versioned(b"", minute), None, NEVER_S)])


def at(minute: int) -> datetime:
    return instant(minute)


def seconds(minutes: Sequence[int]) -> list[int]:
    return [minute * 60 for minute in minutes]
