"""How far the closed lists that bound the cells are full, and what falls outside of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adaptive.monitoring.dimension import OTHER, Dimensions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adaptive.monitoring.rollup import Rollup


@dataclass(slots=True)
class Cardinality:
    """Of some windows: how many `cells` they took, and by dimension all `views` and those with a
    value that is on no list.
    """

    cells: int = 0
    views: Counter[str] = field(default_factory=Counter)
    unlisted: Counter[str] = field(default_factory=Counter)

    def see(self, family: str, cells: Mapping[str, Rollup]) -> None:
        """All cells of a family in one window, by value."""
        self.cells += len(cells)
        if family in Dimensions._fields:
            self.views[family] += sum(each.views for each in cells.values())
            self.unlisted[family] += cells[OTHER].views if OTHER in cells else 0

    def overflow(self) -> dict[str, float]:
        """By dimension, the share (0-1) of views whose value is on no list."""
        return {name: self.unlisted[name] / views for name, views in self.views.items() if views}
