"""How much of each SLO's error budget is spent: kept hourly, for charts and for experiments."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from adaptive.monitoring.burn_rate import BudgetReport, report
from adaptive.monitoring.rulebook import slo_scope
from adaptive.monitoring.sli import Count, Indicator

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from adaptive.monitoring.rule import Slo
    from adaptive.monitoring.scope import Counts

_DAY, _HOUR = 1_440, 60


class ErrorBudget(BaseModel):
    """Of one SLO, over its `days` up to a minute; see BudgetReport."""

    model_config = ConfigDict(frozen=True)

    slo: str
    objective: float
    days: int
    through: int
    good: int
    bad: int
    achieved: float | None
    spent: float
    burn: float

    @property
    def allows_promotion(self) -> bool:
        """Nothing risky while it is spent."""
        return self.spent < 1


def budget_of(slo: Slo, counts: Counts, now: int) -> BudgetReport:
    """Over the SLO's whole window, up to a minute that is not part of it."""
    scope, indicator = slo_scope(slo), Indicator(slo.metric, slo.slower_than)

    def of(minutes: int) -> Count:
        found = scope.counts(counts, indicator, (now - minutes, now))
        return next(iter(found.values()), Count(0, 0))

    return report(of(slo.days * _DAY), of(_HOUR), slo.objective)


def budgets(slos: Mapping[str, Slo], counts: Counts, now: int) -> tuple[ErrorBudget, ...]:
    """Of all SLOs."""
    return tuple(
        ErrorBudget(
            slo=name,
            objective=slo.objective,
            days=slo.days,
            through=now - 1,
            **asdict(budget_of(slo, counts, now)),
        )
        for name, slo in slos.items()
    )


def spent(found: Iterable[ErrorBudget]) -> list[str]:
    """The SLOs that forbid promotions."""
    return [each.slo for each in found if not each.allows_promotion]
