"""What a batch changes, decided once and written down before any of it is done.

The plan of a shard's last batch is one item. Writing it is the commit: whoever comes next - the
same batch again, the next one, another worker - first finishes what it says. Each of its changes is
guarded by the plan's position, so finishing it twice, or by two workers at once, is finishing it
once.
"""

from __future__ import annotations

import zlib
from collections import Counter
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
    Tally.dump(), kept until `expires_at_s`.
    """

    shard: int
    position: int
    expires_at_s: int
    groups: list[list[Any]]
    tallies: dict[str, list[Any]]

    def encode(self) -> bytes:
        """For the store."""
        head = [self.shard, str(self.position), self.expires_at_s]
        return zlib.compress(to_json([*head, self.groups, self.tallies]), _FAST)

    @classmethod
    def decode(cls, body: bytes) -> Self:
        """What `encode` wrote."""
        shard, position, *rest = from_json(zlib.decompress(body))
        return cls(shard, int(position), *rest)

    def cells(self) -> dict[tuple[int, Cell], Rollup]:
        """What each cell of a minute gets, by minute and cell."""
        parts: dict[tuple[int, Cell], list[list[Any]]] = {}
        for group in self.groups:
            minute, values = group[0], group[1]
            for cell in dimension.cells_of(Dimensions(*values)):
                parts.setdefault((minute, cell), []).append(group)
        return {place: _sum(groups) for place, groups in parts.items()}


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
