"""What a batch changes, decided once and written down before any of it is done.

The plan of a shard's last batch is one item. Writing it is the commit: whoever comes next - the
same batch again, the next one, another worker - first finishes what it says. Each of its changes is
guarded by the plan's position, so finishing it twice, or by two workers at once, is finishing it
once.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from pydantic_core import from_json, to_json

from adaptive.monitoring import cell_sums
from adaptive.monitoring.cell_sums import Part
from adaptive.monitoring.dimension import Dimensions
from adaptive.monitoring.outcome import NO_OUTCOME

if TYPE_CHECKING:
    from adaptive.monitoring.dimension import Cell
    from adaptive.monitoring.rollup import Rollup
    from adaptive.ports import Key

_FAST = 1
_KEPT_S = 4 * 86_400
"""Longer than any record of the stream, however late, can refer to it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """For a batch of a shard up to `position`, whose newest report is of `newest_s`. `groups` are
    Groups.dump(), `tallies` session -> Tally.encode().
    """

    shard: int
    position: int
    newest_s: int
    groups: list[list[Any]]
    tallies: dict[str, tuple[bytes, bytes]]

    @property
    def expires_at_s(self) -> int:
        """Until when it is kept, and the tallies."""
        return self.newest_s + _KEPT_S

    def encode(self) -> bytes:
        """For the store: JSON, compressed; the tallies are JSON already."""
        head = to_json([self.shard, str(self.position), self.newest_s, self.groups])
        tallies = b",".join(
            [
                to_json(each) + b":[" + b",".join(tally) + b"]"
                for each, tally in self.tallies.items()
            ]
        )
        return zlib.compress(b"[" + head + b",{" + tallies + b"}]", _FAST)

    @classmethod
    def decode(cls, body: bytes) -> Self:
        """What `encode` wrote."""
        (shard, position, newest_s, groups), stored = from_json(zlib.decompress(body))
        tallies = {
            session: (to_json(outcome), to_json(views))
            for session, (outcome, views) in stored.items()
        }
        return cls(shard, int(position), newest_s, groups, tallies)

    def outcomes(self) -> dict[str, bytes]:
        """Of its sessions, less those of visitors who have none."""
        return {
            session: outcome
            for session, (outcome, _) in self.tallies.items()
            if outcome != NO_OUTCOME
        }

    def cells(self) -> dict[tuple[int, Cell], Rollup]:
        """What each cell of a minute gets, by minute and cell."""
        minutes: dict[int, list[tuple[Dimensions, Part]]] = defaultdict(list)
        for minute, told, *part in self.groups:
            minutes[minute].append((Dimensions._make(told), Part(*part)))
        return {
            (minute, cell): rollup
            for minute, groups in minutes.items()
            for cell, rollup in cell_sums.cells_of(groups).items()
        }


def tally_key(session: str) -> Key:
    """Where a session's tally is kept."""
    return f"session#{session}", "tally"
