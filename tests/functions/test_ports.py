"""Our fakes and the real adapters keep the same promises."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from adaptive.aws.clients import BRIEF
from adaptive.aws.cloud_series import CloudWatchSeries
from adaptive.aws.dead_letters import S3DeadLetters
from adaptive.aws.files import S3FileStore
from adaptive.aws.sessions import DynamoSessionStore
from adaptive.aws.stream import KinesisBeaconStream
from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.delivery import tier
from adaptive.delivery.session import SessionState
from adaptive.errors import UnavailableError
from adaptive.ports import (
    CloudSeries,
    FileList,
    Key,
    Metric,
    SessionStore,
    Stored,
    StoredFile,
    Versioned,
    VersionedStore,
    Write,
)
from tests.fakes import (
    InMemoryCloudSeries,
    InMemoryFileStore,
    InMemorySessionStore,
    InMemoryVersionedStore,
)
from tests.functions.conftest import DEAD_LETTERS, SITE, STREAM, TABLE
from tests.samples import ROLL_UP, RULES, TREATED, beacon

KINESIS_NUMBER = 49590338271490256608559692538361571095921575989136588898
STATE = tier.follow(SessionState(), beacon(), RULES)
LATER = tier.follow(STATE, beacon(view_id="view-0002"), RULES)


@pytest.fixture(params=["fake", "dynamodb"])
def sessions(request: pytest.FixtureRequest, aws: SimpleNamespace) -> SessionStore[SessionState]:
    if request.param == "fake":
        return InMemorySessionStore()
    return DynamoSessionStore(aws.dynamodb, table=TABLE)


def put(
    sessions: SessionStore[SessionState],
    new: Stored[SessionState],
    *,
    replacing: Stored[SessionState] | None,
) -> bool:
    return sessions.put(TREATED, new, replacing=replacing, expires_at_s=2_000_000_000)


class TestSessionStore:
    def test_an_unknown_session_is_none(self, sessions: SessionStore[SessionState]) -> None:
        assert sessions.get(TREATED) is None

    def test_what_is_put_is_got(self, sessions: SessionStore[SessionState]) -> None:
        assert put(sessions, Stored(STATE, KINESIS_NUMBER), replacing=None)
        assert sessions.get(TREATED) == Stored(STATE, KINESIS_NUMBER)

    def test_a_second_first_write_loses(self, sessions: SessionStore[SessionState]) -> None:
        put(sessions, Stored(STATE, 1), replacing=None)
        assert not put(sessions, Stored(LATER, 2), replacing=None)
        assert sessions.get(TREATED) == Stored(STATE, 1)

    def test_a_write_on_what_has_moved_loses(self, sessions: SessionStore[SessionState]) -> None:
        put(sessions, Stored(STATE, 1), replacing=None)
        assert put(sessions, Stored(LATER, 3), replacing=Stored(STATE, 1))
        assert not put(sessions, Stored(STATE, 4), replacing=Stored(STATE, 1))
        assert sessions.get(TREATED) == Stored(LATER, 3)


@pytest.fixture(params=["fake", "dynamodb"])
def versioned(request: pytest.FixtureRequest, aws: SimpleNamespace) -> VersionedStore:
    if request.param == "fake":
        return InMemoryVersionedStore()
    return DynamoVersionedStore(aws.dynamodb, table=ROLL_UP.rollups_table)


def write(key: Key, version: int, *, replacing: int | None, body: bytes = b"\x00") -> Write:
    return Write(key, Versioned(body, version), replacing, expires_at_s=2_000_000_000)


class TestVersionedStore:
    def test_only_what_is_there_is_read(self, versioned: VersionedStore) -> None:
        assert versioned.write([write(("p", "a"), 1, replacing=None)]) == []
        assert versioned.read([("p", "a"), ("p", "b")]) == {("p", "a"): Versioned(b"\x00", 1)}
        assert versioned.read([]) == {}

    def test_more_than_one_call_can_read_is_read(self, versioned: VersionedStore) -> None:
        keys = [(f"p{n}", "a") for n in range(130)]
        versioned.write([write(key, KINESIS_NUMBER, replacing=None) for key in keys])
        assert set(versioned.read(keys)) == set(keys)

    def test_a_partition_is_read_whole_and_alone(self, versioned: VersionedStore) -> None:
        body = bytes(200_000)
        keys = [("p", f"{n}") for n in range(9)]
        versioned.write([write(key, 1, replacing=None, body=body) for key in keys])
        versioned.write([write(("q", "0"), 1, replacing=None)])
        assert set(versioned.read_partition("p")) == set(keys)

    def test_a_write_on_what_has_moved_is_refused_by_itself(
        self, versioned: VersionedStore
    ) -> None:
        moved, still, new = ("p", "moved"), ("p", "still"), ("p", "new")
        versioned.write([write(moved, 2, replacing=None), write(still, 1, replacing=None)])
        refused = versioned.write(
            [
                write(moved, 3, replacing=1),
                write(still, 3, replacing=1),
                write(new, 3, replacing=None),
            ]
        )
        assert refused == [moved]
        versions = {key[1]: item.version for key, item in versioned.read_partition("p").items()}
        assert versions == {"moved": 2, "still": 3, "new": 3}

    def test_a_second_first_write_is_refused(self, versioned: VersionedStore) -> None:
        versioned.write([write(("p", "a"), 1, replacing=None)])
        assert versioned.write([write(("p", "a"), 2, replacing=None)]) == [("p", "a")]


def test_a_missing_rollup_table_is_unavailable(aws: SimpleNamespace) -> None:
    store = DynamoVersionedStore(aws.dynamodb, table="missing")
    for call in (
        lambda: store.read([("p", "a")]),
        lambda: store.read_partition("p"),
        lambda: store.write([write(("p", "a"), 1, replacing=None)]),
    ):
        with pytest.raises(UnavailableError, match="DynamoDB"):
            call()


class _LeavingOut:
    """BatchGetItem that answers one key a call, as when throttled."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def batch_get_item(self, RequestItems: dict[str, dict[str, Any]]) -> object:  # noqa: N803
        [(table, wanted)] = RequestItems.items()
        first, *rest = wanted["Keys"]
        answer = self._real.batch_get_item(RequestItems={table: {**wanted, "Keys": [first]}})
        return answer | ({"UnprocessedKeys": {table: {**wanted, "Keys": rest}}} if rest else {})


