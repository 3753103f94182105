import secrets
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest

from adaptive.delivery.assignment import is_control
from adaptive.delivery.budget import Budget
from adaptive.delivery.client import UNKNOWN, Client
from adaptive.delivery.intake import Intake
from adaptive.delivery.ledger import Ledger, Record
from adaptive.delivery.policy import Policy
from adaptive.delivery.policy_book import PolicyBook
from adaptive.delivery.policy_watch import PolicyArchive
from adaptive.delivery.session import Arrival, Prior, SessionId, SessionState, mint, recognise
from adaptive.delivery.tier import follow
from adaptive.delivery.trial import Changes, arms_of
from adaptive.edge.policy import CONTROL, Tier
from adaptive.errors import BeaconError, BudgetError, UnavailableError
from adaptive.ports import Stored
from adaptive.settings.rules import Target
from tests.fakes import (
    InMemoryBeaconStream,
    InMemoryDeadLetters,
    InMemorySessionStore,
    InMemoryVersionedStore,
)
from tests.samples import (
    HELD_OUT,
    INGEST,
    INITIAL,
    SCORE,
    TREATED,
    beacon,
    envelope,
    wire_beacon,
)

AT = datetime(2026, 11, 1, tzinfo=UTC)


def intake(
    sessions: InMemorySessionStore | None = None,
    stream: InMemoryBeaconStream | None = None,
    *,
    policy: Policy = INITIAL,
    prior: Prior | None = None,
) -> Intake:
    return Intake(
        settings=INGEST,
        policy=lambda: policy,
        sessions=sessions or InMemorySessionStore(),
        stream=stream or InMemoryBeaconStream(),
        now=lambda: AT,
        entropy=bytes,
        session_budget=Budget(INGEST.session_beacons_per_minute, clock=lambda: 0),
        sender_budget=Budget(INGEST.sender_beacons_per_minute, clock=lambda: 0),
        prior=lambda *_: prior,
    )


def changed(**changes: Any) -> Policy:
    return Policy(**{**INITIAL.model_dump(), **changes})


def test_without_the_stream_nothing_is_acknowledged() -> None:
    with pytest.raises(UnavailableError):
        intake(stream=InMemoryBeaconStream(down=True)).take(
            envelope(), session=None, client=UNKNOWN, sender=""
        )


def test_without_the_store_beacons_are_still_taken() -> None:
    stream = InMemoryBeaconStream()
    receipt = intake(InMemorySessionStore(down=True), stream).take(
        envelope(), session=TREATED, client=UNKNOWN, sender=""
    )
    assert (receipt.accepted, receipt.tier_word, len(stream.records)) == (1, "lite", 1)


SLOW = Prior(fixed_ms=900, moved_ms=9_000, inp_ms=300, of="*,*,*")
UNTOUCHED = {"vitals": {"ttfb_ms": 700, "lcp_ms": 2_200}}


def test_what_was_measured_of_such_visitors_decides_with_the_first_view_in_both_halves() -> None:
    words, stored = [], []
    for prior in (None, SLOW):
        stream, sessions = InMemoryBeaconStream(), InMemorySessionStore()
        receipt = intake(stream=stream, prior=prior).take(
            envelope(wire_beacon(**UNTOUCHED)), session=TREATED, client=UNKNOWN, sender=""
        )
        words.append(receipt.tier_word)
        batch = [Record(at, data) for at, (_, data) in enumerate(stream.records, start=1)]
        rules = PolicyArchive(InMemoryVersionedStore(), SCORE.rules, lambda _: None).rules
        Ledger(SCORE, sessions, InMemoryDeadLetters(), rules).post(batch)
        stored.append(sessions.items[TREATED].state)
    assert words == [state.tier for state in stored]
    assert Tier(words[1] or "").rank > Tier(words[0] or "").rank
    assert stored[1].prior == SLOW


def test_a_session_that_is_known_keeps_what_it_began_with() -> None:
    state = follow(SessionState(), beacon(), INITIAL)
    sessions, stream = InMemorySessionStore(), InMemoryBeaconStream()
    sessions.items[TREATED] = Stored(state, 1)
    intake(sessions, stream, prior=SLOW).take(
        envelope(), session=TREATED, client=UNKNOWN, sender=""
    )
    [(_, data)] = stream.records
    assert Arrival.model_validate_json(data).prior is None


@pytest.mark.parametrize(
    ("report", "client"),
    [(wire_beacon(consent="denied"), UNKNOWN), (wire_beacon(), Client(bot=True))],
)
def test_without_consent_and_of_bots_nothing_counts_at_full(
    report: dict[str, Any], client: Client
) -> None:
    stream = InMemoryBeaconStream()
    intake(stream=stream, prior=SLOW).take(envelope(report), session=None, client=client, sender="")
    [(_, data)] = stream.records
    arrival = Arrival.model_validate_json(data)
    assert (arrival.at_full, arrival.prior) == (None, None)


