"""adaptive-ops redrive: nothing lost, nothing doubled, nothing sent unless told."""

import json
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from adaptive.aws.dead_letters import S3DeadLetters
from adaptive.aws.stream import KinesisBeaconStream
from adaptive.delivery.ledger import Ledger, Record
from adaptive.monitoring.rollup import Field
from local.adaptive_ops.__main__ import app
from local.adaptive_ops.redrive import Outcome, Redrive, S3Bucket
from local.adaptive_site.failure import SiteError
from local.shards import Stream
from local.stream import Consumer, Rules
from tests.fakes import InMemoryDeadLetters, InMemorySessionStore
from tests.functions.conftest import DEAD_LETTERS, STREAM
from tests.functions.ops_world import deployed
from tests.rollup_world import AT, RollupWorld, arrival
from tests.samples import SCORE, TREATED

Run = Callable[..., Outcome]
Read = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def redrive(aws: SimpleNamespace) -> Run:
    def run(*, send: bool, hours: float = 1) -> Outcome:
        return Redrive(
            bucket=S3Bucket(aws.s3, DEAD_LETTERS, lambda arn: arn.rpartition(":")[2]),
            stream=KinesisBeaconStream(aws.kinesis, stream=STREAM, pause=lambda _: None),
            letters_of=lambda consumer: S3DeadLetters(
                aws.s3, bucket=DEAD_LETTERS, consumer=consumer
            ),
            now=AT + timedelta(hours=hours),
        ).run(send=send)

    return run


def keys(aws: SimpleNamespace) -> list[str]:
    found = aws.s3.list_objects_v2(Bucket=DEAD_LETTERS).get("Contents", [])
    return [each["Key"] for each in found]


def bury(aws: SimpleNamespace, consumer: str, number: int, body: bytes) -> None:
    letters = S3DeadLetters(aws.s3, bucket=DEAD_LETTERS, consumer=consumer)
    letters.bury(body, record_id=str(number), reason="")


def given_up(aws: SimpleNamespace, function: str, *batch: bytes) -> None:
    """A batch that failed once too often, where Lambda would put it."""
    stream = Stream(shards=1, now=AT.timestamp)
    for data in batch:
        stream.put(TREATED, data)

    def discard(one: Any) -> None:
        body = one.document(function=function)
        aws.s3.put_object(Bucket=DEAD_LETTERS, Key="aws/lambda/mapping/shard/1", Body=body)

    def broken(_: object) -> None:
        raise RuntimeError

    Consumer(stream, Rules(retries=0), discard).run(broken)


def test_without_being_told_to_nothing_is_sent_and_nothing_deleted(
    redrive: Run,
    aws: SimpleNamespace,
    stream_records: Read,
) -> None:
    bury(aws, "score", 1, arrival())
    given_up(aws, "roll_up", arrival(), b"\xff")
    assert redrive(send=False) == Outcome(
        letters=2, sendable=2, unreadable=1, by_consumer={"score": 1, "roll_up": 1}
    )
    assert len(keys(aws)) == 2
    assert stream_records() == []


def test_what_can_be_read_is_sent_to_whom_it_is_for_and_deleted(
    redrive: Run,
    aws: SimpleNamespace,
    stream_records: Read,
) -> None:
    bury(aws, "score", 1, arrival())
    given_up(aws, "roll_up", arrival(), arrival(sequence=1))
    redrive(send=True)
    assert keys(aws) == []
    sent = [(each["PartitionKey"], json.loads(each["Data"])) for each in stream_records()]
    assert {key for key, _ in sent} == {TREATED}
    assert sorted(each["redriven_to"] for _, each in sent) == ["roll_up", "roll_up", "score"]
    assert redrive(send=True).letters == 0


def test_what_still_cannot_be_read_or_is_too_late_stays(redrive: Run, aws: SimpleNamespace) -> None:
    bury(aws, "score", 1, b"\xff")
    bury(aws, "score", 2, arrival(view_id="view-0002"))
    given_up(aws, "roll_up", arrival(), arrival(minute=120), b"{}")
    outcome = redrive(send=True, hours=25)
    assert (outcome.sendable, outcome.unreadable, outcome.too_late) == (2, 2, 1)
    numbers = [10**55, 10**55 + 2]
    assert keys(aws) == [f"beacons/roll_up/{each}" for each in numbers] + ["beacons/score/1"]


def test_an_object_of_somebody_else_is_named(redrive: Run, aws: SimpleNamespace) -> None:
    aws.s3.put_object(Bucket=DEAD_LETTERS, Key="aws/lambda/x", Body=b"[]")
    with pytest.raises(SiteError, match="aws/lambda/x is no document"):
        redrive(send=True)


def test_sent_twice_after_a_run_cut_short_it_counts_once(
    redrive: Run,
    aws: SimpleNamespace,
    stream_records: Read,
) -> None:
    batch = [arrival(), arrival(view_id="view-0002")]
    for function in ("score", "roll_up"):
        given_up(aws, function, *batch)
        redrive(send=True)
        given_up(aws, function, *batch)  # as if it had been stopped before deleting
        redrive(send=True)
    records = [Record(n, each["Data"]) for n, each in enumerate(stream_records(), start=1)]
    world, sessions = RollupWorld(), InMemorySessionStore()
    world.worker().post(records)
    Ledger(SCORE, sessions, InMemoryDeadLetters(), lambda *_: SCORE.rules).post(records)
    assert world.count(Field.VIEWS) == 2
    views = [view.view_id for view in sessions.items[TREATED].state.views]
    assert views == ["view-0001", "view-0002"]


def command(monkeypatch: pytest.MonkeyPatch, *arguments: str, outputs: dict[str, str]) -> Any:
    with deployed(monkeypatch, outputs):
        return CliRunner().invoke(app, ["redrive", *arguments])


def test_the_command_looks_first_and_says_how_to_go_on(
    aws: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    bury(aws, "score", 1, arrival())
    outputs = {"DeadLetterBucketName": DEAD_LETTERS, "BeaconStreamName": STREAM}
    looked = command(monkeypatch, outputs=outputs)
    assert looked.exit_code == 0, looked.output
    assert "1 records to send again to score" in looked.output
    assert "--send does it" in looked.output
    done = command(monkeypatch, "--send", "--json", outputs=outputs)
    assert json.loads(done.stdout)["sent"] is True
    assert keys(aws) == []


def test_an_old_stack_is_told_in_a_sentence(
    aws: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = command(monkeypatch, outputs={"BeaconStreamName": STREAM})
    assert result.exit_code == 1
    assert "has no output 'DeadLetterBucketName'" in result.output
