"""Where the excess behind an alert is: the values of other dimensions that explain most of it.

Each value's excess is what it has above its own share of the hour before: a country that is always
slow explains nothing. A value speaks if its part of the excess is far above its part of the views.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from adaptive.monitoring.dimension import NONE, Dimensions
from adaptive.monitoring.notice import Concentration
from adaptive.monitoring.scope import Scope, dimensions_for
from adaptive.monitoring.sli import VIEWS, Count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adaptive.monitoring.scope import Counts, Group, Span
    from adaptive.monitoring.sli import Indicator

NAMED = 2
_LIFT = 0.25
_FEW = 20


class Found(NamedTuple):
    """`lift`: the share of the excess, less that of the views."""

    lift: float
    share: float
    dimension: str
    value: str


def concentration(
    counts: Counts, indicator: Indicator, group: Group, *, sign: int, spans: tuple[Span, Span]
) -> tuple[Concentration, ...]:
    """At most NAMED, the one that explains most first; `spans` are now and before.

    `sign` is -1 where too little is the matter. Only what is counted together with the group.
    """
    best = sorted(_best(counts, indicator, group, sign, spans), reverse=True)
    return tuple(
        Concentration(
            dimension=each.dimension, value=each.value, share_of_excess=min(1.0, each.share)
        )
        for each in best[:NAMED]
    )


def _best(
    counts: Counts, indicator: Indicator, group: Group, sign: int, spans: tuple[Span, Span]
) -> Iterator[Found]:
    named = {name for name, _ in group}
    for name in Dimensions._fields:
        family = None if name in named else dimensions_for({*named, name})
        if family is None:
            continue
        scope = Scope(family, (name,), group)
        now, before = (scope.counts(counts, indicator, span) for span in spans)
        minutes = spans[0][1] - spans[0][0] if indicator.metric == VIEWS else None
        found = [*_of_dimension(now, before, sign, minutes)]
        if found:
            yield max(found)


def _of_dimension(
    now: dict[Group, Count], before: dict[Group, Count], sign: int, minutes: int | None
) -> Iterator[Found]:
    """`minutes` if it is views that are counted: then the usual rate is the weight."""
    whole = _sum(before)
    excess = {}
    weight = {}
    for group in now if minutes is None else {*now, *before}:
        was, found = before.get(group, Count(0, 0)), now.get(group, Count(0, 0))
        if minutes is not None:
            weight[group] = was.share
            excess[group] = sign * (found.part - was.share * minutes)
        else:
            usual = was.share if was.whole >= _FEW else whole.share
            weight[group] = float(found.whole)
            excess[group] = sign * (found.part - found.whole * usual)
    total, weights = sum(excess.values()), sum(weight.values())
    if total <= 0 or weights <= 0:
        return
    for group, each in excess.items():
        name, value = group[-1]
        share, lift = each / total, each / total - weight[group] / weights
        if lift >= _LIFT and value != NONE:
            yield Found(lift, share, name, value)


def _sum(counts: dict[Group, Count]) -> Count:
    parts = sum(each.part for each in counts.values())
    return Count(parts, sum(each.whole for each in counts.values()))
