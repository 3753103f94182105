"""One vital of a group of page views: what percentiles, ratings and pictures are made of."""

from __future__ import annotations

from bisect import bisect_right
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
        """How many views were rated so."""
        found = dict.fromkeys(Rating, 0)
        for code, count in zip(self.codes, self.counts, strict=True):
            found[vital.rating_of(code)] += count
        return found


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
    unit, most = VITALS[index].unit, VITALS[index].most
    buckets = range(sketch.MOST_BUCKETS)
    edges = [sketch.edges_of(bucket) for bucket in buckets]
    # A bucket may reach beyond what there is.
    return (
        [_rounded(min(sketch.value_of(bucket) * unit, most)) for bucket in buckets],
        [_rounded(min(low * unit, most)) for low, _ in edges],
        [_rounded(min(high * unit, most)) for _, high in edges],
    )


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