def test_what_a_read_leaves_out_is_asked_for_again_but_not_for_ever(aws: SimpleNamespace) -> None:
    store = DynamoVersionedStore(aws.dynamodb, table=ROLL_UP.rollups_table)
    keys = [("p", f"{n}") for n in range(6)]
    store.write([write(key, 1, replacing=None) for key in keys])
    throttled = DynamoVersionedStore(_LeavingOut(aws.dynamodb), table=ROLL_UP.rollups_table)  # type: ignore[arg-type]
    assert len(throttled.read(keys[:5])) == 5
    with pytest.raises(UnavailableError, match="left out 1 items"):
        throttled.read(keys)


def test_the_item_shows_score_and_tier_to_whoever_looks(aws: SimpleNamespace) -> None:
    put(DynamoSessionStore(aws.dynamodb, table=TABLE), Stored(STATE, 1), replacing=None)
    item = aws.dynamodb.get_item(TableName=TABLE, Key={"session_id": {"S": TREATED}})["Item"]
    assert item["tier"] == {"S": str(STATE.tier)}
    assert 0 < float(item["score"]["N"]) < 100
    assert item["expires_at"] == {"N": "2000000000"}


def test_a_state_of_an_unknown_version_starts_the_session_anew(aws: SimpleNamespace) -> None:
    aws.dynamodb.put_item(
        TableName=TABLE,
        Item={
            "session_id": {"S": TREATED},
            "state": {"S": '{"views": 7}'},
            "sequence": {"S": "12"},
        },
    )
    store = DynamoSessionStore(aws.dynamodb, table=TABLE)
    assert store.get(TREATED) == Stored(SessionState(), 12)


