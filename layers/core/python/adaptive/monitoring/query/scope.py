"""Which page views are asked about, and how they are told apart: `by` and `filter`."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from adaptive.errors import QueryError
from adaptive.monitoring.dimension import FAMILIES, Dimensions, Family, choices_of, family_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adaptive.settings.monitoring import RollupLists

Group = tuple[str, ...]
"""The values of `by`, in its order."""


@dataclass(frozen=True, slots=True)
class Scope:
    """`by` names dimensions, `filters` dimension -> the values that count.

    `family` has the cells of both.
    """

    by: Family
    filters: Mapping[str, frozenset[str]]
    family: Family

    @property
    def values(self) -> list[str] | None:
        """Of the family's cells, all that are to be read; None if that is not known before."""
        if any(name not in self.filters for name in self.family):
            return None
        values = [""]
        for place, name in enumerate(self.family):
            joint = "," if place else ""
            values = [f"{head}{joint}{tail}" for head in values for tail in self.filters[name]]
        return sorted(values)

    def group_of(self, value: str) -> Group | None:
        """Of a cell's value; None if it is filtered out."""
        parts = dict(zip(self.family, value.split(","), strict=True)) if self.family else {}
        for name, allowed in self.filters.items():
            if parts[name] not in allowed:
                return None
        return tuple(parts[name] for name in self.by)

    def cells(self, lists: RollupLists) -> int:
        """How many cells of a window are read, at most."""
        if (values := self.values) is not None:
            return len(values)
        choices = choices_of(lists)
        return prod(choices[name] for name in self.family)


def scope_of(by: Sequence[str] = (), filters: Sequence[str] = ()) -> Scope:
    """`filters` are `dimension:value`, of one dimension any of several; raises QueryError."""
    allowed: dict[str, set[str]] = {}
    for text in filters:
        name, colon, value = text.partition(":")
        if not colon or not value:
            raise QueryError(f"{text!r} is not dimension:value", field="filter")
        _require_dimension(name, "filter")
        allowed.setdefault(name, set()).add(value)
    for name in by:
        _require_dimension(name, "by")
    wanted = {*by, *allowed}
    found = next((family for family in FAMILIES if set(family) == wanted), None)
    if found is None or len(set(by)) != len(by):
        names = ", ".join(family_name(family) for family in FAMILIES)
        asked = "+".join(sorted(wanted))
        raise QueryError(f"views are not counted by {asked}, only by {names}", field="by")
    return Scope(tuple(by), {name: frozenset(each) for name, each in allowed.items()}, found)


def _require_dimension(name: str, field: str) -> None:
    if name not in Dimensions._fields:
        raise QueryError(f"{name!r} is not one of {', '.join(Dimensions._fields)}", field=field)
