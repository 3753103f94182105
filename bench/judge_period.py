"""What a period of the judge costs, and how soon it follows from what is counted: for
bench.experiments, on tables in memory.
"""

import math
import random
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from adaptive.delivery.policy import initial
from adaptive.delivery.policy_book import PolicyBook
from adaptive.delivery.trial import BASELINE, CANDIDATE
from adaptive.experiments import cells, guardrail
from adaptive.experiments.consequences import Consequences
from adaptive.experiments.declaration import Experiment
from adaptive.experiments.effect import compare
from adaptive.experiments.holdout import stratum_of
from adaptive.experiments.judge import Judge
from adaptive.experiments.metric import METRICS
from adaptive.experiments.orders import Orders
from adaptive.experiments.registry import Registry, heard
from adaptive.experiments.rollout import RUNNING, State
from adaptive.experiments.tallies import ArmTally
from adaptive.ports import NEVER_S, Key, Versioned, Write
from infra.site import Site
from tests.fakes import InMemoryBus, InMemoryVersionedStore

_AT = datetime(2026, 11, 1, tzinfo=UTC)
_UNIT_BYTES = 4_096  # of a strongly consistent read
_READ_DOLLARS, _GB_S_DOLLARS, _CALL_DOLLARS = 0.125e-6, 0.0000133334, 0.2e-6
_GB = 0.5
_PERIODS_A_MONTH = 43_200
_BUYERS, _FAULTY = 0.03, 0.05  # shares of sessions


class _Court:
    """One experiment on trial, and its judge."""

    def __init__(self, site: Site, **changes: Any) -> None:  # noqa: ANN401 - any field
        self.store = InMemoryVersionedStore()
        self.now = _AT
        registry = Registry(self.store)
        bus: InMemoryBus = InMemoryBus()
        consequences = Consequences(
            registry,
            PolicyBook(InMemoryVersionedStore()),
            bus,
            initial(site.rules, holdout_share=site.holdout.share),
            lambda: self.now,
        )
        declared = site.experiments[0].model_copy(update=changes)
        self.experiment = Experiment.model_validate(declared.model_dump())
        Orders(registry, consequences).start(self.experiment, who="bench", why="bench", at=_AT)
        self.registry, self.judge, self.notices = (
            registry,
            Judge(registry, consequences, lambda: False),
            bus.notices,
        )

    def put(self, day: int, share: float, shard: int, arms: dict[str, ArmTally]) -> None:
        stratum = stratum_of((_AT + timedelta(days=day)).date().isoformat(), share)
        for arm, tally in arms.items():
            for scope in cells.SCOPES:
                for key in cells.keys(self.key, stratum, arm, scope, (), shard):
                    self._write(key, tally.encode())

    @property
    def key(self) -> str:
        return f"{self.experiment.name}.1"

    def period(self) -> State:
        self.now += timedelta(minutes=1)
        self._write(heard(0), b"%d" % self.now.timestamp())
        self.judge.run(self.now)
        [entry] = self.registry.all()
        return entry.standing.state

    def _write(self, key: Key, body: bytes) -> None:
        there = self.store.items.get(key)
        version = there.version if there else None
        self.store.write([Write(key, Versioned(body, (version or 0) + 1), version, NEVER_S)])


def _took_in(tally: ArmTally, chance: random.Random, shift: float) -> None:
    """A session more."""
    log = round(1_000 * (7.6 + shift + chance.gauss(0, 0.6)))
    known, bought = 7_600, int(chance.random() < _BUYERS)
    tally.add(
        ArmTally.of(
            {
                "lcp": (log, known),
                "inp": (round(1_000 * (5 + chance.gauss(0, 0.5))), known),
                "conversion": (bought, known),
                "errors": (int(chance.random() < _FAULTY), 2),
            }
        )
    )


