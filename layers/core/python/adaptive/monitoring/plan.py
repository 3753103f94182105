"""What a batch changes, decided once and written down before any of it is done.

The plan of a shard's last batch is one item. Writing it is the commit: whoever comes next - the
same batch again, the next one, another worker - first finishes what it says. Each of its changes is
guarded by the plan's position, so finishing it twice, or by two workers at once, is finishing it
once.
"""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from pydantic_core import from_json, to_json

from adaptive.monitoring import dimension
from adaptive.monitoring.dimension import Cell, Dimensions
from adaptive.monitoring.rollup import Rollup

if TYPE_CHECKING:
    from adaptive.ports import Key

_FAST = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """For a batch of a shard up to `position`. `groups` are Groups.dump(), `tallies` session ->
    Tally.encode(), kept until `expires_at_s`.
    """

    shard: int
    position: int
    expires_at_s: int
    groups: list[list[Any]]
    tallies: dict[str, bytes]

    def encode(self) -> bytes:
        """For the store: JSON, compressed; the tallies are JSON already."""
        head = to_json([self.shard, str(self.position), self.expires_at_s, self.groups])
        tallies = b",".join([to_json(each) + b":" + body for each, body in self.tallies.items()])
        return zlib.compress(b"[" + head + b",{" + tallies + b"}]", _FAST)

    @classmethod
    def decode(cls, body: bytes) -> Self:
        """What `encode` wrote."""
        (shard, position, expires_at_s, groups), tallies = from_json(zlib.decompress(body))
        bodies = {session: to_json(tally) for session, tally in tallies.items()}
        return cls(shard, int(position), expires_at_s, groups, bodies)

    def cells(self) -> dict[tuple[int, Cell], Rollup]:
        """What each cell of a minute gets, by minute and cell."""
        minutes: dict[int, dict[Cell, list[list[Any]]]] = {}
        for group in self.groups:
            parts = minutes.setdefault(group[0], defaultdict(list))
            for cell in dimension.cells_of(Dimensions._make(group[1])):
                parts[cell].append(group)
        return {
            (minute, cell): _sum(groups)
            for minute, parts in minutes.items()
            for cell, groups in parts.items()
        }


def _sum(groups: list[list[Any]]) -> Rollup:
    plus: list[int] = []
    minus: list[int] = []
    for group in groups:
        plus += group[2]
        minus += group[3]
    codes = Counter(plus)
    if minus:
        codes.subtract(minus)
    fields = [*map(sum, zip(*[group[4] for group in groups], strict=True))]
    return Rollup(fields, codes)


def tally_key(session: str) -> Key:
    """Where a session's tally is kept."""
    return f"session#{session}", "tally"
