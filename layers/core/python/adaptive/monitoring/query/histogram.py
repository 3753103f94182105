"""One vital of a group of page views: what percentiles, ratings and pictures are made of."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from adaptive.monitoring import rollup, sketch, vital
from adaptive.monitoring.query.estimate import NOTHING, Estimate, ranks
from adaptive.monitoring.vital import VITALS, Rating

if TYPE_CHECKING:
    from collections.abc import Sequence


class Histogram(NamedTuple):
    """Of VITALS[which]: codes, ascending, and how many of each, at least one."""

    which: int
    codes: Sequence[int]
    counts: Sequence[int]

    def quantile(self, q: float) -> Estimate:
        """In the vital's own unit, with its confidence interval."""
        totals = [*accumulate(self.counts)]
        if not totals:
            return NOTHING
        samples = totals[-1]
        low, high = ranks(samples, q)
        value, lowest, highest = _tables(self.which)
        return Estimate(
            value[self._bucket(totals, int(q * (samples - 1)))],
            lowest[self._bucket(totals, low)] if low >= 0 else None,
            highest[self._bucket(totals, high)] if high < samples else None,
            samples,
        )

    def _bucket(self, totals: list[int], rank: int) -> int:
        return vital.bucket_of(self.codes[bisect_right(totals, rank)])

    @property
    def samples(self) -> int:
        """How many views have it."""
        return sum(self.counts)

    @property
    def ratings(self) -> dict[Rating, int]:
        """How many views were rated so: ratings ascend with the codes."""
        borders = [bisect_left(self.codes, rating, key=vital.rating_of) for rating in Rating]
        return {
            rating: sum(self.counts[first:last])
            for rating, first, last in zip(
                Rating, borders, [*borders[1:], len(self.codes)], strict=True
            )
        }


def read(bodies: Sequence[bytes], index: int) -> Histogram:
    """Of rollups, all together; raises ValueError on what is none."""
    if len(bodies) == 1:
        codes, counts = rollup.vital_of(bodies[0], index)
        if min(counts, default=1) > 0:
            return Histogram(index, codes, counts)
    sums: dict[int, int] = {}
    for body in bodies:
        for code, count in zip(*rollup.vital_of(body, index), strict=True):
            sums[code] = sums.get(code, 0) + count
    # What one shard takes back another may have counted: below zero only while they disagree.
    kept = sorted((code, count) for code, count in sums.items() if count > 0)
    return Histogram(index, [code for code, _ in kept], [count for _, count in kept])


@cache
def _tables(index: int) -> tuple[list[float], list[float], list[float]]:
    """By bucket: what it answers, and its edges."""
    unit = VITALS[index].unit
    buckets = range(sketch.MOST_BUCKETS)
    return (
        [_rounded(sketch.value_of(bucket) * unit) for bucket in buckets],
        [_rounded(sketch.edges_of(bucket)[0] * unit) for bucket in buckets],
        [_rounded(sketch.edges_of(bucket)[1] * unit) for bucket in buckets],
    )


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
