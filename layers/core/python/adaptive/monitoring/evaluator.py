"""`evaluate`, less Lambda: judges every minute once, in order, whatever is retried or run twice.

All that follows from a run is written as one item, if that is still the one that was read: that is
the transition. Notices are part of it, and are sent afterwards; whoever comes next sends what may
not have been sent. So a crash sends something twice at worst, under the same id, and never nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from adaptive.monitoring import lab
from adaptive.monitoring.briefing import Briefing
from adaptive.monitoring.cells import CellCounts
from adaptive.monitoring.error_budget import budgets
from adaptive.monitoring.evaluation import Evaluation, Known
from adaptive.monitoring.rulebook import watches
from adaptive.monitoring.series_store import SeriesStore
from adaptive.monitoring.state import State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adaptive.delivery.changes import ChangeLog
    from adaptive.monitoring.alerts_store import AlertsStore
    from adaptive.monitoring.anomalous import Detect
    from adaptive.monitoring.notice import Notice
    from adaptive.monitoring.rule import Slo
    from adaptive.monitoring.rules_file import RulesFile
    from adaptive.ports import Bus, Key, Versioned, VersionedStore

MOST_MINUTES = 60  # in one run: an hour to catch up on
MOST_BEHIND = 6 * 60
"""What is older when evaluation comes back is lost: nobody is helped by news of this morning."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did; `behind` are minutes that are due and not judged yet."""

    minutes: int
    notices: int
    behind: int
    lost: int
    firing: int
    won: bool = True


@dataclass(frozen=True, slots=True)
class Evaluator:
    """`delay`: minutes to wait after a minute's end."""

    evaluation: Evaluation
    counts: CellCounts
    briefing: Briefing
    alerts: AlertsStore
    series: SeriesStore
    bus: Bus[Notice]
    slos: Mapping[str, Slo]
    delay: int

    def run(self, now: int) -> Outcome:
        """All minutes that are due at a minute that is not over; raises UnavailableError."""
        due = now - 1 - self.delay
        stored = self.alerts.state()
        state = stored.state if stored else State(Known(due - 1))
        if state.outbox:
            self._send(state.outbox)
        before = self._recalled(state, due)
        after = self._judged(replace(state, outbox=()), due, now)
        if after.known.through == state.known.through and not state.outbox:
            return _outcome(state, after, due)
        if not self.alerts.replace(stored, after, now):
            return replace(_outcome(state, after, due), notices=0, won=False)
        if self.slos and (stored is None or _hour(after) > _hour(state)):
            self.alerts.keep_budgets(budgets(self.slos, self.counts, after.known.through + 1))
        if after.outbox:
            self._send(after.outbox)
            sent = self.alerts.state()
            if sent is not None and sent.state == after:
                self.alerts.replace(sent, replace(after, outbox=()), now)
        self.series.keep(self.evaluation.watches, before)
        return _outcome(state, after, due)

    def _recalled(self, state: State, due: int) -> dict[Key, Versioned]:
        """What anomaly rules know, if there are minutes to be judged."""
        is_due = state.known.through < due
        return self.series.recall(self.evaluation.watches) if is_due else {}

    def _judged(self, state: State, due: int, now: int) -> State:
        known, lost = state.known, state.lost
        skipped = max(0, due - MOST_BEHIND - known.through)
        if skipped:
            known, lost = replace(known, through=known.through + skipped), lost + skipped
        outbox: list[Notice] = []
        silences = self.alerts.silences() if known.through < due else []
        last = min(due, known.through + MOST_MINUTES)
        self.counts.begin(now)
        while known.through < last:
            before = known
            known, tellings = self.evaluation.step(known, self.counts, silences)
            for telling in tellings:
                watch = self.evaluation.watches.get(telling.key.rule)
                alert = known.alerts.get(telling.key) or before.alerts.get(telling.key)
                if watch is not None and alert is not None:
                    outbox.append(
                        self.briefing.notice(telling, watch, alert.judgement, known.through)
                    )
        return State(known, tuple(outbox), lost)

    def _send(self, notices: tuple[Notice, ...]) -> None:
        self.alerts.record(notices)
        self.bus.publish(notices)


def assemble(
    rules: RulesFile,
    *,
    detect: Detect,
    cells: VersionedStore,
    alerts: AlertsStore,
    changes: ChangeLog,
    bus: Bus[Notice],
) -> Evaluator:
    """From the site's rules and the stores."""
    monitoring = rules.monitoring
    counts = CellCounts(cells)
    return Evaluator(
        evaluation=Evaluation(
            watches(monitoring, rules.lists, detect),
            monitoring.join_minutes,
            monitoring.repeat_minutes,
        ),
        counts=counts,
        briefing=Briefing(
            counts,
            changes.between,
            monitoring.dashboard_url,
            monitoring.runbooks_url,
            probes=partial(lab.read_latest, cells),
        ),
        alerts=alerts,
        series=SeriesStore(alerts.store),
        bus=bus,
        slos=monitoring.slos,
        delay=monitoring.delay_minutes,
    )


def _hour(state: State) -> int:
    return state.known.through // 60


def _outcome(before: State, after: State, due: int) -> Outcome:
    return Outcome(
        minutes=after.known.through - before.known.through - (after.lost - before.lost),
        notices=len(after.outbox),
        behind=due - after.known.through,
        lost=after.lost - before.lost,
        firing=sum(each.is_firing for each in after.known.alerts.values()),
    )
