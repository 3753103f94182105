"""Figures over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adaptive.monitoring.query.answer import Line, Series
from adaptive.monitoring.query.estimate import NOTHING
from adaptive.monitoring.query.reply import Desk, Reply, in_order, instant, named

if TYPE_CHECKING:
    from adaptive.monitoring.query.figure import Figure
    from adaptive.monitoring.query.reading import Steps
    from adaptive.monitoring.query.scope import Scope
    from adaptive.monitoring.query.span import Span


def series(desk: Desk, figure: Figure, scope: Scope, span: Span) -> Reply:
    """A line per group; raises QueryError, UnavailableError."""
    found = desk.reading.read(scope, span, now=desk.minute)
    lines = [_line(figure, named(scope, group), steps, span) for group, steps in in_order(found)]
    data = Series.model_construct(
        metric=figure.metric,
        stat=figure.stat,
        unit=figure.unit,
        start=instant(span.start),
        end=instant(span.end),
        step_s=span.step * 60,
        resolution=span.resolution.word,
        at=[step * 60 for step in span.steps],
        series=lines,
    )
    samples = sum(line.samples for line in lines)
    return desk.reply(data, samples=samples, units=found.units, end=span.end)


def _line(figure: Figure, group: dict[str, str], steps: Steps, span: Span) -> Line:
    found = [figure.of(steps[step]) if step in steps else NOTHING for step in span.steps]
    return Line.model_construct(
        group=group,
        samples=sum(each.samples for each in found),
        value=[each.value for each in found],
        low=[each.low for each in found],
        high=[each.high for each in found],
        n=[each.samples for each in found],
    )
