"""Logarithmic buckets: quantiles within 1 % of the true value, exact to merge in any order.

DDSketch's mapping (Masson, Rim, Lee, 2019, https://arxiv.org/abs/1908.10693): bucket i holds what
lies in (g^(i-1), g^i] units, g = 1.01/0.99, and answers with the point that is at most 1 % away
from all of them. A value below one unit counts as 0. Counts are integers, so sketches add up, and
take away, without error.
"""

import math
from collections.abc import Iterable

ACCURACY = 0.01
_GROWTH = (1 + ACCURACY) / (1 - ACCURACY)
_PER_E_FOLD = 1 / math.log(_GROWTH)

MOST_BUCKETS = 1_024
"""What `bucket_of` stays below for any value up to 5 * 10^8 units."""


def bucket_of(value: float) -> int:
    """The bucket of a value, in units; 0 below one unit."""
    return math.ceil(math.log(value) * _PER_E_FOLD) + 1 if value >= 1 else 0


def value_of(bucket: float) -> float:
    """What a bucket answers for its values, in units."""
    return 2 * _GROWTH ** (bucket - 1) / (_GROWTH + 1) if bucket else 0.0


def edges_of(bucket: int) -> tuple[float, float]:
    """Between which values, in units, everything in a bucket lies."""
    return (_GROWTH ** (bucket - 2) if bucket > 1 else bucket, _GROWTH ** (bucket - 1))


def quantile(counts: Iterable[tuple[int, int]], q: float) -> float | None:
    """The value, in units, of rank floor(q * (n - 1)) among n; `counts` are (bucket, how many).

    None of no values.
    """
    ascending = sorted(counts)
    rank = math.floor(q * (sum(count for _, count in ascending) - 1))
    for bucket, count in ascending:
        rank -= count
        if rank < 0:
            return value_of(bucket)
    return None
