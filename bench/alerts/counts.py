"""The simulated views as the engine asks for them: slices of arrays, and prefix sums."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from adaptive.monitoring.sli import VIEWS, Count, Indicator
from bench.alerts.incident import VALUES
from bench.alerts.world import MINUTES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from adaptive.monitoring.scope import Span
    from bench.alerts.world import Floats, Ints, World

_FAMILIES = {"all": ("",), **{name: tuple(word for word, _ in of) for name, of in VALUES.items()}}


class SimulatedCounts:
    """Times are minutes since `origin`; limits in `fixed` are summed up ahead."""

    def __init__(self, world: World, *, origin: int, fixed: Collection[Indicator]) -> None:
        self._world = world
        self._origin = origin
        self._fixed = {*fixed}
        self._sums = cache(self._summed)
        self._views = cache(self._views_of)

    def over(
        self,
        family: str,
        indicator: Indicator,
        span: Span,
        *,
        values: Collection[str] | None = None,
    ) -> Mapping[str, Count]:
        """See Counts; what is not simulated has no cells."""
        start, end = self._clipped(span)
        metric, limit = indicator.metric, indicator.limit
        there = self._world.counted if limit is None else self._world.measured
        if family not in _FAMILIES or end <= start or (metric != VIEWS and metric not in there):
            return {}
        found = {}
        for value in _FAMILIES[family] if values is None else values:
            views = self._sums(family, value, Indicator(VIEWS))
            whole = views[end] - views[start]
            if not whole:
                continue
            if metric == VIEWS:
                found[value] = Count(whole, end - start)
            elif limit is None or indicator in self._fixed:
                sums = self._sums(family, value, indicator)
                found[value] = Count(sums[end] - sums[start], whole)
            else:
                slow = self._slice(family, value, metric, start, end) > limit
                found[value] = Count(int(np.count_nonzero(slow)), whole)
        return found

    def quantile(
        self, family: str, values: Collection[str], metric: str, *, q: float, span: Span
    ) -> float | None:
        """See Counts."""
        start, end = self._clipped(span)
        if metric not in self._world.measured or end <= start:
            return None
        parts = [self._slice(family, value, metric, start, end) for value in values]
        found = np.concatenate(parts)
        return float(np.quantile(found, q)) if len(found) else None

    def _clipped(self, span: Span) -> Span:
        return max(span[0] - self._origin, 0), min(span[1] - self._origin, MINUTES)

    def _slice(self, family: str, value: str, metric: str, start: int, end: int) -> Floats:
        views = self._sums(family, value, Indicator(VIEWS))
        measured: Floats = self._measured(family, value, metric)[views[start] : views[end]]
        return measured

    def _measured(self, family: str, value: str, metric: str) -> Floats:
        return self._views(family, value)[metric]

    def _views_of(self, family: str, value: str) -> dict[str, Floats]:
        chosen = self._chosen(family, value)
        return {name: each[chosen] for name, each in self._world.measured.items()}

    def _chosen(self, family: str, value: str) -> Ints | slice:
        if family == "all":
            return slice(None)
        found: Ints = np.flatnonzero(self._world.values[family] == _FAMILIES[family].index(value))
        return found

    def _summed(self, family: str, value: str, indicator: Indicator) -> list[int]:
        """How many up to each minute."""
        chosen = self._chosen(family, value)
        minute = self._world.minute[chosen]
        metric, limit = indicator.metric, indicator.limit
        if metric == VIEWS:
            per_minute = np.bincount(minute, minlength=MINUTES)
        elif limit is None:
            weights = self._world.counted[metric][chosen]
            per_minute = np.bincount(minute, weights=weights, minlength=MINUTES)
        else:
            slow = self._views(family, value)[metric] > limit
            per_minute = np.bincount(minute[slow], minlength=MINUTES)
        return [0, *np.cumsum(per_minute.astype(np.int64)).tolist()]
