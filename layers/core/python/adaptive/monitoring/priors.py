"""Measures what new visitors are held for: how views of their country, device and connection would
have been at `full`, from the last day's hour rollups.

A view counts as its equivalent at `full` (adaptive.delivery.evidence), never as it was experienced:
who was served a lighter tier would look quicker than he is.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adaptive.delivery import evidence, prior
from adaptive.delivery.prior import PLACE, Priors
from adaptive.delivery.session import Prior
from adaptive.monitoring import merging, vital, window
from adaptive.monitoring.dimension import OTHER, at_full_cells
from adaptive.monitoring.rollup import Rollup
from adaptive.monitoring.window import Resolution
from adaptive.ports import Versioned, Write

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from adaptive.ports import VersionedStore
    from adaptive.settings.monitoring import RollupLists

FEWEST_VIEWS = 100
"""Of a cell, before it stands for itself; and as many with an INP, which else is a coarser cell's.
"""

_HOURS = 24
_LCP, _MOVED, _INP = "lcp_at_full_ms", "moved_at_full_ms", "inp_at_full_ms"
_QUARTILES = 2 * 0.6745  # standard deviations between them, where it is normal
_LEAST_SPREAD, _MOST_SPREAD = 0.3, 1.5


@dataclass(frozen=True, slots=True)
class Surveying:
    """`merged` says how far hours are merged; `operations` is where the priors are put."""

    cells: VersionedStore
    merged: VersionedStore
    operations: VersionedStore
    lists: RollupLists

    def run(self) -> Priors | None:
        """Once for every hour that is merged, else None; raises UnavailableError."""
        through = merging.reached(self.merged, Resolution.HOUR)
        known = self.operations.read([PLACE]).get(PLACE)
        if through is None or (known and known.version >= through):
            return None
        found = Priors(through=through, cells=dict(measured(self._rollups(through))))
        body = found.model_dump_json().encode()
        expires_at_s = through * 60 + prior.STALE_AFTER_S
        replacing = known.version if known else None
        new = Versioned(body, through)
        self.operations.write([Write(PLACE, new, replacing, expires_at_s)])
        return found

    def _rollups(self, through: int) -> dict[str, Rollup]:
        """By all cells that a view is in, of the last day."""
        keys = {
            window.key(Resolution.HOUR, cell, through - ago * 60): cell.value.split(",")
            for cell in at_full_cells(self.lists)
            for ago in range(1, _HOURS + 1)
        }
        sums: defaultdict[str, Rollup] = defaultdict(Rollup)
        for key, item in self.cells.read([*keys]).items():
            if (rollup := Rollup.read(item.body)) is not None:
                for name in prior.names(*keys[key]):
                    sums[name].add(rollup)
        return sums


def measured(sums: Mapping[str, Rollup]) -> Iterator[tuple[str, Prior]]:
    """Of the cells with enough views, by name."""
    for name, rollup in sums.items():
        country, device, connection = name.split(",")
        if country == OTHER or rollup.count(_LCP) < FEWEST_VIEWS:
            continue
        coarser = (sums[each] for each in prior.names(country, device, connection) if each in sums)
        tapped = next((each for each in coarser if each.count(_INP) >= FEWEST_VIEWS), None)
        lcp_ms, moved_ms = _median(rollup, _LCP), _median(rollup, _MOVED)
        moved_ms = min(moved_ms, lcp_ms)
        yield (
            name,
            Prior(
                fixed_ms=round(lcp_ms - moved_ms, 1),
                moved_ms=round(moved_ms, 1),
                inp_ms=round(_median(tapped, _INP), 1) if tapped else evidence.USUAL.inp_ms,
                lcp_spread=_spread(rollup, _LCP),
                inp_spread=_spread(tapped, _INP) if tapped else evidence.USUAL.inp_spread,
                of=name,
            ),
        )


def _median(rollup: Rollup, name: str) -> float:
    return min(rollup.quantile(name, 0.5) or 0.0, vital.named(name)[1].most)


def _spread(rollup: Rollup, name: str) -> float:
    """Of the logarithm, from the quartiles: outliers do not widen it."""
    low, high = (max(rollup.quantile(name, q) or 0, 1) for q in (0.25, 0.75))
    return round(min(max(math.log(high / low) / _QUARTILES, _LEAST_SPREAD), _MOST_SPREAD), 3)
