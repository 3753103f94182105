"""Whether anything risky may be done: not while an SLO's error budget is spent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adaptive.errors import UnavailableError
from adaptive.monitoring.error_budget import spent

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from adaptive.monitoring.alerts_store import AlertsStore

_KEPT_WITHIN_MINUTES = 180
"""Budgets are kept hourly: older ones say that nobody evaluates."""


@dataclass(frozen=True, slots=True)
class Caution:
    """By what `evaluate` keeps of the SLOs."""

    alerts: AlertsStore
    now: Callable[[], datetime]

    def is_due(self) -> bool:
        """Whether any budget is spent; as long as that cannot be known, it is."""
        try:
            budgets = self.alerts.budgets()
        except UnavailableError:
            return True
        minute = self.now().timestamp() / 60
        return bool(spent(budgets)) or any(
            minute - each.through > _KEPT_WITHIN_MINUTES for each in budgets
        )
