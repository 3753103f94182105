"""Simulated visitors of the deployed local cloud, and its judge called whenever they have gone.

Their network is slow: what they wait for is their tier's weight. What they buy is up to the test.
"""

import json
import math
import random
import secrets
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

import boto3
import httpx

from adaptive.aws.bus import EventBridgeBus
from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.delivery.assignment import is_control
from adaptive.delivery.policy import Policy, initial
from adaptive.delivery.policy_book import PolicyBook
from adaptive.delivery.session import SessionId, mint
from adaptive.delivery.trial import CANDIDATE, HOLDOUT
from adaptive.edge.policy import SESSION_COOKIE, TIER_COOKIE, Tier
from adaptive.experiments import cells
from adaptive.experiments.consequences import Consequences
from adaptive.experiments.declaration import Experiment
from adaptive.experiments.orders import Orders
from adaptive.experiments.registry import Registry
from adaptive.experiments.rollout import Standing, State
from local.cloud import REGION
from local.loop import Loop

_AT_ONCE = 4
_TRIES = 5
_WAIT_S = 180
_MEDIAN_LCP_MS = 5_000.0
WEIGHT = {Tier.FULL: 1.0, Tier.STANDARD: 0.7, Tier.LITE: 0.4, Tier.MINIMAL: 0.35}
ALIKE = dict.fromkeys(Tier, 1.0)
"""Of visitors who wait for the server, whatever they are sent."""


