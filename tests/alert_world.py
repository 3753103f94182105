"""A site with rules, cells of its views in memory, and an evaluator with a bus to listen to."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from adaptive.delivery.changes import ChangeLog
from adaptive.monitoring import dimension, window
from adaptive.monitoring.alerts_store import AlertsStore
from adaptive.monitoring.dimension import Cell, Dimensions
from adaptive.monitoring.error_budget import ErrorBudget
from adaptive.monitoring.evaluator import Evaluator, Outcome, assemble
from adaptive.monitoring.notice import Notice
from adaptive.monitoring.rollup import Field, Rollup
from adaptive.monitoring.rule import Monitoring
from adaptive.monitoring.rules_file import RulesFile
from adaptive.monitoring.silence import Silence
from adaptive.monitoring.vital import INDEX, code_of
from adaptive.monitoring.window import Resolution
from adaptive.ports import NEVER_S, Versioned, VersionedStore, Write
from adaptive.prediction.watch import watch as detect
from tests.fakes import InMemoryBus, InMemoryVersionedStore
from tests.samples import ROLL_UP

START = int(datetime(2026, 11, 2, 10, tzinfo=UTC).timestamp()) // 60
LISTS = ROLL_UP.lists

SLOW: dict[str, Any] = {
    "kind": "threshold",
    "metric": "lcp_ms",
    "percentile": 75,
    "above": 4_000.0,
    "severity": "page",
    "window_minutes": (5,),
    "runbook": "alert-slow",
    "why": "Poor by the Web Vitals.",
}
FAILING: dict[str, Any] = {
    "kind": "threshold",
    "metric": "failing",
    "above": 0.05,
    "severity": "page",
    "window_minutes": (5,),
    "runbook": "alert-errors",
    "why": "Pages fail in the browser.",
}
NO_VIEWS: dict[str, Any] = {
    "kind": "absence",
    "severity": "page",
    "window_minutes": (5,),
    "min_samples": 50,
    "runbook": "alert-traffic",
    "why": "Nobody is measured.",
}


def monitoring(**changes: Any) -> Monitoring:
    """With one rule, `slow`, unless told otherwise."""
    return Monitoring.model_validate_json(json.dumps({"rules": {"slow": SLOW}, **changes}))


def views(
    count: int, *, lcp_ms: float = 1_500, failing: int = 0, **dimensions: str
) -> tuple[Dimensions, Rollup]:
    """So many alike."""
    values = {
        "page_group": "front",
        "country": "DE",
        "device": "phone",
        "connection": "fast",
        "browser": "chrome",
        "tier": "full",
        "release": "1.0",
        "arm": "treatment",
        **dimensions,
    }
    rollup = Rollup(codes=Counter({code_of(INDEX["lcp_ms"], lcp_ms): count}))
    rollup.fields[Field.VIEWS] = count
    rollup.fields[Field.FAILING] = rollup.fields[Field.ERRORS] = failing
    return Dimensions(**values), rollup


Views = tuple[Dimensions, Rollup]


@dataclass
class AlertWorld:
    rules: Monitoring = field(default_factory=monitoring)
    cells: InMemoryVersionedStore = field(default_factory=InMemoryVersionedStore)
    table: InMemoryVersionedStore = field(default_factory=InMemoryVersionedStore)
    operations: InMemoryVersionedStore = field(default_factory=InMemoryVersionedStore)
    bus: InMemoryBus = field(default_factory=InMemoryBus)

    @property
    def alerts(self) -> AlertsStore:
        return AlertsStore(self.table)

    @property
    def changes(self) -> ChangeLog:
        return ChangeLog(self.operations)

    @property
    def told(self) -> list[Notice]:
        return self.bus.notices

    def evaluator(self) -> Evaluator:
        """One that remembers nothing."""
        return assemble(
            RulesFile(monitoring=self.rules, lists=LISTS),
            detect=detect,
            cells=self.cells,
            alerts=self.alerts,
            changes=self.changes,
            bus=self.bus,
        )

    def count(
        self, minutes: Iterable[int], *groups: Views, resolution: Resolution = Resolution.MINUTE
    ) -> None:
        """The same views in each of the windows, minutes after START."""
        for minute in minutes:
            sums: dict[Cell, Rollup] = {}
            for dimensions, rollup in groups:
                for cell in dimension.cells_of(dimensions):
                    sums.setdefault(cell, Rollup()).add(rollup)
            shard = 0 if resolution is Resolution.MINUTE else None
            for cell, rollup in sums.items():
                key = window.key(resolution, cell, START + minute, shard=shard)
                self.cells.items[key] = Versioned(rollup.encode(), 1)

    def run(self, minute: int) -> Outcome:
        """A cold start at this minute after START, which is not over."""
        return self.evaluator().run(START + minute)

    def run_through(self, minutes: Iterable[int]) -> None:
        """A warm function, minute by minute."""
        evaluator = self.evaluator()
        for minute in minutes:
            evaluator.run(START + minute)


def in_trouble(table: VersionedStore, now: int) -> None:
    """Into an empty table: one alert firing at this minute since the epoch, one SLO overspent, one
    rule silenced.
    """
    world, minute = AlertWorld(), now - START
    world.count(range(minute - 20, minute + 1), views(40, lcp_ms=9_000, country="FR"))
    world.run_through(range(minute - 8, minute + 1))
    world.alerts.keep_budgets(
        (
            ErrorBudget(
                slo="fast",
                objective=0.9,
                days=28,
                through=now - 1,
                good=800,
                bad=200,
                achieved=0.8,
                spent=2,
                burn=3.5,
            ),
        )
    )
    at = datetime.fromtimestamp(now * 60, UTC)
    silence = Silence(
        id="s1",
        rule="failing",
        starts_at=at - timedelta(hours=1),
        ends_at=at + timedelta(hours=1),
        who="ana",
        why="the form is being mended",
    )
    world.alerts.silence(silence)
    over = {"id": "s0", "starts_at": at - timedelta(hours=3), "ends_at": at - timedelta(hours=2)}
    world.alerts.silence(silence.model_copy(update=over))
    table.write([Write(key, item, None, NEVER_S) for key, item in world.table.items.items()])


def phases(told: Iterable[Notice]) -> list[tuple[str, str]]:
    return [(each.rule, str(each.phase)) for each in told]
