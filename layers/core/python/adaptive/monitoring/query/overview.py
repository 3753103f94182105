"""The site's state at a glance, beside the same hours a week before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adaptive.errors import QueryError
from adaptive.monitoring import vital
from adaptive.monitoring.query import estimate, histogram
from adaptive.monitoring.query.answer import Estimated, GroupNow, Overview, VitalNow
from adaptive.monitoring.query.distribution import ratings_of
from adaptive.monitoring.query.figure import counters, figure_of
from adaptive.monitoring.query.reply import Desk, Reply, instant, named
from adaptive.monitoring.query.scope import scope_of
from adaptive.monitoring.query.span import RANGES, Period
from adaptive.monitoring.rollup import Field
from adaptive.monitoring.vital import INDEX, VITALS
from adaptive.monitoring.window import MINUTES_PER_DAY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adaptive.monitoring.query.estimate import Estimate
    from adaptive.monitoring.query.span import Span

_WEEK = 7 * MINUTES_PER_DAY
_MEDIAN, _P75 = 0.5, 0.75
_BY = ("page_group", "country", "device", "connection", "tier")


def overview(desk: Desk, period: Period) -> Reply:
    """Raises QueryError, UnavailableError."""
    span = period.span(desk.minute, whole=True)
    if RANGES[period.word or "24h"] > _WEEK:
        raise QueryError("a glance is at a week at most", field="range")
    everybody, cost = _whole(desk, span)
    before, cost_before = _whole(desk, _week_before(span, desk.minute))
    told = {name: _groups(desk, span, name) for name in _BY}
    sums, sums_before = counters(everybody), counters(before)
    seconds = (min(span.end, desk.minute + 1) - span.start) * 60
    measured = sums[Field.MEASURED]
    data = Overview(
        start=instant(span.start),
        end=instant(span.end),
        views=sums[Field.VIEWS],
        views_per_s=sums[Field.VIEWS] / seconds,
        requests_per_s=sums[Field.REQUESTS] / seconds,
        sessions=sums[Field.SESSIONS],
        views_week_before=sums_before[Field.VIEWS],
        failing=_failing(sums),
        errors=sums[Field.ERRORS],
        conversions=sums[Field.CONVERSIONS],
        bytes_per_view=sums[Field.BYTES] / measured if measured else None,
        vitals=[_vital(index, everybody, before) for index in range(len(VITALS))],
        page_groups=told["page_group"][0],
        countries=told["country"][0],
        devices=told["device"][0],
        connections=told["connection"][0],
        tiers=told["tier"][0],
    )
    units = cost + cost_before + sum(each for _, each in told.values())
    return desk.reply(data, samples=sums[Field.VIEWS], units=units, end=span.end)


def rating_of(index: int, value: float | None) -> str | None:
    """Of a figure, by the limits of its vital."""
    if value is None:
        return None
    return vital.rating_of(vital.code_of(index, value)).name.lower()


def _week_before(span: Span, now: int) -> Span:
    """About the same hours: minutes are not kept that long."""
    first, last = (instant(minute - _WEEK) for minute in (span.start, span.end))
    return Period(first=first, last=last).span(now, whole=True)


def _whole(desk: Desk, span: Span) -> tuple[Sequence[bytes], float]:
    found = desk.reading.read(scope_of(), span, now=desk.minute)
    return [body for steps in found.groups.values() for body in steps[span.start]], found.units


def _vital(index: int, bodies: Sequence[bytes], bodies_before: Sequence[bytes]) -> VitalNow:
    found = histogram.read(bodies, index)
    now, before = found.quantile(_P75), histogram.read(bodies_before, index).quantile(_P75)
    return VitalNow(
        metric=VITALS[index].name,
        unit=figure_of(VITALS[index].name, None).unit,
        p50=_estimated(found.quantile(_MEDIAN)),
        p75=_estimated(now),
        rating=rating_of(index, now.value),
        ratings=ratings_of(found),
        week_before=_estimated(before),
        change=now.value / before.value - 1 if now.value is not None and before.value else None,
        differs=_apart(now, before),
    )


def _apart(one: Estimate, other: Estimate) -> bool:
    """Whether their intervals are; what has no end on a side reaches everywhere."""
    return any(
        low is not None and high is not None and low > high
        for low, high in ((one.low, other.high), (other.low, one.high))
    )


def _groups(desk: Desk, span: Span, by: str) -> tuple[list[GroupNow], float]:
    """Most views first."""
    scope = scope_of([by])
    found = desk.reading.read(scope, span, now=desk.minute)
    lcp = INDEX["lcp_ms"]
    told = []
    counted = [
        (named(scope, group), bodies, counters(bodies))
        for group, steps in sorted(found.groups.items())
        for bodies in steps.values()
    ]
    whole = sum(sums[Field.VIEWS] for *_, sums in counted)
    for group, bodies, sums in counted:
        slow = histogram.read(bodies, lcp).quantile(_P75)
        told.append(
            GroupNow(
                group=group,
                views=sums[Field.VIEWS],
                share=sums[Field.VIEWS] / whole if whole else 0,
                failing=_failing(sums),
                lcp_p75=_estimated(slow),
                rating=rating_of(lcp, slow.value),
            )
        )
    return sorted(told, key=lambda each: -each.views), found.units


def _failing(sums: Sequence[int]) -> Estimated:
    return _estimated(estimate.share(sums[Field.FAILING], sums[Field.VIEWS]))


def _estimated(found: Estimate) -> Estimated:
    return Estimated(**found._asdict())
