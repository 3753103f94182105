"""A population gets slow: somebody is told, once; it recovers: they are told, once.

Beacons come by way of the CDN, ingest, the stream and roll_up into cells; the news goes over the
bus, its queue and notify to a receiver behind the topic that e-mail goes to: all as deployed. The
weeks before are written into the table, and the clock is passed in: nobody waits for a recovery.
"""

import json
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

import boto3
import httpx
import pytest

from adaptive.aws.bus import EventBridgeBus
from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.delivery.changes import Change, ChangeLog
from adaptive.monitoring.alerts_store import AlertsStore
from adaptive.monitoring.cells import CellCounts
from adaptive.monitoring.evaluator import Evaluator, assemble
from adaptive.monitoring.rule import Monitoring
from adaptive.monitoring.rules_file import RulesFile
from adaptive.monitoring.sli import Indicator
from adaptive.monitoring.window import Resolution
from adaptive.ports import Write
from adaptive.prediction.watch import watch as detect
from local.cloud import REGION
from local.loop import Loop
from tests.alert_world import START, AlertWorld, views
from tests.samples import envelope, wire_beacon

pytestmark = pytest.mark.journey

SLOW_VIEWS = 120
USUAL = (
    views(50, connection="fast", device="desktop", page_group="front"),
    views(10, connection="slow", device="phone", page_group="front"),
)
_WEEK = 10_080
_WAIT_S = 120
_PHONE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0.0.0 Mobile Safari/537.36"


@dataclass
class AlertJourney:
    """A shipped rule by a name of its own; `heard` are the receiver's messages."""

    loop: Loop
    client: Callable[[str], Any]
    queue_url: str
    table: str
    shipped: str = "slow"
    rule: str = field(default_factory=lambda: f"rule-{secrets.token_hex(4)}")
    heard: list[str] = field(default_factory=list)

    def store(self, table: str) -> DynamoVersionedStore:
        return DynamoVersionedStore(self.client("dynamodb"), table=table)

    @property
    def cells(self) -> DynamoVersionedStore:
        return self.store(self.loop.outputs["AdaptiveMonitoring"]["RollupsTableName"])

    @property
    def changes(self) -> ChangeLog:
        return ChangeLog(self.store(self.loop.outputs["AdaptiveDelivery"]["OperationsTableName"]))

    def evaluator(self) -> Evaluator:
        """As evaluate composes it."""
        site = self.loop.site
        shipped = site.monitoring.rules[self.shipped].model_copy(update={"unless": ()})
        rules = {self.rule: shipped}
        bus = self.loop.outputs["AdaptiveMonitoring"]["AlertBusName"]
        return assemble(
            RulesFile(monitoring=Monitoring(rules=rules), lists=site.rollups.lists),
            detect=detect,
            cells=self.cells,
            alerts=AlertsStore(self.store(self.table)),
            changes=self.changes,
            bus=EventBridgeBus(self.client("events"), bus=bus, pause=time.sleep),
        )

    def count(self, minutes: range, *, resolution: Resolution = Resolution.MINUTE) -> None:
        """Usual visitors, written into the table; what roll_up has counted stays."""
        world = AlertWorld()
        world.count([minute - START for minute in minutes], *USUAL, resolution=resolution)
        self.cells.write(
            [Write(key, item, None, 2_000_000_000) for key, item in world.cells.items.items()]
        )

    def visit_slowly(self) -> int:
        """Phones on slow networks; the minute that is not over when all of them are counted."""
        began = int(time.time()) // 60
        for _ in range(SLOW_VIEWS // 40):
            beacons = [
                wire_beacon(
                    view_id=f"alert-{secrets.token_hex(8)}",
                    page_group="front",
                    network={"ect": "3g"},
                    device={"mobile": True},
                    vitals={"lcp_ms": 14_000},
                )
                for _ in range(40)
            ]
            answer = httpx.post(
                f"{self.loop.base_url}/rum",
                content=envelope(*beacons),
                headers={"content-type": "text/plain", "user-agent": _PHONE},
                timeout=30,
            )
            assert answer.status_code == 202
        now: int = self.wait_for(lambda: self._counted(began))
        return now

    def _counted(self, began: int) -> int | None:
        now = int(time.time()) // 60
        counts = CellCounts(self.cells)
        counts.begin(now + 1)
        slow = Indicator("lcp_ms", 10_000)
        found = counts.over("all", slow, (began, now + 1)).get("")
        return now if found and found.part >= SLOW_VIEWS else None

    def wait_for(self, found: Callable[[], Any]) -> Any:
        """Whatever it finds, asked again while the pipeline works."""
        deadline = time.monotonic() + _WAIT_S
        while time.monotonic() < deadline:
            if (it := found()) is not None:
                return it
            time.sleep(0.5)
        raise AssertionError(f"waited in vain; heard: {self.heard}")

    def listen(self, count: int) -> list[str] | None:
        """All that was heard of the rule, once there are so many."""
        answer = self.client("sqs").receive_message(
            QueueUrl=self.queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=1
        )
        for message in answer.get("Messages", ()):
            if self.rule in (text := json.loads(message["Body"])["Message"]):
                self.heard.append(text)
        return self.heard if len(self.heard) >= count else None


@pytest.fixture
def journey(loop: Loop) -> Iterator[AlertJourney]:
    session = boto3.Session("test", "test", region_name=REGION)
    client = partial(session.client, endpoint_url=loop.endpoint)
    name = f"alerts-{secrets.token_hex(4)}"
    url = client("sqs").create_queue(QueueName=name)["QueueUrl"]
    queue = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    topic = loop.outputs["AdaptiveMonitoring"]["AlertTopicArn"]
    client("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=queue["Attributes"]["QueueArn"]
    )
    keys = {"pk": "HASH", "sk": "RANGE"}
    client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in keys.items()],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        BillingMode="PAY_PER_REQUEST",
    )
    yield AlertJourney(loop, client, url, name)
    client("dynamodb").delete_table(TableName=name)
    client("sqs").delete_queue(QueueUrl=url)


