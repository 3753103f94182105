"""A figure and how sure it is: 95 % confidence intervals for percentiles and for shares.

Of a percentile: the order statistics that enclose it whatever the distribution (David, Nagaraja,
Order Statistics, 7.1), by the binomial distribution, exact up to EXACT_UP_TO values and by its
normal approximation above; then out to the edges of the sketch's buckets, so that the interval
holds the sketch's own error of 1 %, too. Of a share: Wilson's score interval
(https://doi.org/10.1080/01621459.1927.10502953).
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

CONFIDENCE = 0.95
EXACT_UP_TO = 500

_TAIL = (1 - CONFIDENCE) / 2
_Z = 1.959963984540054


class Estimate(NamedTuple):
    """`value` between `low` and `high`, from `samples`; None is where that many cannot tell."""

    value: float | None
    low: float | None
    high: float | None
    samples: int


NOTHING = Estimate(None, None, None, 0)


@lru_cache(maxsize=8_192)
def ranks(samples: int, q: float) -> tuple[int, int]:
    """Of the order statistics, from 0, that enclose the q-quantile; -1 and `samples` where even
    the extremes do not.
    """
    if samples > EXACT_UP_TO:
        middle, spread = samples * q, _Z * math.sqrt(samples * q * (1 - q))
        return max(math.floor(middle - spread) - 1, -1), min(math.ceil(middle + spread), samples)
    below = 0.0
    low = high = -1
    for rank in range(samples + 1):
        below += _binomial(samples, rank, q)
        if below <= _TAIL:
            low = rank
        if below >= 1 - _TAIL:
            high = rank
            break
    return low, high


def _binomial(n: int, k: int, p: float) -> float:
    ways = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return math.exp(ways + k * math.log(p) + (n - k) * math.log1p(-p))


def share(part: int, whole: int) -> Estimate:
    """0 to 1."""
    if whole <= 0:
        return NOTHING
    value = part / whole
    if not 0 <= value <= 1:
        return Estimate(round(value, 6), None, None, whole)
    weight = _Z * _Z / whole
    middle = (value + weight / 2) / (1 + weight)
    spread = _Z * math.sqrt(value * (1 - value) / whole + weight / (4 * whole)) / (1 + weight)
    low, high = max(middle - spread, 0), min(middle + spread, 1)
    return Estimate(round(value, 6), round(low, 6), round(high, 6), whole)
