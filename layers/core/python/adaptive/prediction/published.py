"""A forecast as it is kept for whoever shows it or acts on it, and where."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads it
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from adaptive.prediction.history import more_is_better

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adaptive.monitoring.dimension import Cell
    from adaptive.ports import Key
    from adaptive.prediction.calendar import LocalForecast

_WITHIN_H = 24


class Breach(BaseModel):
    """That the measure is beyond the limit in any hour of the next `within_h`: above it, or below
    where more is better.
    """

    model_config = ConfigDict(frozen=True)

    limit: float
    within_h: int
    probability: float


class Published(BaseModel):
    """Hourly values from `begins_at` (UTC) on; `low_80` to `high_80` hold 80 % of cases.

    `error` and `naive_error` are mean absolute errors in past windows, of this forecast and of
    seasonal naive, None while there are no such windows; `unknown` are places of hours in a known
    event whose effect is not. `highest` is the highest of all hours, had they missed as in each of
    the past windows, ascending.
    """

    model_config = ConfigDict(frozen=True)

    family: str
    value: str
    measure: str
    begins_at: datetime
    expected: tuple[float, ...]
    low_80: tuple[float, ...]
    high_80: tuple[float, ...]
    low_95: tuple[float, ...]
    high_95: tuple[float, ...]
    highest: tuple[float, ...] = ()
    unknown: tuple[int, ...] = ()
    breach: Breach | None = None
    shares: dict[str, float]
    error: float | None
    naive_error: float | None


def of(
    local: LocalForecast, cell: Cell, measure: str, *, begins_at: datetime, limit: float | None
) -> Published:
    """As it is kept; `limit` is the objective of the measure, None if it has none."""
    found = local.found
    narrow, broad = found.interval(0.8), found.interval(0.95)
    breach = limit and Breach(
        limit=limit,
        within_h=_WITHIN_H,
        probability=round(
            found.breach(limit, within_h=_WITHIN_H, above=not more_is_better(measure)), 4
        ),
    )
    return Published(
        family=cell.family,
        value=cell.value,
        measure=measure,
        begins_at=begins_at,
        expected=_rounded(found.expected),
        low_80=_rounded([low for low, _ in narrow]),
        high_80=_rounded([high for _, high in narrow]),
        low_95=_rounded([low for low, _ in broad]),
        high_95=_rounded([high for _, high in broad]),
        highest=_rounded(found.extremes(within_h=len(found.expected))),
        unknown=local.unknown,
        breach=breach or None,
        shares={name: round(share, 4) for name, share in found.shares.items()},
        error=found.error,
        naive_error=found.naive_error,
    )


def _rounded(values: Sequence[float]) -> tuple[float, ...]:
    """To seven digits, which is more than any of them is known to."""
    return tuple(float(f"{value:.7g}") for value in values)


def partition(family: str) -> str:
    """Where all forecasts of a family are."""
    return f"forecast#{family}"


def key(family: str, value: str, measure: str) -> Key:
    """Of a forecast's item."""
    return partition(family), f"{value}#{measure}"


def history_key(family: str, value: str) -> Key:
    """Of the hours that forecasts of a group of views are made from."""
    return f"history#{family}", f"{value}#hours"


def backtest_key(published: Published) -> Key:
    """How forecasts did, one item a week."""
    year, week, _ = published.begins_at.isocalendar()
    return (
        f"backtest#{published.family}",
        f"{published.value}#{published.measure}#{year}-W{week:02}",
    )
