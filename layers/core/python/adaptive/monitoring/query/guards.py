"""How far the closed lists that bound the cells are full, and what falls outside of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adaptive.monitoring.dimension import NONE, OTHER, Dimensions, most_cells, values_of
from adaptive.monitoring.query.answer import DimensionGuard, Guards
from adaptive.monitoring.query.figure import counters
from adaptive.monitoring.query.reply import Desk, Reply, instant, named
from adaptive.monitoring.query.scope import scope_of
from adaptive.monitoring.rollup import Field

if TYPE_CHECKING:
    from adaptive.monitoring.query.span import Period, Span


def guards(desk: Desk, period: Period) -> Reply:
    """Raises QueryError, UnavailableError."""
    span = period.span(desk.minute, whole=True)
    possible = values_of(desk.reading.lists)
    found = [_dimension(desk, span, name, possible[name]) for name in Dimensions._fields]
    data = Guards(
        start=instant(span.start),
        end=instant(span.end),
        most_cells=most_cells(desk.reading.lists),
        dimensions=[each for each, _ in found],
    )
    views = max((each.views for each, _ in found), default=0)
    return desk.reply(data, samples=views, units=sum(units for _, units in found), end=span.end)


def _dimension(
    desk: Desk, span: Span, name: str, possible: tuple[str, ...]
) -> tuple[DimensionGuard, float]:
    scope = scope_of([name])
    found = desk.reading.read(scope, span, now=desk.minute)
    views = {
        named(scope, group)[name]: counters(steps[span.start])[Field.VIEWS]
        for group, steps in found.groups.items()
    }
    whole = sum(views.values())
    guard = DimensionGuard(
        dimension=name,
        possible=len(possible),
        seen=sum(count > 0 for count in views.values()),
        views=whole,
        unlisted=views.get(OTHER, 0) / whole if whole else 0,
        unknown=views.get(NONE, 0) / whole if whole else 0,
    )
    return guard, found.units
