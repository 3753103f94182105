"""Effects on a quantile of sessions, from the shares of buckets (`monitoring.sketch`).

A session counts once, in the bucket of its own typical value, so buckets hold independent units and
their shares are binomial. The standard error of a quantile is half the distance, in logarithms,
between the quantiles one standard error of the share to either side.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from adaptive.experiments.effect import FEWEST, Effect
from adaptive.monitoring import sketch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adaptive.experiments.metric import Metric

_BUCKET = math.log(sketch.value_of(3) / sketch.value_of(2))
_LEAST_ERROR = _BUCKET / math.sqrt(12)
"""What rounding to buckets costs."""


def compare_at(
    metric: Metric, q: float, control: Mapping[int, int], treatment: Mapping[int, int]
) -> Effect | None:
    """The effect on the quantile's logarithm; bucket -> sessions. None if there are too few."""
    n, m = sum(control.values()), sum(treatment.values())
    if min(n, m) < FEWEST:
        return None
    (a, error_a), (b, error_b) = (_logarithm(arm, q) for arm in (control, treatment))
    return Effect(metric, b - a, math.hypot(error_a, error_b), n * m / (n + m), math.exp(a), n, m)


def _logarithm(buckets: Mapping[int, int], q: float) -> tuple[float, float]:
    """Of the quantile, and its standard error."""
    step = math.sqrt(q * (1 - q) / sum(buckets.values()))
    low, middle, high = (_at(buckets, min(max(each, 0), 1)) for each in (q - step, q, q + step))
    return middle, math.hypot((high - low) / 2, _LEAST_ERROR)


def _at(buckets: Mapping[int, int], q: float) -> float:
    """The logarithm of a quantile, as if values were spread evenly over their bucket."""
    left = q * sum(buckets.values())
    top = 0.0
    for bucket, count in sorted(buckets.items()):
        if not count:
            continue
        top = math.log(sketch.value_of(bucket)) + _BUCKET / 2 if bucket else 0.0
        if left <= count:
            return top - _BUCKET * (1 - left / count)
        left -= count
    return top
