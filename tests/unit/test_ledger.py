from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from adaptive.delivery.ledger import Ledger, Record
from adaptive.delivery.session import Arrival, SessionId
from adaptive.errors import UnavailableError
from adaptive.settings.rules import ScoreRules
from tests.fakes import InMemoryDeadLetters, InMemorySessionStore
from tests.samples import SCORE, TREATED, beacon

AT = datetime(2026, 11, 1, tzinfo=UTC)


def record(sequence: int, *, session: str = TREATED, lcp_ms: float = 900) -> Record:
    report = beacon(view_id=f"view-{sequence:04}", vitals={"lcp_ms": lcp_ms})
    arrival = Arrival(session_id=SessionId(session), received_at=AT, beacon=report)
    return Record(sequence, arrival.model_dump_json().encode())


def ledger(
    sessions: InMemorySessionStore | None = None, letters: InMemoryDeadLetters | None = None
) -> Ledger:
    return Ledger(
        SCORE,
        sessions or InMemorySessionStore(),
        letters or InMemoryDeadLetters(),
        lambda *_: SCORE.rules,
    )


def test_a_poison_record_is_buried_with_its_reason_and_the_rest_goes_on() -> None:
    sessions, letters = InMemorySessionStore(), InMemoryDeadLetters()
    poison = [Record(2, b"\xff"), Record(3, b"{}"), Record(4, b'{"session_id":"x"}')]
    outcome = ledger(sessions, letters).post([record(1), *poison, record(5)])
    assert (outcome.sessions, outcome.buried, outcome.failed) == (1, 3, [])
    assert letters.letters["3"][0] == b"{}"
    assert "received_at: Field required" in letters.letters["3"][1]
    assert sessions.items[TREATED].sequence == 5


def test_a_poison_record_is_delivered_again_if_it_cannot_be_buried() -> None:
    outcome = ledger(letters=InMemoryDeadLetters(down=True)).post([Record(7, b"?"), record(8)])
    assert (outcome.sessions, outcome.failed) == (1, [7])


def test_records_of_a_store_that_is_down_are_delivered_again() -> None:
    outcome = ledger(InMemorySessionStore(down=True)).post([record(1), record(2)])
    assert (outcome.sessions, outcome.failed) == (0, [1, 2])


def test_a_record_whose_policy_cannot_be_had_is_delivered_again_and_others_go_on() -> None:
    def rules(version: int | None, _: SessionId) -> ScoreRules:
        if version:
            raise UnavailableError("down")
        return SCORE.rules

    sessions = InMemorySessionStore()
    decided = record(1).data.replace(b'"policy":null', b'"policy":4')
    batch = [Record(1, decided), record(2, session="B" * 22)]
    outcome = Ledger(SCORE, sessions, InMemoryDeadLetters(), rules).post(batch)
    assert (outcome.sessions, outcome.failed) == (1, [1])
    assert list(sessions.items) == ["B" * 22]


def test_a_bot_gets_no_session() -> None:
    sessions = InMemorySessionStore()
    arrival = Arrival(session_id=SessionId(TREATED), received_at=AT, bot=True, beacon=beacon())
    outcome = ledger(sessions).post([Record(1, arrival.model_dump_json().encode())])
    assert (outcome.sessions, outcome.buried, outcome.failed) == (0, 0, [])
    assert sessions.items == {}


def test_a_batch_costs_one_write_per_session() -> None:
    sessions = InMemorySessionStore()
    ledger(sessions).post([record(n, session=f"{n % 3}" * 22) for n in range(1, 31)])
    assert sessions.puts == 3


def test_a_beacon_without_a_session_leaves_no_trace() -> None:
    sessions, letters = InMemorySessionStore(), InMemoryDeadLetters()
    anonymous = Arrival(received_at=AT, beacon=beacon()).model_dump_json(exclude_none=True)
    outcome = ledger(sessions, letters).post([Record(1, anonymous.encode()), record(2)])
    assert (outcome.sessions, outcome.buried, outcome.failed) == (1, 0, [])
    assert list(sessions.items) == [TREATED]


def test_a_session_that_moves_to_a_later_shard_is_followed_however_low_its_numbers() -> None:
    sessions = InMemorySessionStore()
    before, after = replace(record(900), shard=3), replace(record(2), shard=4)
    ledger(sessions).post([before])
    ledger(sessions).post([after])
    once = sessions.items[TREATED]
    assert len(once.state.views) == 2
    ledger(sessions).post([before])
    assert sessions.items[TREATED] == once


def test_what_is_sent_again_to_another_consumer_is_left_to_it() -> None:
    sessions = InMemorySessionStore()
    for number, consumer in enumerate((b"roll_up", b"score"), start=1):
        data = record(number).data.replace(
            b'"redriven_to":null', b'"redriven_to":"' + consumer + b'"'
        )
        ledger(sessions).post([Record(number, data)])
    assert [view.view_id for view in sessions.items[TREATED].state.views] == ["view-0002"]


@given(
    lengths=st.lists(st.integers(1, 4), min_size=1, max_size=5),
    replays=st.lists(st.integers(0, 4), max_size=8),
)
def test_replaying_any_batch_any_number_of_times_changes_nothing(
    lengths: list[int], replays: list[int]
) -> None:
    numbers = iter(range(1, 100))
    batches = [
        [record(n, lcp_ms=400.0 * n) for n in (next(numbers) for _ in range(length))]
        for length in lengths
    ]
    once, again = InMemorySessionStore(), InMemorySessionStore()
    for index, batch in enumerate(batches):
        ledger(once).post(batch)
        ledger(again).post(batch)
        for replay in replays:
            if replay <= index:
                ledger(again).post(batches[replay])
    assert again.items == once.items
    assert again.puts == once.puts


class _Rival(InMemorySessionStore):
    """Another worker that stores the same records between our read and our write, once."""

    def __init__(self) -> None:
        super().__init__()
        self.rival: InMemorySessionStore | None = InMemorySessionStore()

    def put(self, session_id, new, *, replacing, expires_at_s):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
        if self.rival:
            ledger(self.rival).post([record(1)])
            self.items.update(self.rival.items)
            self.rival = None
        return super().put(session_id, new, replacing=replacing, expires_at_s=expires_at_s)


def test_two_workers_on_one_session_end_in_the_state_of_one() -> None:
    raced, alone = _Rival(), InMemorySessionStore()
    outcome = ledger(raced).post([record(1), record(2)])
    ledger(alone).post([record(1), record(2)])
    assert outcome.failed == []
    assert raced.items == alone.items