def test_a_body_without_a_good_beacon_reaches_no_stream() -> None:
    stream = InMemoryBeaconStream()
    with pytest.raises(BeaconError):
        intake(stream=stream).take(b"{}", session=None, client=UNKNOWN, sender="")
    assert stream.records == []


def test_beacons_over_a_sessions_budget_reach_no_stream() -> None:
    stream = InMemoryBeaconStream()
    taker = intake(stream=stream)
    fifty = envelope(*(wire_beacon(view_id=f"view-{n:04}") for n in range(50)))
    for _ in range(2):
        taker.take(fifty, session=TREATED, client=UNKNOWN, sender="")
    with pytest.raises(BudgetError):
        taker.take(fifty, session=TREATED, client=UNKNOWN, sender="")
    assert len(stream.records) == 100
    taker.take(fifty, session=HELD_OUT, client=UNKNOWN, sender="")


def test_new_sessions_of_one_address_share_its_budget() -> None:
    taker = intake()
    fifty = envelope(*(wire_beacon(view_id=f"view-{n:04}") for n in range(50)))
    for _ in range(60):
        session = mint(secrets.token_bytes)
        taker.take(fifty, session=session, client=UNKNOWN, sender="one")
    with pytest.raises(BudgetError):
        taker.take(fifty, session=mint(secrets.token_bytes), client=UNKNOWN, sender="one")
    taker.take(fifty, session=mint(secrets.token_bytes), client=UNKNOWN, sender="another")


def test_a_forged_session_cookie_is_replaced() -> None:
    receipt = intake().take(envelope(), session="../../admin", client=UNKNOWN, sender="")
    assert recognise(receipt.session_id) == receipt.session_id != "../../admin"


def test_a_held_out_session_is_told_so_however_slow_it_is() -> None:
    assert (
        intake().take(envelope(), session=HELD_OUT, client=UNKNOWN, sender="").tier_word
        == "control"
    )


def test_the_store_is_not_asked_for_who_cannot_be_in_it() -> None:
    sessions = InMemorySessionStore()
    for session, client in ((None, UNKNOWN), ("forged", UNKNOWN), (TREATED, Client(bot=True))):
        intake(sessions).take(envelope(), session=session, client=client, sender="")
    assert sessions.gets == 0
    intake(sessions).take(envelope(), session=TREATED, client=UNKNOWN, sender="")
    assert sessions.gets == 1


def test_a_kill_gives_everybody_originals_and_goes_on_learning() -> None:
    sessions, stream = InMemorySessionStore(), InMemoryBeaconStream()
    killed = changed(version=1, kill=True)
    for session in (TREATED, HELD_OUT, None):
        receipt = intake(sessions, stream, policy=killed).take(
            envelope(), session=session, client=UNKNOWN, sender=""
        )
        assert receipt.tier_word == "control"
    ledger = Ledger(SCORE, sessions, InMemoryDeadLetters(), lambda *_: killed)
    ledger.post([Record(n, data) for n, (_, data) in enumerate(stream.records)])
    lifted = intake(sessions, stream, policy=changed(version=2)).take(
        envelope(wire_beacon(sequence=1)), session=TREATED, client=UNKNOWN, sender=""
    )
    assert lifted.tier_word == "lite"


def test_the_policys_share_draws_the_holdout() -> None:
    for share, word in ((1, "control"), (0, "lite")):
        for session in (TREATED, HELD_OUT):
            receipt = intake(policy=changed(version=1, holdout_share=share)).take(
                envelope(), session=session, client=UNKNOWN, sender=""
            )
            assert receipt.tier_word == word


def test_a_tier_that_is_off_is_not_answered_with_even_if_nothing_new_is_known() -> None:
    sessions = InMemorySessionStore()
    sessions.items[TREATED] = Stored(SessionState(tier=Tier.STANDARD), 1)
    policy = changed(version=1, tiers_on=(Tier.FULL, Tier.LITE))
    receipt = intake(sessions, policy=policy).take(
        envelope(wire_beacon(vitals={})), session=TREATED, client=UNKNOWN, sender=""
    )
    assert receipt.tier_word == "lite"


