"""AWS's documented rules for Kinesis event source mappings, one test each."""

import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from adaptive.aws.stream import records_of
from local.shards import Stream
from local.stream import Consumer, Discarded, Rules


class World:
    def __init__(self, *, shards: int = 1, **rules: Any) -> None:
        self.clock = 1_000_000.0
        self.stream = Stream(shards=shards, now=lambda: self.clock)
        self.discarded: list[Discarded] = []
        self.consumer = Consumer(self.stream, Rules(**rules), self.discarded.append)
        self.calls: list[list[int]] = []

    def put(self, count: int, *, key: str | None = None) -> None:
        for number in range(count):
            self.stream.put(key or f"key-{number}", str(number).encode())

    def run(self, answer: Callable[[list[int]], object] = lambda _: None) -> list[list[int]]:
        """What the function was called with, call by call."""

        def function(event: dict[str, Any]) -> object:
            numbers = [int(record.data) for record in records_of(event)]
            self.calls.append(numbers)
            return answer(numbers)

        self.consumer.run(function)
        return self.calls

    def given_up(self) -> list[list[int]]:
        return [[int(each.data) for each in one.batch.records] for one in self.discarded]


def failing(*poison: int) -> Callable[[list[int]], object]:
    """Reports those records, by sequence number."""

    def answer(numbers: list[int]) -> object:
        bad = [10**55 + number for number in numbers if number in poison]
        return {"batchItemFailures": [{"itemIdentifier": str(each)} for each in bad]}

    return answer


def raising(*poison: int) -> Callable[[list[int]], object]:
    def answer(numbers: list[int]) -> object:
        if set(numbers) & set(poison):
            raise RuntimeError("poison")
        return None

    return answer


@pytest.mark.parametrize(
    "answer", [None, {}, {"batchItemFailures": None}, {"batchItemFailures": []}]
)
def test_no_failure_reported_is_success(answer: object) -> None:
    world = World(batch_size=2)
    world.put(5)
    assert world.run(lambda _: answer) == [[0, 1], [2, 3], [4]]


def test_delivery_goes_on_from_the_lowest_failure_whatever_its_place_in_the_list() -> None:
    world = World(batch_size=5)
    world.put(5)
    fails = [{"itemIdentifier": str(10**55 + 3)}, {"itemIdentifier": str(10**55 + 2)}]
    answers = iter([{"batchItemFailures": fails}, None])
    assert world.run(lambda _: next(answers)) == [[0, 1, 2, 3, 4], [2, 3, 4]]


@pytest.mark.parametrize(
    "item", [{"itemIdentifier": ""}, {"itemIdentifier": None}, {"id": "1"}, {}]
)
def test_an_identifier_that_says_nothing_fails_the_whole_batch(item: dict[str, object]) -> None:
    world = World()
    world.put(3)
    answers = iter([{"batchItemFailures": [item]}, None])
    assert world.run(lambda _: next(answers)) == [[0, 1, 2], [0, 1, 2]]


def test_reported_failures_mean_nothing_unless_the_mapping_says_so() -> None:
    world = World(report_failures=False)
    world.put(3)
    assert world.run(failing(1)) == [[0, 1, 2]]


def test_a_failing_batch_is_retried_so_often_then_discarded_and_the_rest_goes_on() -> None:
    world = World(batch_size=2, retries=2)
    world.put(4)
    assert world.run(raising(1)) == [[0, 1]] * 3 + [[2, 3]]
    assert world.given_up() == [[0, 1]]


def test_splitting_isolates_poison_and_costs_no_retry() -> None:
    world = World(batch_size=8, retries=1, bisect=True)
    world.put(8)
    calls = world.run(raising(5))
    assert world.given_up() == [[5]]
    assert calls.count([5]) == 2
    assert sorted({n for call in calls if 5 not in call for n in call}) == [0, 1, 2, 3, 4, 6, 7]


def test_a_partial_failure_splits_at_the_record_it_names() -> None:
    world = World(batch_size=8, retries=0, bisect=True)
    world.put(8)
    assert world.run(failing(5))[:3] == [[*range(8)], [5, 6, 7], [5, 6]]
    assert world.given_up() == [[5]]


def test_records_too_old_are_discarded_unseen() -> None:
    world = World(max_age_s=60)
    world.put(2)
    world.clock += 61
    world.stream.put("k", b"7")
    assert world.run() == [[7]]
    assert world.given_up() == [[0, 1]]
    assert world.discarded[0].condition == "RecordAgeExceeded"


def test_what_is_discarded_is_told_with_the_event_itself() -> None:
    world = World(retries=0)
    world.put(2)
    world.run(raising(0))
    told = json.loads(world.discarded[0].document(function="score"))
    assert told["requestContext"]["functionArn"].endswith(":function:score")
    assert told["KinesisBatchInfo"]["batchSize"] == 2
    assert [each.data for each in records_of(json.loads(told["payload"]))] == [b"0", b"1"]


def test_a_shard_has_one_batch_in_flight() -> None:
    world = World(batch_size=1)
    world.put(3)
    [batch] = world.consumer.poll()
    assert world.consumer.poll() == []
    world.consumer.settle(batch)
    assert len(world.consumer.poll()) == 1


def test_with_a_factor_batches_run_at_once_but_in_order_for_each_key() -> None:
    world = World(batch_size=2, parallelization=3)
    for number in range(30):
        world.stream.put(f"key-{number % 6}", str(number).encode())
    assert len(world.consumer.poll()) > 1
    world = World(batch_size=2, parallelization=3)
    for number in range(30):
        world.stream.put(f"key-{number % 6}", str(number).encode())
    seen = [number for call in world.run() for number in call]
    assert sorted(seen) == [*range(30)]
    for key in range(6):
        assert all(a < b for a, b in pairwise(n for n in seen if n % 6 == key))


def test_children_wait_for_their_parents() -> None:
    world = World(shards=2, batch_size=2)
    world.put(10)
    first, second = world.stream.open_shards()
    world.stream.split(first)
    world.put(10)
    left, right, _ = world.stream.open_shards()
    world.stream.merge(left, right)
    world.put(10)
    shards = []

    def function(event: dict[str, Any]) -> None:
        shards.append(records_of(event)[0].shard)

    world.consumer.run(function)
    assert shards.index(2) > len(shards) - 1 - shards[::-1].index(0)
    assert shards.index(4) > len(shards) - 1 - max(shards[::-1].index(2), shards[::-1].index(3))
    assert second.is_open


def test_an_empty_shard_in_between_lets_nobody_overtake() -> None:
    world = World()
    world.put(1)
    [first] = world.stream.open_shards()
    world.stream.split(first)
    world.stream.merge(*world.stream.open_shards())
    world.put(1)
    assert [batch.shard.number for batch in world.consumer.poll()] == [0]


def test_only_neighbours_merge() -> None:
    world = World(shards=3)
    first, _, third = world.stream.open_shards()
    with pytest.raises(ValueError, match="no neighbours"):
        world.stream.merge(first, third)
