import json
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from adaptive.aws.event_archive import FirehoseEventArchive
from adaptive.errors import UnavailableError
from adaptive.ports import EventArchive
from lambdas.monitoring.keep_events import handler
from tests.fakes import InMemoryEventArchive
from tests.functions.test_score import event
from tests.rollup_world import arrival
from tests.samples import KEEP_EVENTS

FAILING: dict[str, Any] = {"errors": [{"kind": "error", "message": "boom"}]}
Deliver = Callable[[list[bytes]], dict[str, Any]]


@pytest.fixture
def firehose(aws: SimpleNamespace) -> Any:
    client = boto3.client("firehose")
    aws.s3.create_bucket(Bucket="raw-events")
    client.create_delivery_stream(
        DeliveryStreamName=KEEP_EVENTS.event_stream,
        ExtendedS3DestinationConfiguration={
            "RoleARN": "arn:aws:iam::123456789012:role/firehose",
            "BucketARN": "arn:aws:s3:::raw-events",
        },
    )
    return client


@pytest.fixture
def deliver(firehose: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deliver]:
    for name, text in KEEP_EVENTS.environment().items():
        monkeypatch.setenv(name, text)
    handler._keeper.cache_clear()  # noqa: SLF001
    yield lambda batch: handler.lambda_handler(event(batch), None)
    handler._keeper.cache_clear()  # noqa: SLF001


def written(aws: SimpleNamespace) -> list[bytes]:
    objects = aws.s3.list_objects_v2(Bucket="raw-events").get("Contents", ())
    bodies = (aws.s3.get_object(Bucket="raw-events", Key=each["Key"])["Body"] for each in objects)
    return sorted(line for body in bodies for line in body.read().splitlines(keepends=True))


def test_poison_holds_up_nothing_and_what_is_kept_reaches_the_bucket(
    deliver: Deliver, aws: SimpleNamespace
) -> None:
    batch = [b"\xff", arrival(**FAILING), arrival(view_id="view-0002", vitals={"lcp_ms": 900})]
    assert deliver(batch) == {"batchItemFailures": []}
    assert [json.loads(row)["stratum"] for row in written(aws)] == ["failing"]


def test_without_its_stream_every_record_is_asked_for_again(
    deliver: Deliver, firehose: Any
) -> None:
    firehose.delete_delivery_stream(DeliveryStreamName=KEEP_EVENTS.event_stream)
    assert len(deliver([arrival(**FAILING), arrival()])["batchItemFailures"]) == 2


@pytest.fixture(params=["fake", "firehose"])
def archive(request: pytest.FixtureRequest, firehose: Any) -> EventArchive:
    if request.param == "fake":
        return InMemoryEventArchive()
    return FirehoseEventArchive(firehose, stream=KEEP_EVENTS.event_stream, pause=lambda _: None)


def test_more_rows_than_one_call_takes_are_all_kept(
    archive: EventArchive, aws: SimpleNamespace
) -> None:
    rows = [f'{{"n": {n:04}}}\n'.encode() for n in range(1_201)]
    archive.keep(rows)
    found = archive.rows if isinstance(archive, InMemoryEventArchive) else written(aws)
    assert found == rows


class _Refusing:
    """PutRecordBatch that refuses a record so many times."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.calls: list[list[bytes]] = []

    def put_record_batch(self, *, Records: list[dict[str, bytes]], **_: str) -> Any:  # noqa: N803
        self.calls.append([record["Data"] for record in Records])
        answers: list[dict[str, str]] = [{"RecordId": "1"} for _ in Records]
        if self.times:
            self.times -= 1
            answers[-1] = {"ErrorCode": "ServiceUnavailableException"}
        return {"FailedPutCount": 0, "RequestResponses": answers}


def test_only_what_was_refused_is_sent_again() -> None:
    client, pauses = _Refusing(2), list[float]()
    FirehoseEventArchive(client, stream="s", pause=pauses.append).keep([b"a", b"b"])  # type: ignore[arg-type]
    assert client.calls == [[b"a", b"b"], [b"b"], [b"b"]]
    assert pauses == [0.1, 0.2]


def test_what_is_refused_for_good_is_a_failure() -> None:
    archive = FirehoseEventArchive(_Refusing(9), stream="s", pause=lambda _: None)  # type: ignore[arg-type]
    with pytest.raises(UnavailableError, match="refused 1 records 4 times"):
        archive.keep([b"a"])
