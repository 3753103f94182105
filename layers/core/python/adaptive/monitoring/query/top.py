"""Groups ranked by a figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adaptive.monitoring.query import cursor
from adaptive.monitoring.query.answer import Row, Top
from adaptive.monitoring.query.figure import counters
from adaptive.monitoring.query.reply import Desk, Reply, instant, named
from adaptive.monitoring.rollup import Field

if TYPE_CHECKING:
    from adaptive.monitoring.query.figure import Figure
    from adaptive.monitoring.query.scope import Scope
    from adaptive.monitoring.query.span import Period


@dataclass(frozen=True, slots=True)
class Ranking:
    """`ascending`: the least first; groups of fewer than `least_samples` are left out."""

    figure: Figure
    scope: Scope
    ascending: bool
    least_samples: int
    limit: int


def top(desk: Desk, ranking: Ranking, period: Period, following: str | None) -> Reply:
    """`following` is the cursor of a page before; raises QueryError, UnavailableError."""
    question = ranking, period
    minute, offset = desk.minute, 0
    if following is not None:
        minute, offset = cursor.read(following, question=question)
    span = period.span(minute, whole=True)
    figure, scope = ranking.figure, ranking.scope
    found = desk.reading.read(scope, span, now=desk.minute)
    rows = [
        (named(scope, group), figure.of(bodies), counters(bodies)[Field.VIEWS])
        for group, steps in sorted(found.groups.items())
        for bodies in steps.values()
    ]
    whole = sum(views for *_, views in rows)
    kept = [row for row in rows if row[1].samples >= ranking.least_samples]
    sign = 1 if ranking.ascending else -1
    kept.sort(key=lambda row: (row[1].value is None, sign * (row[1].value or 0)))
    end = offset + ranking.limit
    data = Top(
        metric=figure.metric,
        stat=figure.stat,
        unit=figure.unit,
        start=instant(span.start),
        end=instant(span.end),
        total=len(kept),
        rows=[
            Row(group=group, views=views, share=views / whole if whole else 0, **found._asdict())
            for group, found, views in kept[offset:end]
        ],
    )
    return desk.reply(
        data,
        samples=sum(estimate.samples for _, estimate, _ in rows),
        units=found.units,
        end=span.end,
        following=cursor.write(minute=minute, offset=end, question=question)
        if end < len(kept)
        else None,
    )
