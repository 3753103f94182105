import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.monitoring import outcome_log, window
from adaptive.monitoring.experience import Standards
from adaptive.monitoring.rollup import Rollup
from adaptive.monitoring.standards import STANDARDS
from adaptive.monitoring.window import Resolution
from lambdas.monitoring.merge_rollups import handler as merging
from lambdas.monitoring.roll_up import handler
from lambdas.monitoring.set_standards import handler as standards
from tests.functions.conftest import DEAD_LETTERS
from tests.functions.test_score import event
from tests.rollup_world import AT, MINUTE, arrival
from tests.samples import ROLL_UP

Deliver = Callable[[list[bytes]], dict[str, Any]]


@pytest.fixture
def deliver(aws: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deliver]:
    for name, text in ROLL_UP.environment().items():
        monkeypatch.setenv(name, text)
    caches = (
        handler._roller.cache_clear,  # noqa: SLF001
        merging._merger.cache_clear,  # noqa: SLF001
        standards._measuring.cache_clear,  # noqa: SLF001
    )
    for clear in caches:
        clear()
    yield lambda batch: handler.lambda_handler(event_at_once(batch), None)
    for clear in caches:
        clear()


def event_at_once(batch: list[bytes]) -> dict[str, Any]:
    """That the stream took when we received it, not when the sample was made."""
    made = event(batch)
    for record in made["Records"]:
        record["kinesis"]["approximateArrivalTimestamp"] = AT.timestamp()
    return made


def cells(aws: SimpleNamespace, resolution: Resolution, start: int) -> list[Rollup]:
    store = DynamoVersionedStore(aws.dynamodb, table=ROLL_UP.rollups_table)
    items = store.read_partition(window.partition(resolution, "all", start))
    return [Rollup.decode(item.body) for item in items.values()]


def test_poison_is_buried_and_the_rest_of_the_batch_is_counted(
    deliver: Deliver, aws: SimpleNamespace
) -> None:
    assert deliver([b"\x00\xff", arrival(), b'{"session_id": 1}']) == {"batchItemFailures": []}
    [rollup] = cells(aws, Resolution.MINUTE, MINUTE)
    assert rollup.views == 1
    keys = [each["Key"] for each in aws.s3.list_objects_v2(Bucket=DEAD_LETTERS)["Contents"]]
    assert len(keys) == 2
    assert all(key.startswith("beacons/roll_up/4959") for key in keys)


def test_a_batch_delivered_twice_has_its_effect_once(
    deliver: Deliver, aws: SimpleNamespace
) -> None:
    batch = [arrival(), arrival(view_id="view-0002"), arrival(sequence=1)]
    deliver(batch)
    once = aws.dynamodb.scan(TableName=ROLL_UP.rollups_table)["Items"]
    deliver(batch)
    handler._roller.cache_clear()  # noqa: SLF001 - another worker
    deliver(batch)
    assert aws.dynamodb.scan(TableName=ROLL_UP.rollups_table)["Items"] == once
    assert [each.views for each in cells(aws, Resolution.MINUTE, MINUTE)] == [2]


def test_without_a_table_every_record_is_asked_for_again(
    deliver: Deliver, aws: SimpleNamespace
) -> None:
    aws.dynamodb.delete_table(TableName=ROLL_UP.tallies_table)
    numbers = [r["kinesis"]["sequenceNumber"] for r in event([b"", b""])["Records"]]
    answer = deliver([arrival(), arrival(sequence=1)])
    assert [failure["itemIdentifier"] for failure in answer["batchItemFailures"]] == numbers


def test_cells_expire_and_name_no_session(deliver: Deliver, aws: SimpleNamespace) -> None:
    deliver([arrival(page="/secret.html")])
    items = aws.dynamodb.scan(TableName=ROLL_UP.rollups_table)["Items"]
    assert items
    for item in items:
        assert item["expires_at"] == {"N": str(int(AT.timestamp()) + 60 + 2 * 86_400)}
        assert "AAAAAAAA" not in str(item)
        assert "secret" not in str(item)


def test_what_sessions_came_to_is_kept_and_measured(deliver: Deliver, aws: SimpleNamespace) -> None:
    deliver([arrival(), arrival(sequence=1, final=True), arrival(view_id="view-0002", minute=1)])
    store = DynamoVersionedStore(aws.dynamodb, table=ROLL_UP.tallies_table)
    [found] = outcome_log.between(store, MINUTE, MINUTE + 60).values()
    assert (found.views, found.arm, found.bounced) == (2, "treatment", False)
    standards.lambda_handler({}, None)
    assert Standards.decode(store.read([STANDARDS])[STANDARDS].body).sessions == 0


def test_minutes_become_five_minutes_and_hours(deliver: Deliver, aws: SimpleNamespace) -> None:
    merging.lambda_handler({}, None)
    now = datetime.fromtimestamp(time.time() // 3_600 * 3_600, UTC) - timedelta(hours=2)
    minutes = (now - AT).total_seconds() / 60
    deliver([arrival(minute=minutes), arrival(view_id="view-0002", minute=minutes + 7)])
    start = MINUTE + int(minutes)
    for resolution in (Resolution.FIVE, Resolution.HOUR):  # as if it had last run back then
        key = {"pk": {"S": "merged"}, "sk": {"S": f"{resolution.word}#fresh"}}
        aws.dynamodb.update_item(
            TableName=ROLL_UP.tallies_table,
            Key=key,
            UpdateExpression="SET #version = :start",
            ExpressionAttributeNames={"#version": "version"},
            ExpressionAttributeValues={":start": {"S": str(start)}},
        )
    merging.lambda_handler({}, None)
    assert [each.views for each in cells(aws, Resolution.FIVE, start)] == [1, 1]
    assert [each.views for each in cells(aws, Resolution.HOUR, start)] == [2]