def test_what_was_decided_by_is_on_every_beacon_of_a_session() -> None:
    stream = InMemoryBeaconStream()
    for policy in (INITIAL, changed(version=7, holdout_share=0.2)):
        intake(stream=stream, policy=policy).take(
            envelope(), session=TREATED, client=UNKNOWN, sender=""
        )
    body = envelope(wire_beacon(consent="denied"))
    intake(stream=stream, policy=policy).take(body, session=TREATED, client=UNKNOWN, sender="")
    arrivals = [Arrival.model_validate_json(data) for _, data in stream.records]
    assert [(each.policy, each.holdout_share) for each in arrivals] == [
        (None, None),
        (7, 0.2),
        (None, None),
    ]


def test_a_bot_is_recorded_as_one_and_moves_no_tier() -> None:
    stream = InMemoryBeaconStream()
    receipt = intake(stream=stream).take(
        envelope(), session=TREATED, client=Client(bot=True), sender=""
    )
    [(_, data)] = stream.records
    assert Arrival.model_validate_json(data).bot
    assert receipt.tier_word == "full"


def test_what_reaches_the_stream_is_keyed_by_session_and_complete() -> None:
    stream = InMemoryBeaconStream()
    intake(stream=stream).take(
        envelope(wire_beacon(tier="lite")),
        session=TREATED,
        client=Client("NO", "03", 2119),
        sender="",
    )
    [(key, data)] = stream.records
    arrival = Arrival.model_validate_json(data)
    assert key == arrival.session_id == TREATED
    assert (arrival.received_at, arrival.beacon.tier) == (AT, "lite")
    assert (arrival.country, arrival.region, arrival.asn) == ("NO", "03", 2119)


@pytest.mark.parametrize("session", [TREATED, HELD_OUT])
def test_the_score_that_was_gone_by_travels_with_the_beacon_in_both_arms(session: str) -> None:
    sessions, stream = InMemorySessionStore(), InMemoryBeaconStream()
    ledger = Ledger(SCORE, sessions, InMemoryDeadLetters(), lambda *_: SCORE.rules)
    for view, lcp_ms in enumerate([6_000, 900]):
        body = envelope(wire_beacon(view_id=f"view-000{view}", vitals={"lcp_ms": lcp_ms}))
        intake(sessions, stream).take(body, session=session, client=UNKNOWN, sender="")
        ledger.post([Record(view, stream.records[-1][1])])
        told = Arrival.model_validate_json(stream.records[-1][1]).score
        assert told is not None
        assert told == pytest.approx(sessions.items[session].state.score)


@pytest.mark.parametrize(
    ("said", "opted_out"), [("denied", False), ("pending", False), ("granted", True), (None, True)]
)
def test_without_consent_a_beacon_is_counted_and_nobody_is_recognised(
    said: str | None, *, opted_out: bool
) -> None:
    stream = InMemoryBeaconStream()
    body = envelope(wire_beacon(consent=said, page="/alice", dimensions={"plan": "gold"}))
    receipt = intake(InMemorySessionStore(down=True), stream).take(
        body,
        session=HELD_OUT,
        client=Client(country="NO", region="03", asn=64_496, opted_out=opted_out),
        sender="a",
    )
    assert (receipt.session_id, receipt.tier_word, receipt.accepted) == (None, None, 1)
    [(key, data)] = stream.records
    arrival = Arrival.model_validate_json(data)
    assert key != HELD_OUT
    assert key == arrival.beacon.view_id
    assert (arrival.session_id, arrival.country, arrival.beacon.page) == (None, "NO", "/")
    assert (arrival.region, arrival.asn) == (None, None)
    assert arrival.beacon.vitals.lcp_ms == 5200.5
    assert HELD_OUT.encode() not in data
    assert b"gold" not in data


def test_the_views_of_a_body_without_a_session_are_each_kept_in_order() -> None:
    stream = InMemoryBeaconStream()
    views = [wire_beacon(view_id=f"view-000{n}", consent="denied") for n in (1, 2, 1)]
    intake(stream=stream).take(envelope(*views), session=None, client=UNKNOWN, sender="a")
    assert [key for key, _ in stream.records] == ["view-0001", "view-0001", "view-0002"]


def test_one_beacon_without_consent_speaks_for_the_whole_body() -> None:
    stream = InMemoryBeaconStream()
    body = envelope(wire_beacon(consent="granted"), wire_beacon(sequence=1, consent="denied"))
    assert (
        intake(stream=stream).take(body, session=TREATED, client=UNKNOWN, sender="a").session_id
        is None
    )
    assert {Arrival.model_validate_json(data).session_id for _, data in stream.records} == {None}


def test_the_start_of_a_view_is_told_by_our_clock() -> None:
    stream = InMemoryBeaconStream()
    in_1970 = wire_beacon(clock={"started_at_ms": 0, "sent_after_ms": 3_000})
    intake(stream=stream).take(envelope(in_1970), session=TREATED, client=UNKNOWN, sender="a")
    arrival = Arrival.model_validate_json(stream.records[0][1])
    assert arrival.started_at == AT - timedelta(seconds=3)
    assert arrival.clock == "absurd"


