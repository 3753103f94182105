import base64
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.delivery.policy_book import PolicyBook
from adaptive.edge.policy import Tier
from lambdas.delivery.score import handler
from tests.functions.conftest import DEAD_LETTERS, TABLE
from tests.samples import INITIAL, SCORE, TREATED, wire_beacon

EVENT = json.loads((Path(__file__).parent / "events/score.json").read_text())
AT = datetime(2026, 11, 1, tzinfo=UTC)
Deliver = Callable[[list[bytes]], dict[str, Any]]


@pytest.fixture
def deliver(aws: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deliver]:
    for name, text in SCORE.environment().items():
        monkeypatch.setenv(name, text)
    handler._ledger.cache_clear()  # noqa: SLF001
    yield lambda batch: handler.lambda_handler(event(batch), None)
    handler._ledger.cache_clear()  # noqa: SLF001


def event(batch: list[bytes]) -> dict[str, Any]:
    """SAM's Kinesis record, once per datum, with consecutive sequence numbers of AWS's length."""
    sample = EVENT["Records"][0]
    first = int(sample["kinesis"]["sequenceNumber"])
    return {
        "Records": [
            sample
            | {
                "eventID": f"shardId-000000000006:{first + offset}",
                "kinesis": sample["kinesis"]
                | {
                    "sequenceNumber": str(first + offset),
                    "data": base64.b64encode(data).decode(),
                },
            }
            for offset, data in enumerate(batch)
        ]
    }


def arrival(**changes: Any) -> bytes:
    at = AT.isoformat()
    return json.dumps(
        {"session_id": TREATED, "received_at": at, "beacon": wire_beacon(**changes)}
    ).encode()


def item(aws: SimpleNamespace) -> dict[str, Any]:
    found: dict[str, Any] = aws.dynamodb.get_item(
        TableName=TABLE, Key={"session_id": {"S": TREATED}}
    )["Item"]
    return found


def test_poison_is_buried_and_the_rest_of_the_batch_is_scored(
    deliver: Deliver, aws: SimpleNamespace
) -> None:
    assert deliver([b"\x00\xff", arrival(), b'{"session_id": 1}']) == {"batchItemFailures": []}
    assert item(aws)["tier"] == {"S": "lite"}
    letters = aws.s3.list_objects_v2(Bucket=DEAD_LETTERS)["Contents"]
    assert len(letters) == 2


def test_a_batch_delivered_twice_has_its_effect_once(
    deliver: Deliver, aws: SimpleNamespace
) -> None:
    batch = [arrival(), arrival(view_id="view-0002", vitals={"lcp_ms": 700})]
    deliver(batch)
    once = item(aws)
    deliver(batch)
    deliver(batch[:1])
    assert item(aws) == once


def test_without_the_table_every_record_is_asked_for_again(
    deliver: Deliver, aws: SimpleNamespace
) -> None:
    aws.dynamodb.delete_table(TableName=TABLE)
    numbers = [r["kinesis"]["sequenceNumber"] for r in event([b"", b""])["Records"]]
    answer = deliver([arrival(), arrival(sequence=1)])
    assert [failure["itemIdentifier"] for failure in answer["batchItemFailures"]] == numbers


def test_a_beacon_is_scored_by_the_policy_that_ingest_decided_by(
    deliver: Deliver, aws: SimpleNamespace
) -> None:
    book = PolicyBook(DynamoVersionedStore(aws.dynamodb, table=SCORE.operations_table))
    on = (Tier.FULL, Tier.STANDARD)
    draft = INITIAL.model_copy(update={"tiers_on": on})
    for replacing, each in enumerate((draft, INITIAL)):
        book.put(each, replacing=replacing, who="me", why="test", at=AT)
    decided = json.loads(arrival()) | {"policy": 1}
    deliver([json.dumps(decided).encode()])
    assert item(aws)["tier"] == {"S": "standard"}


def test_a_session_record_expires(deliver: Deliver, aws: SimpleNamespace) -> None:
    deliver([arrival()])
    expected = int(AT.timestamp()) + SCORE.session_ttl_s
    assert item(aws)["expires_at"] == {"N": str(expected)}
