"""Everything that can be asked for: vitals, counters, and what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adaptive.errors import QueryError
from adaptive.monitoring import rollup
from adaptive.monitoring.query import estimate, histogram
from adaptive.monitoring.query.estimate import Estimate
from adaptive.monitoring.rollup import Field
from adaptive.monitoring.vital import INDEX, Rating

if TYPE_CHECKING:
    from collections.abc import Sequence

PERCENTILES = {"p50": 0.5, "p75": 0.75, "p90": 0.9, "p95": 0.95, "p99": 0.99}
RATINGS = {rating.name.lower(): rating for rating in Rating}
OF_VITALS = (*PERCENTILES, *RATINGS, "count")
COUNTERS = {field.name.lower(): field for field in Field}
OF_COUNTERS = ("sum", "per_view")
METRICS = (*INDEX, *COUNTERS)
STATS = (*OF_VITALS, *OF_COUNTERS)

_UNITS = {
    "cls": "score",
    "uxi": "points",
    "score": "points",
    "bytes": "bytes",
    "script_bytes": "bytes",
}
_SHARES = ("hidden", "soft", "measured", "failing")
"""Counters of views, at most one each: per view they are shares."""

_OF_MEASURED = ("bytes", "requests", "script_bytes")


@dataclass(frozen=True, slots=True)
class Figure:
    """`metric` is one of METRICS, `stat` one of STATS that fits it."""

    metric: str
    stat: str

    @property
    def is_vital(self) -> bool:
        """Else it is a counter."""
        return self.metric in INDEX

    @property
    def unit(self) -> str:
        """Of its values."""
        if self.stat in RATINGS or (self.stat == "per_view" and self.metric in _SHARES):
            return "share"
        if self.stat == "count":
            return "views"
        if self.metric.endswith("_ms"):
            return "ms"
        unit = _UNITS.get(self.metric, "count")
        return unit if self.stat != "per_view" else f"{unit}/view"

    def of(self, bodies: Sequence[bytes]) -> Estimate:
        """Of rollups taken together."""
        if not self.is_vital:
            return self._counted(bodies)
        found = histogram.read(bodies, INDEX[self.metric])
        if self.stat in PERCENTILES:
            return found.quantile(PERCENTILES[self.stat])
        if self.stat == "count":
            return Estimate(found.samples, found.samples, found.samples, found.samples)
        return estimate.share(found.ratings[RATINGS[self.stat]], found.samples)

    def _counted(self, bodies: Sequence[bytes]) -> Estimate:
        sums = counters(bodies)
        value, views = sums[COUNTERS[self.metric]], sums[Field.VIEWS]
        if self.stat == "sum":
            return Estimate(value, value, value, views)
        if self.metric in _SHARES:
            return estimate.share(value, views)
        counted = sums[Field.MEASURED] if self.metric in _OF_MEASURED else views
        return Estimate(round(value / counted, 4) if counted else None, None, None, counted)


def figure_of(metric: str, stat: str | None) -> Figure:
    """By default the 75th percentile of a vital, the sum of a counter; raises QueryError."""
    if metric not in METRICS:
        raise QueryError(f"metric is one of {', '.join(METRICS)}", field="metric")
    fitting = OF_VITALS if metric in INDEX else OF_COUNTERS
    chosen = stat or ("p75" if metric in INDEX else "sum")
    if chosen not in fitting:
        raise QueryError(f"stat of {metric} is one of {', '.join(fitting)}", field="stat")
    return Figure(metric, chosen)


def counters(bodies: Sequence[bytes]) -> list[int]:
    """By Field."""
    return [*map(sum, zip(*map(rollup.fields_of, bodies), strict=True))] or [0] * len(Field)