def test_ingest_and_the_stream_decide_the_same_tier_whatever_is_put_in_between() -> None:
    sessions, stream = InMemorySessionStore(), InMemoryBeaconStream()
    book = PolicyBook(InMemoryVersionedStore())
    archive = PolicyArchive(book.store, SCORE.rules, lambda error: pytest.fail(str(error)))
    ledger = Ledger(SCORE, sessions, InMemoryDeadLetters(), archive.rules)
    policy = INITIAL
    for view, lcp_ms in enumerate([6_000, 900, 400, 400, 9_000, 400]):
        body = envelope(wire_beacon(view_id=f"view-000{view}", vitals={"lcp_ms": lcp_ms}))
        told = (
            intake(sessions, stream, policy=policy)
            .take(body, session=TREATED, client=UNKNOWN, sender="")
            .tier_word
        )
        on = tuple(Tier)[view % 3 :]
        policy = book.put(
            changed(tiers_on=on, default_tier=on[0]),
            replacing=policy.version,
            who="me",
            why="test",
            at=AT,
        ).policy
        ledger.post([Record(view, stream.records[-1][1])])
        assert sessions.items[TREATED].state.tier == told


class Trials:
    """A policy on trial with half of the sessions: everybody at `minimal`."""

    CHANGES: ClassVar = {"tiers_on": ["minimal"], "default_tier": "minimal"}

    def __init__(self, share: float = 0.5) -> None:
        trial = {"name": "poorest", "layer": "tiers", "slots": [0, 1_000], "share": share}
        self.policy = changed(trials=[{**trial, "changes": self.CHANGES}])
        self.sessions, self.stream = InMemorySessionStore(), InMemoryBeaconStream()

    def take(self, session: str, lcp_ms: float = 400) -> tuple[str | None, Arrival]:
        body = envelope(wire_beacon(vitals={"lcp_ms": lcp_ms}))
        receipt = intake(self.sessions, self.stream, policy=self.policy).take(
            body, session=session, client=UNKNOWN, sender=""
        )
        return receipt.tier_word, Arrival.model_validate_json(self.stream.records[-1][1])


def in_arm(policy: Policy, arm: str | None) -> str:
    """Somebody of that arm who is not held out."""
    for number in range(10_000):
        session = SessionId(f"{number:022}")
        held_out = is_control(session, share=INGEST.holdout_share, salt=INGEST.holdout_salt)
        if arms_of(session, policy.trials).get("poorest.1") == arm and not held_out:
            return session
    raise AssertionError(arm)


def test_candidates_get_the_policy_on_trial_and_both_arms_are_marked_as_exposed() -> None:
    world = Trials()
    word, arrival = world.take(in_arm(world.policy, "candidate"))
    assert (word, arrival.exposed) == ("minimal", ("holdout", "poorest.1"))
    word, arrival = world.take(in_arm(world.policy, "baseline"))
    assert (word, arrival.exposed) == ("full", ("poorest.1",))


def test_whom_both_arms_would_serve_alike_is_not_exposed() -> None:
    world = Trials()
    changes = Changes(target=Target(lcp_ms=2_400, inp_ms=200, share=0.75))
    [trial] = world.policy.trials
    world.policy = changed(trials=[trial.model_copy(update={"changes": changes})])
    assert world.take(in_arm(world.policy, "candidate"))[1].exposed is None


def test_the_holdout_gets_originals_on_trial_or_not_and_says_if_it_would_have_been_adapted() -> (
    None
):
    world = Trials(share=1)
    assert world.take(HELD_OUT)[0] == CONTROL
    world.policy = INITIAL
    word, arrival = world.take(HELD_OUT, lcp_ms=9_000)
    assert (word, arrival.exposed) == (CONTROL, ("holdout",))
    assert world.take(HELD_OUT, lcp_ms=400)[1].exposed is None


def test_the_stream_follows_a_candidate_by_the_policy_on_trial() -> None:
    world = Trials()
    book = PolicyBook(InMemoryVersionedStore())
    world.policy = book.put(world.policy, replacing=0, who="me", why="test", at=AT).policy
    archive = PolicyArchive(book.store, SCORE.rules, lambda error: pytest.fail(str(error)))
    ledger = Ledger(SCORE, world.sessions, InMemoryDeadLetters(), archive.rules)
    for arm, tier in (("candidate", "minimal"), ("baseline", "full")):
        session = in_arm(world.policy, arm)
        world.take(session)
        ledger.post([Record(1, world.stream.records[-1][1])])
        assert world.sessions.items[session].state.tier == tier
