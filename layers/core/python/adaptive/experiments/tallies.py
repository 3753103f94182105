"""What an arm's sessions add up to: whole numbers, so that a session's earlier outcome can be
taken out again exactly when more is heard of it.
"""

from __future__ import annotations

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
    """`sums` by metric: n, y, yy, x, xx, xy; `buckets` of sessions' typical LCP; `drawn` are the
    sessions whose arm chance decided, not their visitor's earlier ones.
    """

    sessions: int = 0
    sums: dict[str, list[int]] = field(default_factory=dict)
    buckets: dict[int, int] = field(default_factory=dict)
    drawn: int = 0

    @classmethod
    def of(
        cls, values: Mapping[str, tuple[int, int]], sign: int = 1, *, returning: bool = False
    ) -> Self:
        """One session's outcome; with sign -1 what takes it out again."""
        sums = {
            name: [sign, sign * y, sign * y * y, sign * x, sign * x * x, sign * x * y]
            for name, (y, x) in values.items()
        }
        bucket = bucket_of(values)
        buckets = {} if bucket is None else {bucket: sign}
        return cls(sign, sums, buckets, 0 if returning else sign)

    def add(self, other: Self) -> None:
        """Another's sessions."""
        self.sessions += other.sessions
        self.drawn += other.drawn
        for name, sums in other.sums.items():
            mine = self.sums.get(name)
            if mine is None:
                self.sums[name] = [*sums]
            else:
                for at, more in enumerate(sums):
                    mine[at] += more
        for bucket, count in other.buckets.items():
            self.buckets[bucket] = self.buckets.get(bucket, 0) + count

    def moments(self, name: str) -> Moments:
        """Of a metric, in its own units."""
        metric = METRICS[name]
        return Moments.load(self.sums.get(name, [0] * _SUMS)).scaled(metric.unit, metric.x_unit)

    @property
    def is_empty(self) -> bool:
        """Whether adding it changes nothing."""
        return not (self.sessions or self.drawn or self._told() or any(self.buckets.values()))

    def encode(self) -> bytes:
        """As JSON; equal tallies are equal bytes."""
        buckets = sorted((bucket, count) for bucket, count in self.buckets.items() if count)
        return to_json([self.sessions, self._told(), buckets, self.drawn])

    @classmethod
    def load(cls, body: bytes) -> Self:
        """What `encode` wrote, before returning visitors were told apart, too."""
        sessions, sums, buckets, *later = from_json(body)
        return cls(sessions, sums, dict(buckets), *(later or [sessions]))

    def _told(self) -> dict[str, list[int]]:
        return {name: sums for name, sums in sorted(self.sums.items()) if any(sums)}
