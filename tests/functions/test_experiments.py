"""`record` and `judge` on moto: from the stream to a policy rolled back."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from adaptive.aws.bus import EventBridgeBus
from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.delivery.policy_book import PolicyBook
from adaptive.experiments import cells
from adaptive.experiments.consequences import Consequences
from adaptive.experiments.orders import Orders
from adaptive.experiments.registry import Registry
from adaptive.experiments.rollout import State
from adaptive.ports import NEVER_S, Write
from lambdas.experiments.judge import handler as judging
from lambdas.experiments.record import handler as recording
from tests.experiment_world import AT, ExperimentWorld, experiment, report
from tests.functions.conftest import DEAD_LETTERS
from tests.functions.test_score import event
from tests.samples import INITIAL, JUDGE, RECORD


@pytest.fixture
def deployed(aws: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    for name, text in {**RECORD.environment(), **JUDGE.environment()}.items():
        monkeypatch.setenv(name, text)
    events, queue = boto3.client("events"), boto3.client("sqs")
    events.create_event_bus(Name=JUDGE.alert_bus)
    url = queue.create_queue(QueueName="heard")["QueueUrl"]
    arn = queue.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    pattern = json.dumps({"detail-type": ["Alert"]})
    events.put_rule(Name="all", EventBusName=JUDGE.alert_bus, EventPattern=pattern)
    target: Any = {"Id": "heard", "Arn": arn["QueueArn"]}
    events.put_targets(Rule="all", EventBusName=JUDGE.alert_bus, Targets=[target])
    caches = (recording._recorder.cache_clear, judging._judge.cache_clear)  # noqa: SLF001
    for clear in caches:
        clear()
    yield SimpleNamespace(
        deliver=lambda batch: recording.lambda_handler(event_at_once(batch), None),
        heard=lambda: queue.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get(
            "Messages", []
        ),
        bus=EventBridgeBus(events, bus=JUDGE.alert_bus, pause=lambda _: None),
        **vars(aws),
    )
    for clear in caches:
        clear()


def event_at_once(batch: list[bytes]) -> dict[str, Any]:
    """That the stream took when we received it, not when the sample was made."""
    made = event(batch)
    for record in made["Records"]:
        record["kinesis"]["approximateArrivalTimestamp"] = AT.timestamp()
    return made


def store(aws: SimpleNamespace, table: str = RECORD.experiments_table) -> DynamoVersionedStore:
    return DynamoVersionedStore(aws.dynamodb, table=table)


def test_poison_is_buried_and_the_rest_of_the_batch_is_counted(deployed: SimpleNamespace) -> None:
    assert deployed.deliver([b"\xff", report(), b"{}"]) == {"batchItemFailures": []}
    [arms] = cells.read(store(deployed), "holdout", cells.ASSIGNED).values()
    assert sum(each.sessions for each in arms.values()) == 1
    keys = [each["Key"] for each in deployed.s3.list_objects_v2(Bucket=DEAD_LETTERS)["Contents"]]
    assert all(key.startswith("beacons/record/") for key in keys)
    assert len(keys) == 2


def test_a_batch_delivered_twice_has_its_effect_once(deployed: SimpleNamespace) -> None:
    batch = [report(), report(view=1), report("B" * 22)]
    deployed.deliver(batch)
    once = deployed.dynamodb.scan(TableName=RECORD.experiments_table)["Items"]
    deployed.deliver(batch)
    recording._recorder.cache_clear()  # noqa: SLF001 - another worker
    deployed.deliver(batch)
    assert deployed.dynamodb.scan(TableName=RECORD.experiments_table)["Items"] == once


def test_without_a_table_every_record_is_asked_for_again(deployed: SimpleNamespace) -> None:
    deployed.dynamodb.delete_table(TableName=RECORD.experiments_table)
    assert len(deployed.deliver([report(), report(view=1)])["batchItemFailures"]) == 2


def test_harm_rolls_the_policy_back_and_is_told_on_the_bus(deployed: SimpleNamespace) -> None:
    experiments = store(deployed)
    book = PolicyBook(store(deployed, RECORD.operations_table))
    registry = Registry(experiments)
    now = datetime.now(UTC)
    consequences = Consequences(registry, book, deployed.bus, INITIAL, lambda: now)
    changed = experiment(steps=(0.5, 1))
    Orders(registry, consequences).start(changed, who="kim", why="to try", at=now)
    judging.lambda_handler({}, None)
    entry = registry.find("quicker")
    assert entry
    assert entry.standing.state is State.CANARY
    harm(experiments, book)
    judging.lambda_handler({}, None)
    entry = registry.find("quicker")
    assert entry
    assert entry.standing.state is State.ROLLED_BACK
    current = book.current()
    assert current
    assert current.policy.trials == ()
    judging.lambda_handler({}, None)
    [message] = deployed.heard()
    told = json.loads(message["Body"])["detail"]
    assert told["group"] == {"experiment": "quicker"}
    assert told["summary"].startswith("lcp is worse by ")


def harm(experiments: DynamoVersionedStore, book: PolicyBook) -> None:
    """The cells of some thousand visits, as the stream would have filled them."""
    current = book.current()
    assert current
    world = ExperimentWorld()
    world.book.put(current.policy, replacing=0, who="kim", why="the same", at=world.now)
    world.visit(1_500, faster=1.5)
    for key, item in world.store.items.items():
        if key[0].startswith("cells#quicker.1#"):
            experiments.write([Write(key, item, None, NEVER_S)])