def test_a_missing_table_is_unavailable(aws: SimpleNamespace) -> None:
    with pytest.raises(UnavailableError, match="DynamoDB"):
        DynamoSessionStore(aws.dynamodb, table="missing").get(TREATED)


def test_a_missing_stream_is_unavailable(aws: SimpleNamespace) -> None:
    stream = KinesisBeaconStream(aws.kinesis, stream="missing", pause=lambda _: None)
    with pytest.raises(UnavailableError, match="Kinesis"):
        stream.publish([b"x"], key="k")


class _RefusingKinesis:
    """PutRecords that refuses the given records the given number of times, as a hot shard does."""

    def __init__(self, real: object, refusals: dict[bytes, int]) -> None:
        self._real = real
        self._refusals = refusals
        self.calls: list[list[bytes]] = []

    def put_records(self, StreamName: str, Records: list[dict[str, bytes]]) -> object:  # noqa: N803
        self.calls.append([record["Data"] for record in Records])
        taken = [r for r in Records if self._refusals.get(r["Data"], 0) <= 0]
        if taken:
            self._real.put_records(StreamName=StreamName, Records=taken)  # type: ignore[attr-defined]
        results: list[dict[str, str]] = []
        for record in Records:
            left = self._refusals.get(record["Data"], 0)
            self._refusals[record["Data"]] = left - 1
            refused = {"ErrorCode": "ProvisionedThroughputExceededException"}
            results.append(refused if left > 0 else {"SequenceNumber": "1", "ShardId": "s"})
        return {"Records": results}


def test_only_refused_records_are_sent_again(aws: SimpleNamespace, stream_records) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    kinesis, pauses = _RefusingKinesis(aws.kinesis, {b"b": 2}), list[float]()
    stream = KinesisBeaconStream(kinesis, stream=STREAM, pause=pauses.append)  # type: ignore[arg-type]
    stream.publish([b"a", b"b", b"c"], key="k")
    assert kinesis.calls == [[b"a", b"b", b"c"], [b"b"], [b"b"]]
    assert pauses == [0.05, 0.1]
    assert sorted(record["Data"] for record in stream_records()) == [b"a", b"b", b"c"]


def test_a_record_refused_every_time_is_unavailable(aws: SimpleNamespace) -> None:
    kinesis = _RefusingKinesis(aws.kinesis, {b"b": 99})
    stream = KinesisBeaconStream(kinesis, stream=STREAM, pause=lambda _: None)  # type: ignore[arg-type]
    with pytest.raises(UnavailableError, match="refused 1 records"):
        stream.publish([b"b"], key="k")


def test_a_dead_letter_carries_its_reason_and_burying_twice_keeps_one(aws: SimpleNamespace) -> None:
    letters = S3DeadLetters(aws.s3, bucket=DEAD_LETTERS, consumer="score")
    for _ in range(2):
        letters.bury(b"\xff", record_id="7", reason="naïve\nreason" + "x" * 5_000)
    [entry] = aws.s3.list_objects_v2(Bucket=DEAD_LETTERS)["Contents"]
    letter = aws.s3.get_object(Bucket=DEAD_LETTERS, Key=entry["Key"])
    assert (entry["Key"], letter["Body"].read()) == ("beacons/score/7", b"\xff")
    assert letter["Metadata"]["reason"].startswith("na?ve reason")


METRICS = tuple(
    Metric("Ours", "Calls", (("service", "ingest"),), statistic)
    for statistic in ("Sum", "Average", "Maximum")
)
FIRST_S = 1_790_000_000 // 3_600 * 3_600  # anywhere


