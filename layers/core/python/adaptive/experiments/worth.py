"""What adaptation is worth in money, by the holdout: proven, or said not to be.

Gains are differences between the arms, which chance alone divided, times the sessions that were
adapted to. Nothing here compares fast visitors with slow ones: that would be correlation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adaptive.delivery.trial import BASELINE, CANDIDATE, HOLDOUT
from adaptive.experiments import cells
from adaptive.experiments.effect import compare
from adaptive.experiments.evidence import ALPHA, TUNED
from adaptive.experiments.holdout import day_of
from adaptive.experiments.metric import METRICS
from adaptive.experiments.tallies import ArmTally

if TYPE_CHECKING:
    from adaptive.ports import VersionedStore

_BYTES_PER_GB = 1e9


@dataclass(frozen=True, slots=True)
class Amount:
    """Money, with the interval (95 %, at every look) that it lies in."""

    estimate: float
    low: float
    high: float

    def __add__(self, other: Amount) -> Amount:
        """Both errors at once: the widest they can be together."""
        return Amount(self.estimate + other.estimate, self.low + other.low, self.high + other.high)


@dataclass(frozen=True, slots=True)
class Worth:
    """Over `days` with data, of `sessions` that were adapted to; None: too little is known."""

    days: int
    sessions: int
    revenue: Amount | None
    conversions: Amount | None
    egress: Amount | None

    def net(self, cost: float) -> Amount | None:
        """Sales and egress together, less what it cost."""
        if self.revenue is None or self.egress is None:
            return None
        return self.revenue + self.egress + Amount(-cost, -cost, -cost)


def of_adaptation(store: VersionedStore, *, since: str, egress_per_gb: float) -> Worth:
    """From a day (ISO 8601) on; raises UnavailableError."""
    by_stratum = {
        name: arms
        for name, arms in cells.read(store, HOLDOUT, cells.ASSIGNED).items()
        if day_of(name) >= since
    }
    adapted = ArmTally()
    for arms in by_stratum.values():
        adapted.add(arms.get(CANDIDATE, ArmTally()))
    views = adapted.moments("bytes").x

    def amount(name: str, times: float) -> Amount | None:
        effect = compare(METRICS[name], cells.strata_of(by_stratum, name))
        if effect is None:
            return None
        ends = [each * times for each in effect.interval(alpha=ALPHA, rho2=TUNED)]
        return Amount(effect.estimate * times, min(ends), max(ends))

    return Worth(
        days=len({day_of(name) for name, arms in by_stratum.items() if BASELINE in arms}),
        sessions=adapted.sessions,
        revenue=amount("revenue", adapted.sessions),
        conversions=amount("conversion", adapted.sessions),
        egress=amount("bytes", -views * egress_per_gb / _BYTES_PER_GB),
    )
