"""What an arm's sessions add up to: whole numbers, so that a session's earlier outcome can be
taken out again exactly when more is heard of it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from pydantic_core import from_json, to_json

from adaptive.experiments.course import bucket_of
from adaptive.experiments.metric import METRICS
from adaptive.experiments.moments import Moments

if TYPE_CHECKING:
    from collections.abc import Mapping

_SUMS = 6


@dataclass(slots=True)
class ArmTally:
    """`sums` by metric: n, y, yy, x, xx, xy; `buckets` of sessions' typical LCP."""

    sessions: int = 0
    sums: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0] * _SUMS))
    buckets: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def take(self, values: Mapping[str, tuple[int, int]], sign: int) -> None:
        """A session's outcome in, or with sign -1 out again; none at all is no session."""
        if not values:
            return
        self.sessions += sign
        for name, (y, x) in values.items():
            self._grow(name, [sign * each for each in (1, y, y * y, x, x * x, x * y)])
        if (bucket := bucket_of(values)) is not None:
            self.buckets[bucket] += sign

    def add(self, other: Self) -> None:
        """Another's sessions."""
        self.sessions += other.sessions
        for name, sums in other.sums.items():
            self._grow(name, sums)
        for bucket, count in other.buckets.items():
            self.buckets[bucket] += count

    def moments(self, name: str) -> Moments:
        """Of a metric, in its own units."""
        metric = METRICS[name]
        return Moments.load(self.sums.get(name, [0] * _SUMS)).scaled(metric.unit, metric.x_unit)

    @property
    def is_empty(self) -> bool:
        """Whether adding it changes nothing."""
        return not (self.sessions or self._told() or any(self.buckets.values()))

    def encode(self) -> bytes:
        """As JSON; equal tallies are equal bytes."""
        buckets = sorted((bucket, count) for bucket, count in self.buckets.items() if count)
        return to_json([self.sessions, self._told(), buckets])

    @classmethod
    def load(cls, body: bytes) -> Self:
        """What `encode` wrote."""
        made = cls()
        made.sessions, sums, buckets = from_json(body)
        made.sums.update(sums)
        made.buckets.update(dict(buckets))
        return made

    def _grow(self, name: str, sums: list[int]) -> None:
        self.sums[name] = [a + b for a, b in zip(self.sums[name], sums, strict=True)]

    def _told(self) -> dict[str, list[int]]:
        return {name: sums for name, sums in sorted(self.sums.items()) if any(sums)}
