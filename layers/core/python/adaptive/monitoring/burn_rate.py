"""How fast an SLO's error budget is spent: multi-window, multi-burn-rate alerts.

The windows and factors are those of Google's SRE workbook
(https://sre.google/workbook/alerting-on-slos/): a burn rate of 1 spends the budget in exactly the
SLO's window. The long window says that it matters, the short one that it still goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adaptive.settings.monitoring import Severity

if TYPE_CHECKING:
    from adaptive.monitoring.sli import Count


@dataclass(frozen=True, slots=True)
class Burn:
    """Told at `factor` times the sustainable rate over both windows, in minutes."""

    factor: float
    long: int
    short: int
    severity: Severity


BURNS = (
    Burn(14.4, 60, 5, Severity.PAGE),
    Burn(6, 6 * 60, 30, Severity.PAGE),
    Burn(1, 3 * 1_440, 6 * 60, Severity.TICKET),
)


def fastest(objective: float) -> float:
    """The burn rate if every event is bad: nothing can exceed it."""
    return 1 / (1 - objective)


def burn_rate(count: Count, objective: float) -> float:
    """1 spends the budget just in time; 0 of nothing."""
    return count.share / (1 - objective)


def unreachable(objective: float) -> tuple[Burn, ...]:
    """Pages that cannot come, since not even a total failure burns so fast."""
    return tuple(
        burn
        for burn in BURNS
        if burn.severity is Severity.PAGE and burn.factor >= fastest(objective)
    )


@dataclass(frozen=True, slots=True)
class BudgetReport:
    """Of an SLO's whole window: `spent` is the share of the budget, above 1 if it is overdrawn."""

    good: int
    bad: int
    achieved: float | None
    spent: float
    burn: float

    @property
    def allows_promotion(self) -> bool:
        """The error-budget policy: nothing risky while the budget is spent."""
        return self.spent < 1


def report(window: Count, last_hour: Count, objective: float) -> BudgetReport:
    """From the bad events of all, over the SLO's window and over the last hour."""
    return BudgetReport(
        good=window.whole - window.part,
        bad=window.part,
        achieved=1 - window.share if window.whole else None,
        spent=burn_rate(window, objective),
        burn=burn_rate(last_hour, objective),
    )
