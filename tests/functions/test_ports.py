"""Our fakes and the real adapters keep the same promises."""

from types import SimpleNamespace

import pytest

from adaptive.aws.dead_letters import S3DeadLetters
from adaptive.aws.sessions import DynamoSessionStore
from adaptive.aws.stream import KinesisBeaconStream
from adaptive.delivery import tier
from adaptive.delivery.session import SessionState
from adaptive.errors import UnavailableError
from adaptive.ports import SessionStore, Stored
from tests.fakes import InMemorySessionStore
from tests.functions.conftest import DEAD_LETTERS, STREAM, TABLE
from tests.samples import RULES, TREATED, beacon

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


def test_the_item_shows_score_and_tier_to_whoever_looks(aws: SimpleNamespace) -> None:
    put(DynamoSessionStore(aws.dynamodb, table=TABLE), Stored(STATE, 1), replacing=None)
    item = aws.dynamodb.get_item(TableName=TABLE, Key={"session_id": {"S": TREATED}})["Item"]
    assert item["tier"] == {"S": "minimal"}
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
    letters = S3DeadLetters(aws.s3, bucket=DEAD_LETTERS)
    for _ in range(2):
        letters.bury(b"\xff", record_id="7", reason="naïve\nreason" + "x" * 5_000)
    [entry] = aws.s3.list_objects_v2(Bucket=DEAD_LETTERS)["Contents"]
    letter = aws.s3.get_object(Bucket=DEAD_LETTERS, Key=entry["Key"])
    assert (entry["Key"], letter["Body"].read()) == ("beacons/7", b"\xff")
    assert letter["Metadata"]["reason"].startswith("na?ve reason")
