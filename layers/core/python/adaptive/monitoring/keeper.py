"""Keeps the raw events that the sampling rules pick from a batch of the stream.

What cannot be read is left to the stream's other consumers, who bury it. Kinesis delivers at least
once, and so is a row written: queries take one per session, view and sequence.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adaptive.errors import UnavailableError
from adaptive.monitoring import raw_event

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adaptive.delivery.ledger import Record
    from adaptive.ports import EventArchive
    from adaptive.settings.monitoring import KeepEventsSettings


@dataclass(slots=True)
class Outcome:
    """What became of a batch; `failed` are sequence numbers to deliver again."""

    kept: int = 0
    unread: int = 0
    failed: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Keeper:
    """`keep_events`, less Lambda."""

    settings: KeepEventsSettings
    archive: EventArchive

    def post(self, records: Sequence[Record]) -> Outcome:
        """All of a batch, or none of it."""
        outcome = Outcome()
        rows: list[bytes] = []
        for record in records:
            try:
                row = raw_event.row_of(record.data, self.settings)
            except (ValueError, KeyError, TypeError, AttributeError, IndexError):
                outcome.unread += 1
                continue
            if row is not None:
                rows.append(row)
        try:
            if rows:
                self.archive.keep(rows)
        except UnavailableError:
            outcome.failed = [record.sequence for record in records]
        else:
            outcome.kept = len(rows)
        return outcome
