"""Which cells a rule looks at, and what its groups are called."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from adaptive.monitoring.dimension import FAMILIES, family_name
from adaptive.monitoring.sli import VIEWS, Count, Indicator

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

Group = tuple[tuple[str, str], ...]
"""Dimension and value, as narrowed down and told apart by a rule; () is everything."""

Span = tuple[int, int]
"""Minutes since the epoch, the second not included."""

LAB = ("probe", "location")
"""What probes' results are told apart by: the cells of family `lab`, never visitors'."""


class Counts(Protocol):
    """What has been counted in [start, end), in minutes since the epoch, or in the windows of a
    coarser resolution around it where minutes are not kept so long.
    """

    def over(
        self,
        family: str,
        indicator: Indicator,
        span: Span,
        *,
        values: Collection[str] | None = None,
    ) -> Mapping[str, Count]:
        """By the values of the family's cells, all or these."""

    def quantile(
        self, family: str, values: Collection[str], metric: str, *, q: float, span: Span
    ) -> float | None:
        """Of a vital in these cells together."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The groups `by` among the cells `where`; `dimensions` are those of the family."""

    dimensions: tuple[str, ...]
    by: tuple[str, ...] = ()
    where: tuple[tuple[str, str], ...] = ()
    _groups: dict[str, Group | None] = field(default_factory=dict, compare=False, repr=False)

    @property
    def family(self) -> str:
        """As it stands in keys."""
        return "lab" if self.dimensions == LAB else family_name(self.dimensions)

    def group_of(self, value: str) -> Group | None:
        """None if the cell is not to be looked at."""
        if value not in self._groups:
            words = dict(zip(self.dimensions, value.split(","), strict=False))
            matches = all(words.get(name) == word for name, word in self.where)
            named = tuple((name, words.get(name, "")) for name in self.by)
            self._groups[value] = self.where + named if matches else None
        return self._groups[value]

    def counts(self, counts: Counts, indicator: Indicator, span: Span) -> dict[Group, Count]:
        """By group."""
        found: dict[Group, Count] = {}
        for value, count in counts.over(self.family, indicator, span).items():
            group = self.group_of(value)
            if group is not None:
                before = found.get(group)
                found[group] = count if before is None else _plus(before, count, indicator)
        return found

    def count(self, counts: Counts, indicator: Indicator, span: Span, group: Group) -> Count:
        """Of one group whose cells have been seen before."""
        values = [value for value, of in self._groups.items() if of == group]
        found = Count(0, 0)
        for count in counts.over(self.family, indicator, span, values=values).values():
            found = _plus(found, count, indicator)
        return found

    def quantiles(self, counts: Counts, metric: str, q: float, span: Span) -> dict[Group, float]:
        """Of a vital, by group; groups without a value are left out."""
        values: dict[Group, list[str]] = {}
        for value in counts.over(self.family, Indicator(VIEWS), span):
            group = self.group_of(value)
            if group is not None:
                values.setdefault(group, []).append(value)
        found = {
            group: counts.quantile(self.family, of_group, metric, q=q, span=span)
            for group, of_group in values.items()
        }
        return {group: value for group, value in found.items() if value is not None}


def _plus(one: Count, other: Count, indicator: Indicator) -> Count:
    """Minutes are the same minutes in every cell."""
    whole = max(one.whole, other.whole) if indicator.metric == VIEWS else one.whole + other.whole
    return Count(one.part + other.part, whole)


def dimensions_for(names: Iterable[str]) -> tuple[str, ...] | None:
    """The family whose cells tell just these apart; None if there is none."""
    wanted = set(names)
    if wanted and wanted <= set(LAB):
        return LAB
    return next((family for family in FAMILIES if set(family) == wanted), None)


def overlap(one: Group, other: Group) -> bool:
    """Whether one is part of the other, as far as they are told apart."""
    a, b = set(one), set(other)
    return a <= b or b <= a