@dataclass
class ExperimentJourney:
    """`slow` is how long visitors wait by tier, of what they do at `full`; `buys` the share that
    buys, by tier.
    """

    loop: Loop
    slow: Mapping[Tier, float] = field(default_factory=lambda: WEIGHT)
    buys: Mapping[Tier, float] = field(default_factory=lambda: dict.fromkeys(Tier, 0.3))
    visitors: int = 0
    chance: random.Random = field(default_factory=lambda: random.Random(8))  # noqa: S311

    def __post_init__(self) -> None:
        session = boto3.Session("test", "test", region_name=REGION)
        made: Callable[[str], Any] = lambda name: session.client(  # type: ignore[call-overload] # noqa: E731
            name, endpoint_url=self.loop.endpoint
        )
        outputs, dynamodb = self.loop.outputs, made("dynamodb")
        experiments = outputs["AdaptiveExperiments"]
        self.store = DynamoVersionedStore(dynamodb, table=experiments["ExperimentsTableName"])
        operations = outputs["AdaptiveDelivery"]["OperationsTableName"]
        self.operations = DynamoVersionedStore(dynamodb, table=operations)
        self.functions, self.judge = made("lambda"), experiments["JudgeFunctionName"]
        self.registry, self.book = Registry(self.store), PolicyBook(self.operations)
        bus = outputs["AdaptiveMonitoring"]["AlertBusName"]
        self.alerts = _Alerts(made("events"), made("sqs"), bus)
        site = self.loop.site
        self.initial = initial(site.rules, holdout_share=site.holdout.share)
        self.orders = Orders(
            self.registry,
            Consequences(
                self.registry,
                self.book,
                EventBridgeBus(made("events"), bus=bus, pause=time.sleep),
                self.initial,
                lambda: datetime.now(UTC),
            ),
        )
        self.client = httpx.Client(base_url=self.loop.base_url, timeout=60)

    @property
    def policy(self) -> Policy:
        enacted = self.book.current()
        return enacted.policy if enacted else self.initial

    def put(self, **changes: Any) -> None:
        """As an operator would."""
        policy = self.policy
        changed = policy.model_copy(update=changes)
        at = datetime.now(UTC)
        self.book.put(changed, replacing=policy.version, who="kim", why="journey", at=at)

    def start(self, name: str, changes: dict[str, Any], **further: Any) -> None:
        declared = {
            "name": name,
            "hypothesis": "A journey through the local cloud ends as it must",
            "changes": changes,
            "primary": "lcp",
            "minimum_effect": 0.02,
            "guardrails": {"lcp": 0, "conversion": 0},
            "steps": (0.5, 1),
            "step_hours": 0,
            "bake_hours": 0,
            "maximum_days": 1,
        }
        experiment = Experiment.model_validate({**declared, **further})
        self.orders.start(experiment, who="kim", why="journey", at=datetime.now(UTC))

    def stop_all(self) -> None:
        """What one journey leaves would be in another's way."""
        for each in self.registry.all():
            if each.standing.is_running:
                self.orders.end(
                    each.standing.experiment.name,
                    State.STOPPED,
                    who="kim",
                    why="the journey is over",
                    at=datetime.now(UTC),
                )

    def standing(self, name: str) -> Standing:
        entry = self.registry.find(name)
        assert entry
        return entry.standing

    def next_tier(self, name: str) -> str:
        """What a slow visitor is told who is, or was, a candidate."""
        standing = self.standing(name)
        trial = standing.experiment.trial(0, run=standing.run)
        held_out = partial(
            is_control, share=self.policy.holdout_share, salt=self.loop.site.holdout.salt
        )
        while True:
            session = mint(secrets.token_bytes)
            if trial.arm_of(session) == CANDIDATE and not held_out(session):
                return self.post(session, 0, None, _MEDIAN_LCP_MS)

    def period(self, sessions: int) -> None:
        """So many visitors come; once they are counted, the judge is called."""
        before = self._counted()
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(self._visit, [self.chance.random() for _ in range(sessions)]))
        self.visitors += sessions
        self.await_that(lambda: self._counted() >= before + sessions)
        self.call_judge()

    def call_judge(self) -> None:
        answer = self.functions.invoke(FunctionName=self.judge, Payload=b"{}")
        assert "FunctionError" not in answer, answer["Payload"].read()

    def _visit(self, seed: float) -> None:
        chance = random.Random(seed)  # noqa: S311
        session = mint(secrets.token_bytes)
        lcp_ms = _MEDIAN_LCP_MS * math.exp(chance.gauss(0, 0.25))
        word = self.post(session, 0, None, lcp_ms)
        tier = Tier(word) if word in set(Tier) else Tier.FULL
        waited_ms = lcp_ms * self.slow[tier] * math.exp(chance.gauss(0, 0.1))
        sale = {"name": "checkout", "at_ms": 9, "value": 50, "currency": "EUR"}
        bought = [sale] if chance.random() < self.buys[tier] else []
        self.post(session, 1, word, waited_ms, events=bought)

    def post(
        self, session: SessionId, view: int, tier: str | None, lcp_ms: float, **of_beacon: Any
    ) -> str:
        """A view's only report; the tier of the answer."""
        beacon = {
            "view_id": f"{session[:12]}-{view:04}",
            "page": "/index.html",
            "navigation": "navigate",
            "final": True,
            "tier": tier or "full",
            "vitals": {"lcp_ms": round(lcp_ms), "ttfb_ms": 300},
            **of_beacon,
        }
        for _ in range(_TRIES):  # as the agent does: what is not acknowledged is sent again
            answer = self.client.post(
                "/rum",
                json={"schema": 1, "beacons": [beacon]},
                headers={"cookie": f"{SESSION_COOKIE}={session}", "user-agent": "Mozilla/5.0"},
            )
            if answer.status_code < 500:
                break
        assert answer.status_code == 202, answer.text
        return answer.cookies[TIER_COOKIE]

    def _counted(self) -> int:
        found = cells.read(self.store, HOLDOUT, cells.ASSIGNED)
        # Two views: a session is whole.
        return sum(tally.moments("bounce").n for arms in found.values() for tally in arms.values())

    def await_that(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _WAIT_S
        while not holds():
            assert time.monotonic() < deadline, "it did not come to that"
            time.sleep(0.5)


class _Alerts:
    """A queue of our own behind the alert bus."""

    def __init__(self, events: Any, sqs: Any, bus: str) -> None:
        self._sqs = sqs
        name = f"heard-{secrets.token_hex(4)}"
        self._url = sqs.create_queue(QueueName=name)["QueueUrl"]
        told = sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        pattern = json.dumps({"detail-type": ["Alert"]})
        events.put_rule(Name=name, EventBusName=bus, EventPattern=pattern)
        target = {"Id": "heard", "Arn": told["Attributes"]["QueueArn"]}
        events.put_targets(Rule=name, EventBusName=bus, Targets=[target])
        self._heard: list[dict[str, Any]] = []

    def of(self, experiment: str) -> list[dict[str, Any]]:
        """What was told of it so far."""
        answer = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10)
        self._heard += (json.loads(each["Body"])["detail"] for each in answer.get("Messages", []))
        return [each for each in self._heard if each["group"] == {"experiment": experiment}]
