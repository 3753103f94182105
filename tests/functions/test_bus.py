import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from adaptive.aws.bus import EventBridgeBus
from adaptive.errors import UnavailableError
from adaptive.monitoring.notice import Notice
from tests.fakes import InMemoryBus
from tests.samples import notice

if TYPE_CHECKING:
    from adaptive.ports import Bus

BUS = "alerts"
NOTICES = [notice(id=f"{number:032x}") for number in range(23)]


@pytest.fixture
def events(aws: SimpleNamespace) -> Any:
    """A bus, and a queue that gets what is on it."""
    events, sqs = boto3.client("events"), boto3.client("sqs")
    events.create_event_bus(Name=BUS)
    queue = sqs.create_queue(QueueName="heard")["QueueUrl"]
    pattern = {"source": ["adaptive.monitoring"], "detail-type": ["Alert"]}
    events.put_rule(Name="all", EventBusName=BUS, EventPattern=json.dumps(pattern))
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    target: Any = {"Id": "queue", "Arn": arn["Attributes"]["QueueArn"]}
    events.put_targets(Rule="all", EventBusName=BUS, Targets=[target])

    def heard() -> list[Notice]:
        found = []
        while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            details = [json.loads(message["Body"])["detail"] for message in messages]
            found += [Notice.model_validate(detail) for detail in details]
            for message in messages:
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return found

    return SimpleNamespace(client=events, heard=heard)


def test_notices_are_heard_as_they_were_published(events: Any) -> None:
    fake: Bus[Notice] = InMemoryBus()
    real: Bus[Notice] = EventBridgeBus(events.client, bus=BUS, pause=lambda _: None)
    for bus in (fake, real):
        bus.publish([])
        bus.publish(NOTICES)
    assert isinstance(fake, InMemoryBus)
    assert fake.notices == NOTICES
    assert sorted(events.heard(), key=lambda each: each.id) == NOTICES


class _Refusing:
    """PutEvents that refuses the given notices the given number of times."""

    def __init__(self, real: Any, refusals: dict[str, int]) -> None:
        self._real = real
        self._refusals = refusals
        self.calls: list[list[str]] = []

    def put_events(self, Entries: list[dict[str, Any]]) -> object:  # noqa: N803
        ids = [json.loads(entry["Detail"])["id"] for entry in Entries]
        self.calls.append(ids)
        results: list[dict[str, str]] = []
        for each, entry in zip(ids, Entries, strict=True):
            if self._refusals.get(each, 0) > 0:
                self._refusals[each] -= 1
                results.append({"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"})
            else:
                results += self._real.put_events(Entries=[entry])["Entries"]
        return {"FailedEntryCount": 0, "Entries": results}


def test_only_what_was_refused_is_published_again(events: Any) -> None:
    refused, pauses = NOTICES[3].id, list[float]()
    client = _Refusing(events.client, {refused: 2})
    EventBridgeBus(client, bus=BUS, pause=pauses.append).publish(NOTICES)  # type: ignore[arg-type]
    assert [len(call) for call in client.calls] == [10, 1, 1, 10, 3]
    assert client.calls[1] == client.calls[2] == [refused]
    assert pauses == [0.1, 0.2]
    assert sorted(events.heard(), key=lambda each: each.id) == NOTICES


def test_one_that_is_always_refused_is_raised_after_all_others_are_out(events: Any) -> None:
    client = _Refusing(events.client, {NOTICES[0].id: 99})
    with pytest.raises(UnavailableError, match="refused 1 events 4 times"):
        EventBridgeBus(client, bus=BUS, pause=lambda _: None).publish(NOTICES)  # type: ignore[arg-type]
    assert len(events.heard()) == len(NOTICES) - 1


def test_no_eventbridge_is_unavailable(aws: SimpleNamespace) -> None:
    fake = InMemoryBus(down=True)
    client: Any = boto3.client(
        "events",
        endpoint_url="http://127.0.0.1:9",
        config=Config(retries={"total_max_attempts": 1}),
    )
    for bus in (fake, EventBridgeBus(client, bus=BUS, pause=lambda _: None)):
        with pytest.raises(UnavailableError):
            bus.publish(NOTICES[:1])