@pytest.fixture(params=["fake", "cloudwatch"])
def cloud_series(request: pytest.FixtureRequest, aws: SimpleNamespace) -> CloudSeries:
    """Two points in the first hour, one in the third."""
    points = {FIRST_S + 60: 2.0, FIRST_S + 1_800: 4.0, FIRST_S + 7_200: 9.0}
    if request.param == "fake":
        return InMemoryCloudSeries(dict.fromkeys(METRICS, points))
    client = boto3.client("cloudwatch")
    for at_s, value in points.items():
        client.put_metric_data(
            Namespace="Ours",
            MetricData=[
                {
                    "MetricName": "Calls",
                    "Dimensions": [{"Name": "service", "Value": "ingest"}],
                    "Timestamp": datetime.fromtimestamp(at_s, UTC),
                    "Value": value,
                }
            ],
        )
    return CloudWatchSeries(client)


class TestCloudSeries:
    def test_values_are_by_step_and_what_was_not_measured_is_not_there(
        self, cloud_series: CloudSeries
    ) -> None:
        unknown = Metric("Ours", "Unheard", (), "Sum")
        found = cloud_series.read(
            [*METRICS, unknown], first_s=FIRST_S, end_s=FIRST_S + 10_800, step_s=3_600
        )
        third = FIRST_S + 7_200
        assert found == [
            {FIRST_S: 6.0, third: 9.0},
            {FIRST_S: 3.0, third: 9.0},
            {FIRST_S: 4.0, third: 9.0},
            {},
        ]

    def test_only_the_span_is_told(self, cloud_series: CloudSeries) -> None:
        [found] = cloud_series.read(
            METRICS[:1], first_s=FIRST_S, end_s=FIRST_S + 3_600, step_s=3_600
        )
        assert found == {FIRST_S: 6.0}


def test_cloudwatch_that_does_not_answer_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    client = boto3.client(
        "cloudwatch", region_name="us-east-1", endpoint_url="http://127.0.0.1:9", config=BRIEF
    )
    with pytest.raises(UnavailableError, match="CloudWatch"):
        CloudWatchSeries(client).read(METRICS, first_s=0, end_s=3_600, step_s=3_600)


@pytest.fixture(params=["fake", "s3"])
def files(request: pytest.FixtureRequest, aws: SimpleNamespace) -> S3FileStore | InMemoryFileStore:
    paths = ("/img/b.png", "/img/a.jpg", "/img/a.jpg/960w.lite.avif", "/img/sub/c.jpg", "/x.jpg")
    if request.param == "fake":
        return InMemoryFileStore({path: StoredFile(b"four", "image/png") for path in paths})
    for path in paths:
        aws.s3.put_object(Bucket=SITE, Key=path[1:], Body=b"four")
    return S3FileStore(aws.s3, bucket=SITE)


class TestFileList:
    def test_files_have_sizes_and_what_is_deeper_is_a_folder(self, files: FileList) -> None:
        found = files.listed("/img/")
        assert dict(found.files) == {"/img/a.jpg": 4, "/img/b.png": 4}
        assert list(found.folders) == ["/img/a.jpg", "/img/sub"]
        assert found.following == ""

    def test_what_was_listed_before_is_left_out(self, files: FileList) -> None:
        assert list(files.listed("/img/", after="/img/a.jpg/~").files) == ["/img/b.png"]

    def test_a_score_is_known_only_of_what_noted_one(
        self, files: S3FileStore | InMemoryFileStore
    ) -> None:
        files.write("/img/a.jpg/480w.lite.avif", StoredFile(b"four", "image/avif", score=57.25))
        assert files.score("/img/a.jpg/480w.lite.avif") == pytest.approx(57.25, abs=0.06)
        assert files.score("/img/a.jpg/960w.lite.avif") is None
        assert files.score("/img/never.jpg") is None

    def test_where_nothing_begins_so_there_is_nothing(self, files: FileList) -> None:
        assert not files.listed("/none/").files
