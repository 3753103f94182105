"""How a vital's values are distributed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from adaptive.errors import QueryError
from adaptive.monitoring import sketch, vital
from adaptive.monitoring.query import histogram
from adaptive.monitoring.query.answer import Bar, Distribution, Estimated, Ratings, Shape
from adaptive.monitoring.query.figure import PERCENTILES, figure_of
from adaptive.monitoring.query.reply import Desk, Reply, in_order, instant, named
from adaptive.monitoring.vital import INDEX, VITALS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from adaptive.monitoring.query.histogram import Histogram
    from adaptive.monitoring.query.scope import Scope
    from adaptive.monitoring.query.span import Span

_BUCKETS_A_BAR = 5
"""A bar spans a tenth of its values."""


def distribution(desk: Desk, metric: str, scope: Scope, span: Span) -> Reply:
    """A shape per group, over the whole span; raises QueryError, UnavailableError."""
    if metric not in INDEX:
        raise QueryError(f"metric is one of {', '.join(INDEX)}", field="metric")
    found = desk.reading.read(scope, span, now=desk.minute)
    index = INDEX[metric]
    shapes = [
        _shape(named(scope, group), histogram.read(bodies, index))
        for group, steps in in_order(found)
        for bodies in steps.values()
    ]
    limits = VITALS[index]
    data = Distribution(
        metric=metric,
        unit=figure_of(metric, None).unit,
        good=limits.good,
        poor=limits.poor,
        start=instant(span.start),
        end=instant(span.end),
        groups=shapes,
    )
    samples = sum(shape.samples for shape in shapes)
    return desk.reply(data, samples=samples, units=found.units, end=span.end)


def ratings_of(found: Histogram) -> Ratings:
    """As an answer has them."""
    return Ratings(**{rating.name.lower(): n for rating, n in found.ratings.items()})


def _shape(group: dict[str, str], found: Histogram) -> Shape:
    return Shape(
        group=group,
        samples=found.samples,
        percentiles={
            name: Estimated(**found.quantile(q)._asdict()) for name, q in PERCENTILES.items()
        },
        ratings=ratings_of(found),
        bars=[*_bars(found)],
    )


def _bars(found: Histogram) -> Iterator[Bar]:
    """Of one rating each: a limit of a rating is a border between bars."""
    unit = VITALS[found.which].unit
    bars: Counter[tuple[int, int]] = Counter()
    for code, count in zip(found.codes, found.counts, strict=True):
        bars[_bar_of(code)] += count
    for (bar, rating), count in sorted(bars.items()):
        low, high = _edges(bar)
        yield Bar(
            low=round(low * unit, 4),
            high=round(high * unit, 4),
            n=count,
            rating=vital.Rating(rating).name.lower(),
        )


def _bar_of(code: int) -> tuple[int, int]:
    return vital.bucket_of(code) // _BUCKETS_A_BAR, vital.rating_of(code)


def _edges(bar: int) -> Sequence[float]:
    first = bar * _BUCKETS_A_BAR
    return sketch.edges_of(first)[0], sketch.edges_of(first + _BUCKETS_A_BAR - 1)[1]
