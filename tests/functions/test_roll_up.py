import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.delivery.client import Client
from adaptive.delivery.prior import PriorWatch
from adaptive.monitoring import outcome_log, vital, window
from adaptive.monitoring.dimension import Cell
from adaptive.monitoring.experience import Standards
from adaptive.monitoring.priors import FEWEST_VIEWS
from adaptive.monitoring.rollup import Rollup
from adaptive.monitoring.standards import STANDARDS
from adaptive.monitoring.window import Resolution
from adaptive.ports import Versioned, Write
from lambdas.monitoring.merge_rollups import handler as merging
from lambdas.monitoring.roll_up import handler
from lambdas.monitoring.set_standards import handler as standards
from tests.functions.conftest import DEAD_LETTERS
from tests.functions.test_score import event
from tests.rollup_world import AT, MINUTE, arrival
from tests.samples import MERGE, ROLL_UP, beacon

Deliver = Callable[[list[bytes]], dict[str, Any]]


@pytest.fixture
def deliver(aws: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deliver]:
    for name, text in (ROLL_UP.environment() | MERGE.environment()).items():
        monkeypatch.setenv(name, text)
    caches = (
        handler._roller.cache_clear,  # noqa: SLF001
        merging._work.cache_clear,  # noqa: SLF001
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


def test_with_an_hour_that_is_merged_new_visitors_are_held_for_what_others_were_like(
    deliver: Deliver, aws: SimpleNamespace
) -> None:
    now_s = time.time()
    hour = int(now_s) // 3_600 * 60 - 60
    rollup = Rollup()
    for name, value in (("lcp_at_full_ms", 3_000), ("moved_at_full_ms", 2_000)):
        rollup.codes[vital.code_named(name, value)] = FEWEST_VIEWS
    key = window.key(Resolution.HOUR, Cell("at_full", "DE,phone,slow"), hour)
    rollups = DynamoVersionedStore(aws.dynamodb, table=ROLL_UP.rollups_table)
    rollups.write([Write(key, Versioned(rollup.encode(), 1), None, 2**40)])
    for _ in range(2):
        merging.lambda_handler({}, None)
    operations = DynamoVersionedStore(aws.dynamodb, table=MERGE.operations_table)
    told: list[Exception] = []
    watch = PriorWatch(operations, now_s=lambda: now_s, tell=told.append)
    german = Client(country="DE", device_class="phone")
    found = watch.of(beacon(network={"ect": "3g"}), german)
    assert found is not None
    assert found.of == "DE,phone,slow"
    assert found.fixed_ms + found.moved_ms == pytest.approx(3_000, rel=0.01)
    assert told == []


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
