"""Indicators: every rule asks for a part of a whole, both of which add up over cells.

A percentile is such a question, too: p75 is above 4 s if and only if more than a quarter of the
values are. So windows, groups and burn rates are sums of two integers, and chance can be told
from change: see `excess`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass
from itertools import accumulate
from math import copysign, inf, log, sqrt
from typing import TYPE_CHECKING, NamedTuple

from adaptive.monitoring.rollup import Field
from adaptive.monitoring.vital import INDEX, VITALS, code_of, first_code, value_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from adaptive.monitoring.rollup import Rollup

VIEWS = "views"
RATIOS = {
    "failing": (Field.FAILING, Field.VIEWS),
    "hidden": (Field.HIDDEN, Field.VIEWS),
    "errors": (Field.ERRORS, Field.VIEWS),
    "conversions": (Field.CONVERSIONS, Field.VIEWS),
    "bytes": (Field.BYTES, Field.MEASURED),
    "requests": (Field.REQUESTS, Field.MEASURED),
    "script_bytes": (Field.SCRIPT_BYTES, Field.MEASURED),
}
"""Counters per view; `failing` are views with an error, so that one bad tab counts once."""

SHARES = ("failing", "hidden")
"""Those of them that are at most one a view."""

METRICS = (*INDEX, *RATIOS, VIEWS)

_CORRELATION = 2.0
"""By how much the variance of a count exceeds that of independent views: sessions report several
views each, from one device and one network."""


class Count(NamedTuple):
    """`part` of a `whole`: slow of measured, errors of views, views of minutes."""

    part: int
    whole: int

    @property
    def share(self) -> float:
        """0 of nothing."""
        return self.part / self.whole if self.whole else 0.0


@dataclass(frozen=True, slots=True)
class Indicator:
    """A metric; of a vital the values above `limit`, in its unit."""

    metric: str
    limit: float | None = None

    @property
    def is_share(self) -> bool:
        """Whether the part is one of views, so at most the whole."""
        return self.limit is not None or self.metric in SHARES


class Digest:
    """A sum of rollups, made to be asked about many limits."""

    __slots__ = ("_codes", "_sums", "fields")

    def __init__(self, rollups: Iterable[Rollup]) -> None:
        self.fields = [0] * len(Field)
        codes: Counter[int] = Counter()
        for rollup in rollups:
            self.fields = [a + b for a, b in zip(self.fields, rollup.fields, strict=True)]
            for code, count in rollup.codes.items():
                codes[code] += count
        self._codes = sorted(codes)
        self._sums = [0, *accumulate(codes[code] for code in self._codes)]

    def count(self, indicator: Indicator, *, minutes: int) -> Count:
        """Over a window of so many minutes."""
        metric, limit = indicator.metric, indicator.limit
        if limit is not None:
            index = INDEX[metric]
            first = bisect_left(self._codes, first_code(index))
            last = bisect_left(self._codes, first_code(index + 1))
            code = code_of(index, min(limit, VITALS[index].most))
            above = bisect_right(self._codes, code, first, last)
            sums = self._sums
            return Count(sums[last] - sums[above], sums[last] - sums[first])
        if metric == VIEWS:
            return Count(self.fields[Field.VIEWS], minutes)
        part, whole = RATIOS[metric]
        return Count(self.fields[part], self.fields[whole])

    def quantile(self, metric: str, q: float) -> float | None:
        """In the vital's unit, within 1 %; None if no view has it."""
        index = INDEX[metric]
        first = bisect_left(self._codes, first_code(index))
        last = bisect_left(self._codes, first_code(index + 1))
        total = self._sums[last] - self._sums[first]
        if total <= 0:
            return None
        rank = self._sums[first] + int(q * (total - 1))
        at = bisect_right(self._sums, rank, first, last + 1) - 1
        return value_of(self._codes[at])


def excess(count: Count, limit: float, *, is_share: bool, error: float = 0.0) -> float:
    """By how many standard deviations the part is above `limit` times the whole; negative below.

    Of views that are or are not (binomial), or of things counted (Poisson), by the signed root of
    the deviance, which holds for small numbers, too; `error` is the standard deviation of the
    limit itself.
    """
    part, whole = count
    expected = whole * limit
    if expected <= 0:
        return inf if part else 0.0
    deviance = part * log(part / expected) if part else 0.0
    variance = expected
    if is_share and limit < 1:
        rest = whole - part
        deviance += rest * log(rest / (whole - expected)) if rest else 0.0
        variance *= 1 - limit
    else:
        deviance -= part - expected
    spread = _CORRELATION + (whole * error) ** 2 / variance
    return copysign(sqrt(2 * max(deviance, 0.0) / spread), part - expected)
