"""Nothing risky while an error budget is spent, or while that cannot be known."""

from datetime import UTC, datetime

import pytest

from adaptive.experiments.caution import Caution
from adaptive.monitoring.alerts_store import AlertsStore
from adaptive.monitoring.error_budget import ErrorBudget
from tests.fakes import InMemoryVersionedStore

NOW = datetime(2026, 11, 2, 10, tzinfo=UTC)


def caution(*budgets: tuple[float, int], down: bool = False) -> Caution:
    """Each of a share that is spent, kept so many minutes ago."""
    alerts = AlertsStore(InMemoryVersionedStore())
    alerts.keep_budgets(
        tuple(
            ErrorBudget(
                slo="fast",
                objective=0.75,
                days=28,
                through=int(NOW.timestamp()) // 60 - ago,
                good=1,
                bad=1,
                achieved=0.5,
                spent=share,
                burn=1.0,
            )
            for share, ago in budgets
        )
    )
    alerts.store.down = down  # type: ignore[attr-defined]
    return Caution(alerts, lambda: NOW)


@pytest.mark.parametrize(
    ("budgets", "is_due"),
    [
        ((), False),
        (((0.99, 60),), False),
        (((1.0, 60),), True),
        (((0.2, 60), (1.4, 60)), True),
        (((0.2, 181),), True),
    ],
)
def test_a_spent_budget_or_an_old_one_forbids_promotions(
    budgets: tuple[tuple[float, int], ...],
    is_due: bool,  # noqa: FBT001
) -> None:
    assert caution(*budgets).is_due() is is_due


def test_what_cannot_be_known_forbids_them_too() -> None:
    assert caution((0.2, 60), down=True).is_due()
