"""Experiments on stores in memory: reports are recorded, the judge is called, time goes by."""

import json
import math
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from adaptive.delivery.assignment import is_control
from adaptive.delivery.ledger import Record
from adaptive.delivery.policy import Policy
from adaptive.delivery.policy_book import PolicyBook
from adaptive.delivery.session import SessionId
from adaptive.delivery.trial import CANDIDATE, HOLDOUT, arms_of
from adaptive.experiments.consequences import Consequences
from adaptive.experiments.declaration import Experiment
from adaptive.experiments.judge import Judge, Period
from adaptive.experiments.orders import Orders
from adaptive.experiments.recorder import Outcome, Recorder
from adaptive.experiments.registry import Registry
from adaptive.experiments.rollout import Standing
from adaptive.ports import VersionedStore
from tests.fakes import InMemoryBus, InMemoryDeadLetters, InMemoryVersionedStore
from tests.samples import INITIAL, RECORD

AT = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)

QUICKER: dict[str, Any] = {
    "name": "quicker",
    "hypothesis": "Aiming at two seconds makes pages faster and costs no sales",
    "changes": {"target": {"lcp_ms": 2_000, "inp_ms": 200, "share": 0.75}},
    "primary": "lcp",
    "minimum_effect": 0.02,
    "guardrails": {"lcp": 0, "conversion": 0, "revenue": 0},
    "steps": (0.05, 0.25, 0.5, 1),
    "step_hours": 0.1,
    "bake_hours": 0.2,
}


def experiment(**changes: Any) -> Experiment:
    return Experiment.model_validate({**QUICKER, **changes})


def report(
    session: str = "A" * 22,
    *,
    at: datetime = AT,
    view: int = 0,
    of_arrival: dict[str, Any] | None = None,
    **of_beacon: Any,
) -> bytes:
    return json.dumps(
        {
            "session_id": session,
            "received_at": at.isoformat(),
            "device_class": "phone",
            "country": "DE",
            **(of_arrival or {}),
            "beacon": {
                "view_id": f"view-{view:04}",
                "sequence": 0,
                "page": "/",
                "navigation": "navigate",
                **of_beacon,
            },
        }
    ).encode()


@dataclass
class ExperimentWorld:
    """`store` is the Experiments table, `operations` the one with the policy."""

    store: InMemoryVersionedStore = field(default_factory=InMemoryVersionedStore)
    operations: InMemoryVersionedStore = field(default_factory=InMemoryVersionedStore)
    letters: InMemoryDeadLetters = field(default_factory=InMemoryDeadLetters)
    bus: InMemoryBus = field(default_factory=InMemoryBus)
    policy_at_first: Policy = INITIAL
    now: datetime = AT
    last: int = 0
    visitors: int = 0
    budget_is_spent: bool = False
    chance: random.Random = field(default_factory=lambda: random.Random(3))  # noqa: S311

    @property
    def book(self) -> PolicyBook:
        return PolicyBook(self.operations)

    @property
    def policy(self) -> Policy:
        enacted = self.book.current()
        return enacted.policy if enacted else self.policy_at_first

    def recorder(self, store: VersionedStore | None = None) -> Recorder:
        return Recorder(
            RECORD,
            store or self.store,
            self.letters,
            lambda version: self.book.at(version).policy if version else self.policy_at_first,
        )

    def record(self, *batch: bytes, shard: int = 0) -> Outcome:
        numbered = [Record(self.last + at, data, shard) for at, data in enumerate(batch, start=1)]
        self.last += len(batch)
        return self.recorder().post(numbered)

    def consequences(
        self, store: VersionedStore | None = None, operations: VersionedStore | None = None
    ) -> Consequences:
        return Consequences(
            Registry(store or self.store),
            PolicyBook(operations or self.operations),
            self.bus,
            self.policy_at_first,
            lambda: self.now,
        )

    @property
    def orders(self) -> Orders:
        return Orders(Registry(self.store), self.consequences())

    def judge(
        self, store: VersionedStore | None = None, operations: VersionedStore | None = None
    ) -> Judge:
        return Judge(
            Registry(store or self.store),
            self.consequences(store, operations),
            lambda: self.budget_is_spent,
        )

    def start(self, **changes: Any) -> Standing:
        return self.orders.start(experiment(**changes), who="kim", why="to try", at=self.now)

    def standing(self, name: str = "quicker") -> Standing:
        entry = Registry(self.store).find(name)
        assert entry
        return entry.standing

    def period(self, minutes: float = 1) -> Period:
        self.now += timedelta(minutes=minutes)
        return self.judge().run(self.now)

    def visit(
        self, count: int, *, faster: float = 1.0, buys: float = 0.04, candidate_buys: float = 0.04
    ) -> None:
        """So many sessions of two views; candidates' are `faster` times as slow; without a
        trial, all those that are adapted to are."""
        policy = self.policy
        batch: list[bytes] = []
        for _ in range(count):
            self.visitors += 1
            session = f"{self.visitors:022}"
            arms = arms_of(SessionId(session), policy.trials)
            held_out = is_control(
                SessionId(session), share=policy.holdout_share, salt=RECORD.holdout_salt
            )
            on_trial = CANDIDATE in arms.values() if policy.trials else True
            mine = on_trial and not held_out
            typical = 7.8 + self.chance.gauss(0, 0.5)
            share = candidate_buys if mine else buys
            bought = self.chance.random() < share
            told: dict[str, Any] = {"policy": policy.version, "exposed": [HOLDOUT, *arms]}
            for view in range(2):
                slow = math.log(faster) if mine and view else 0
                lcp_ms = math.exp(typical + slow + self.chance.gauss(0, 0.3))
                sale = {"name": "checkout", "at_ms": 5, "value": 80.0, "currency": "EUR"}
                batch.append(
                    report(
                        session,
                        at=self.now,
                        view=view,
                        of_arrival=told,
                        vitals={"lcp_ms": lcp_ms},
                        events=[sale] if view and bought else [],
                    )
                )
        self.record(*batch)