def test_a_slow_population_is_told_once_with_what_explains_it_and_its_recovery_once(
    journey: AlertJourney,
) -> None:
    now = int(time.time()) // 60
    hour = now // 60 * 60
    for week in (1, 2, 3):
        before = range(hour - 60 - week * _WEEK, hour + 61 - week * _WEEK, 60)
        journey.count(before, resolution=Resolution.HOUR)
    journey.count(range(now - 75, now))
    at = datetime.fromtimestamp((now - 10) * 60, UTC)
    journey.changes.append(Change(kind="release", name="v42", who="ci", why="deploy", at=at))
    assert journey.evaluator().run(now).notices == 0

    counted = journey.visit_slowly()
    first, second = journey.evaluator(), journey.evaluator()
    told = [first.run(counted + 2), second.run(counted + 2), first.run(counted + 2)]
    assert [outcome.notices for outcome in told] == [1, 0, 0]
    [firing] = journey.wait_for(lambda: journey.listen(1))
    assert firing.startswith("Page: ")
    assert "device phone: 100% of the excess" in firing
    assert "release v42" in firing

    journey.count(range(counted + 1, counted + 20))
    assert journey.evaluator().run(counted + 20).notices == 1
    assert journey.evaluator().run(counted + 20).notices == 0
    _, resolved = journey.wait_for(lambda: journey.listen(2))
    assert resolved.startswith("Resolved after ")
    assert journey.listen(3) is None


def test_evaluate_runs_as_deployed_with_the_sites_rules(journey: AlertJourney) -> None:
    outputs = journey.loop.outputs["AdaptiveMonitoring"]
    answer = journey.client("lambda").invoke(FunctionName=outputs["EvaluateFunctionName"])
    assert "FunctionError" not in answer
    stored = AlertsStore(journey.store(outputs["AlertsTableName"])).state()
    assert stored is not None
    assert stored.state.known.through >= int(time.time()) // 60 - 4
