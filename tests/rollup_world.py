"""A roll_up on stores in memory, and what it has counted."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from adaptive.delivery.ledger import Record
from adaptive.monitoring import window
from adaptive.monitoring.dimension import Cell
from adaptive.monitoring.merging import Merger
from adaptive.monitoring.roller import Outcome, Roller
from adaptive.monitoring.rollup import Field, Rollup
from adaptive.monitoring.window import Resolution
from tests.fakes import InMemoryDeadLetters, InMemoryVersionedStore
from tests.samples import ROLL_UP, TREATED, wire_beacon

AT = datetime(2026, 11, 1, 10, 0, tzinfo=UTC)
MINUTE = int(AT.timestamp()) // 60
ALL = Cell("all", "")


def arrival(
    *,
    session: str = TREATED,
    minute: float = 0,
    of_arrival: dict[str, Any] | None = None,
    **changes: Any,
) -> bytes:
    """As on the stream, received `minute` minutes after AT."""
    at = (AT + timedelta(minutes=minute)).isoformat().replace("+00:00", "Z")
    return json.dumps(
        {
            "session_id": session,
            "received_at": at,
            **(of_arrival or {}),
            "beacon": wire_beacon(**changes),
        }
    ).encode()


def records(*batch: bytes, first: int = 1, shard: int = 0) -> list[Record]:
    """In order, with consecutive sequence numbers."""
    return [Record(first + at, data, shard) for at, data in enumerate(batch)]


@dataclass
class RollupWorld:
    cells: InMemoryVersionedStore = field(default_factory=InMemoryVersionedStore)
    tallies: InMemoryVersionedStore = field(default_factory=InMemoryVersionedStore)
    letters: InMemoryDeadLetters = field(default_factory=InMemoryDeadLetters)
    last: int = 0

    def worker(self) -> Roller:
        """One that remembers nothing."""
        return Roller(ROLL_UP, self.cells, self.tallies, self.letters)

    def post(self, *batch: bytes) -> Outcome:
        """The next batch of the shard."""
        numbered = records(*batch, first=self.last + 1)
        self.last += len(batch)
        return self.worker().post(numbered)

    def rollup(
        self, cell: Cell = ALL, *, resolution: Resolution = Resolution.MINUTE, minute: int = 0
    ) -> Rollup:
        """A cell, all shards together."""
        found = Rollup()
        start = resolution.start_of(MINUTE + minute)
        for (_, sort), item in self.cells.read_partition(
            window.partition(resolution, cell.family, start)
        ).items():
            if window.read_sort(sort) == (cell.value, start):
                found.add(Rollup.decode(item.body))
        return found

    def count(self, counter: Field, cell: Cell = ALL, *, minute: int = 0) -> int:
        return self.rollup(cell, minute=minute).fields[counter]

    def merge(self, *, now: int) -> None:
        """Everything due `now` minutes after AT."""
        Merger(self.cells, self.tallies).run(MINUTE + now)
