"""The one who decides about experiments, a period at a time.

Killed anywhere, it leaves no half state: a decision is one conditional write, and the next period
begins with whatever that left to be done. Two at once are harmless: the slower one's write fails.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adaptive.errors import ConflictError
from adaptive.experiments.evidence import evidence_of
from adaptive.experiments.rollout import judge

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from adaptive.experiments.consequences import Consequences
    from adaptive.experiments.registry import Entry, Registry

FRESH_WITHIN_S = 600
"""Of now must be the newest report that is counted; else the data is late."""


@dataclass(slots=True)
class Period:
    """What a period did: names by the state that they came to, and of those somebody else had.

    `behind_s` is how long ago one that is running was last judged.
    """

    moved: dict[str, str] = field(default_factory=dict)
    frozen: dict[str, str] = field(default_factory=dict)
    contended: list[str] = field(default_factory=list)
    running: int = 0
    behind_s: float = 0


@dataclass(frozen=True, slots=True)
class Judge:
    """`judge`, less Lambda; `budget_is_spent` says whether an error budget is."""

    registry: Registry
    consequences: Consequences
    budget_is_spent: Callable[[], bool]

    def run(self, now: datetime) -> Period:
        """One period; raises UnavailableError, after which the next one goes on."""
        period = Period()
        for entry in self.registry.all():
            try:
                self._judge(entry, now, period)
            except ConflictError:
                period.contended.append(entry.standing.experiment.name)
        return period

    def _judge(self, entry: Entry, now: datetime, period: Period) -> None:
        entry = self.consequences.draw(entry)
        standing = entry.standing
        if not standing.is_running:
            return
        period.running += 1
        if standing.judged_at is not None:
            behind_s = (now - standing.judged_at).total_seconds()
            period.behind_s = max(period.behind_s, behind_s)
        heard_at_s = self.registry.heard_at_s()
        evidence = evidence_of(
            self.registry.store,
            standing,
            is_fresh=heard_at_s is not None and now.timestamp() - heard_at_s <= FRESH_WITHIN_S,
            budget_is_spent=self.budget_is_spent(),
        )
        after = judge(standing, evidence, now)
        moved = self.registry.replace(entry, after)
        name = standing.experiment.name
        if after.state is not standing.state or after.step != standing.step:
            period.moved[name] = after.state
        if after.frozen_because:
            period.frozen[name] = after.frozen_because
        self.consequences.draw(moved)
