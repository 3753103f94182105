"""All that recommendations are made from: what is forecast, what was measured, what is deployed."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from adaptive.monitoring.dimension import Cell
from adaptive.monitoring.rollup import Rollup
from adaptive.prediction.advice.recommendation import Interval
from adaptive.prediction.cloud import FAMILY as CLOUD
from adaptive.prediction.forecast import chance_above

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adaptive.delivery.policy import Policy
    from adaptive.prediction.history import History
    from adaptive.prediction.oddity import Oddity
    from adaptive.prediction.prices import Prices
    from adaptive.prediction.published import Published
    from adaptive.settings.prediction import Deployed

WITHIN_H = 24
SPREAD_80 = 1.2816
"""Standard errors on either side that hold 80 % of cases."""

_QUANTILE = 0.75
_BUCKET = 0.01
"""Of a value: how far a rollup's own buckets may be off."""


@dataclass(frozen=True, slots=True)
class Situation:
    """`forecasts` by family, value and measure; `recent` are the views of the last day, `by_hour`
    those of two days of releases; `past` are the hours that forecasts are made from.

    `lately` are the views of the last three hours, `oddities` what anomaly rules found of them.
    `burst` is the load of the busiest five minutes of the day over that of its busiest hour.
    """

    at: datetime
    deployed: Deployed
    policy: Policy
    prices: Prices
    limits: Mapping[str, float]
    forecasts: Mapping[tuple[str, str, str], Published] = field(default_factory=dict)
    recent: Mapping[Cell, Rollup] = field(default_factory=dict)
    by_hour: Mapping[Cell, Mapping[int, Rollup]] = field(default_factory=dict)
    past: Mapping[Cell, History] = field(default_factory=dict)
    lately: Mapping[Cell, Rollup] = field(default_factory=dict)
    oddities: Sequence[Oddity] = ()
    burst: float = 2.0

    def forecast(self, family: str, value: str, measure: str) -> Published | None:
        """None if there is none."""
        return self.forecasts.get((family, value, measure))

    def cloud(self, part: str, measure: str) -> Published | None:
        """What is forecast of a part of the deployment."""
        return self.forecast(CLOUD, part, measure)

    @property
    def views(self) -> Published | None:
        """Of all page views."""
        return self.forecast("all", "", "views")

    def views_of(self, cell: Cell) -> Rollup:
        """Of the last day; empty if there are none."""
        return self.recent.get(cell, Rollup())

    def share_of(self, cell: Cell) -> float:
        """Of all views of the last day (0-1)."""
        whole = sum(each.views for key, each in self.recent.items() if key.family == cell.family)
        return self.views_of(cell).views / whole if whole else 0.0

    def odd(self, *metrics: str) -> list[Oddity]:
        """What goes on of these metrics."""
        return [each for each in self.oddities if each.metric in metrics]

    def refused(self, part: str) -> float:
        """Calls or writes that a part of the deployment refused in the last day."""
        return sum(self.hours(Cell(CLOUD, part), "throttles", last=WITHIN_H))

    def hours(self, cell: Cell, measure: str, *, last: int) -> list[float]:
        """The last known values, oldest first."""
        history = self.past.get(cell)
        values: Sequence[float | None] = history.series.get(measure, []) if history else []
        return [value for value in values[-last:] if value is not None]


def percentile(rollup: Rollup, vital: str) -> Interval:
    """The 75th of what was measured, by order statistics; something must have been."""
    reach = SPREAD_80 * math.sqrt(_QUANTILE * (1 - _QUANTILE) / rollup.count(vital))
    low, middle, high = (
        rollup.quantile(vital, q) or 0.0
        for q in (_QUANTILE - reach, _QUANTILE, min(_QUANTILE + reach, 1.0))
    )
    return Interval(
        expected=middle,
        low=min(low, middle * (1 - _BUCKET)),
        high=max(high, middle * (1 + _BUCKET)),
    )


def likely(found: Published, level: float) -> float:
    """The probability (0-1) that any hour of the forecast is above the level, by what forecasts of
    the series have missed by.
    """
    return round(chance_above(found.highest, level), 4)


def worst(found: Published, *, hours: int | None = None) -> tuple[int, Interval]:
    """At which place the highest value is expected, and its 80 % interval."""
    expected = found.expected[:hours]
    place = max(range(len(expected)), key=expected.__getitem__)
    return place, Interval(
        expected=expected[place], low=found.low_80[place], high=found.high_80[place]
    )


def exceeded_at(found: Published, limit: float) -> datetime:
    """When the limit is first expected to be exceeded, or what comes nearest to that."""
    first = next((at for at, value in enumerate(found.expected) if value > limit), None)
    return found.begins_at + timedelta(hours=worst(found)[0] if first is None else first)