def late_periods(site: Site, runs: int) -> int:
    """How many of so many slow canaries were not rolled back in the very period in which the cells
    proved it.
    """
    late = 0
    for run in range(runs):
        chance = random.Random(run)  # noqa: S311 - reproducible, not secret
        court = _Court(site, steps=(0.5, 1.0))
        arms = {arm: ArmTally() for arm in (BASELINE, CANDIDATE)}
        crossed, state = False, State.CANARY
        while not crossed:
            for arm, tally in arms.items():
                for _ in range(20):
                    _took_in(tally, chance, math.log(1.15) if arm == CANDIDATE else 0)
            court.put(0, 0.5, 0, arms)
            state = court.period()
            crossed = _is_proven(court)
        late += state is not State.ROLLED_BACK or len(court.notices) != 1
    return late


def ends_of(site: Site, runs: int, *, change: float) -> dict[str, float]:
    """Shares of experiments that the judge promotes or rolls back, within 5,000 sessions an arm, a
    hundred each a period, with all the guardrails that the site's own has; the candidate's LCP is
    changed by so much, nothing else of it.
    """
    found: Counter[State] = Counter()
    chance = np.random.default_rng(13)
    for _ in range(runs):
        court = _Court(site, steps=(0.5, 1.0), step_hours=0, bake_hours=0)
        arms = {arm: ArmTally() for arm in (BASELINE, CANDIDATE)}
        state = State.CANARY
        for _ in range(50):
            for arm, tally in arms.items():
                shift = math.log1p(change) if arm == CANDIDATE else 0.0
                tally.add(_sessions(chance, 100, shift))
            court.put(0, 0.5, 0, arms)
            state = court.period()
            if state not in RUNNING:
                break
        found[state] += 1
    return {
        "promoted": found[State.PROMOTED] / runs,
        "rolled_back": found[State.ROLLED_BACK] / runs,
    }


def _sessions(chance: np.random.Generator, count: int, shift: float) -> ArmTally:
    """So many at once."""
    columns = {
        "lcp": (chance.normal(7_600 + 1_000 * shift, 600, count), 7_600),
        "inp": (chance.normal(5_000, 500, count), 7_600),
        "conversion": (chance.random(count) < _BUYERS, 7_600),
        "errors": (chance.random(count) < _FAULTY, 2),
    }
    sums = {}
    for name, (values, x) in columns.items():
        y = np.rint(values).astype(int)
        moments = (count, y.sum(), (y * y).sum(), count * x, count * x * x, y.sum() * x)
        sums[name] = [int(each) for each in moments]
    return ArmTally(count, sums, {})


def _is_proven(court: _Court) -> bool:
    by_stratum = cells.read(court.store, court.key, cells.EXPOSED)
    guardrails = court.experiment.guardrails
    for name, margin in guardrails.items():
        effect = compare(METRICS[name], cells.strata_of(by_stratum, name))
        if effect and guardrail.harm_bound(effect, of=len(guardrails)) > margin:
            return True
    return False


def cost(site: Site, *, days: int = 28, shards: int = 4) -> dict[str, float]:
    """Of a period with one experiment that has run so long, all steps on each day."""
    court = _Court(site)
    chance = random.Random(1)  # noqa: S311
    tally = ArmTally()
    for _ in range(2_000):
        _took_in(tally, chance, 0)
    for day in range(days):
        for share in site.experiments[0].steps[:-1]:
            for shard in range(shards):
                court.put(day, share, shard, {BASELINE: tally, CANDIDATE: tally})
    court.period()
    began = time.process_time()
    count = 20
    for _ in range(count):
        court.period()
    taken_s = (time.process_time() - began) / count
    read = sum(len(item.body) for key, item in court.store.items.items() if "#whole" in key[0])
    units = read / _UNIT_BYTES
    dollars = units * _READ_DOLLARS + taken_s * _GB * _GB_S_DOLLARS + _CALL_DOLLARS
    return {
        "ms_of_cpu": round(taken_s * 1_000, 1),
        "read_units": round(units),
        "dollars_a_month": round(dollars * _PERIODS_A_MONTH, 2),
    }
