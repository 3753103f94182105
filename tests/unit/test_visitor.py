"""Who agreed keeps his arms; who did not is never recognised, and nobody is linked."""

import json
import secrets
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adaptive.delivery.assignment import is_control
from adaptive.delivery.client import UNKNOWN, Client
from adaptive.delivery.intake import Receipt
from adaptive.delivery.policy import Policy
from adaptive.delivery.session import SessionId, mint, recognise
from adaptive.delivery.trial import Changes, Trial, arms_of
from adaptive.delivery.visitor import Draw
from tests.fakes import InMemoryBeaconStream
from tests.samples import HELD_OUT, INGEST, INITIAL, TREATED, envelope, wire_beacon
from tests.unit.test_intake import intake

LITE = Changes(default_tier="lite")
TRIALS = (
    Trial(name="one", layer="tiers", slots=(0, 500), share=0.5, changes=LITE),
    Trial(name="two", layer="tiers", slots=(500, 1_000), share=0.1, changes=LITE),
)
POLICY = INITIAL.model_copy(update={"trials": TRIALS, "holdout_share": 0.1})


def draw(policy: Policy = POLICY) -> Draw:
    return Draw(policy, INGEST.holdout_salt, secrets.token_bytes)


def arms(each: SessionId) -> tuple[bool, dict[str, str]]:
    if is_control(each, share=POLICY.holdout_share, salt=INGEST.holdout_salt):
        return True, {}
    return False, arms_of(each, TRIALS)


def take(*, returning: str | None = None, client: Client = UNKNOWN, **beacon: Any) -> Receipt:
    body = envelope(wire_beacon(**beacon))
    return intake().take(body, session=None, client=client, sender="", returning=returning)


@given(st.binary(min_size=16, max_size=16))
@settings(max_examples=40, deadline=None)
def test_every_session_of_a_visitor_has_his_arms_and_none_his_id(seed: bytes) -> None:
    session, visitor, _ = draw().ids(None, mint(lambda _: seed), agreed=True)
    again, kept, is_returning = draw().ids(None, visitor, agreed=True)
    assert is_returning
    assert visitor == kept == mint(lambda _: seed)
    assert arms(session) == arms(again) == arms(kept)
    assert len({session, again, visitor}) == 3


def test_who_agrees_in_the_middle_of_a_session_keeps_the_arms_of_that_session() -> None:
    for _ in range(50):
        known = mint(secrets.token_bytes)
        session, visitor, is_returning = draw().ids(known, None, agreed=True)
        assert session == known
        assert not is_returning
        assert visitor
        assert arms(visitor) == arms(known)


def test_a_session_that_is_known_is_never_drawn_again() -> None:
    assert draw().ids(TREATED, HELD_OUT, agreed=True) == (TREATED, HELD_OUT, False)


def test_visitors_are_drawn_into_arms_as_sessions_are() -> None:
    drawn = [draw().ids(None, None, agreed=True)[1] for _ in range(2_000)]
    held_out = sum(arms(each)[0] for each in drawn if each)
    assert 140 <= held_out <= 260  # a tenth, within four and a half standard errors


def test_arms_too_rare_to_be_met_keep_the_holdout_at_least() -> None:
    rare = [
        Trial(name=f"t{n}", layer=f"l{n}", slots=(n, n + 1), share=0.5, changes=LITE)
        for n in range(20)
    ]
    policy = POLICY.model_copy(update={"trials": tuple(rare)})
    visitor = next(
        each
        for each in (mint(secrets.token_bytes) for _ in range(9_999))
        if len(arms_of(each, rare)) > 0 and not arms(each)[0]
    )
    session, *_ = draw(policy).ids(None, visitor, agreed=True)
    assert not is_control(session, share=0.1, salt=INGEST.holdout_salt)


def test_only_a_session_that_begins_in_his_earlier_arms_is_told_as_returning() -> None:
    body = envelope(wire_beacon(consent="granted"))
    stream = InMemoryBeaconStream()
    taken = intake(stream=stream)
    for session, visitor in ((None, None), (None, TREATED), (TREATED, TREATED)):
        taken.take(body, session=session, client=UNKNOWN, sender="", returning=visitor)
    told = [json.loads(each).get("returning") for _, each in stream.records]
    assert told == [None, True, None]


@pytest.mark.parametrize("said", [None, "denied", "pending"])
def test_without_an_explicit_yes_there_is_no_visitor(said: str | None) -> None:
    assert take(consent=said).visitor_id is None
    assert take(consent=said, returning=TREATED).visitor_id is None


@pytest.mark.parametrize("client", [Client(opted_out=True), Client(bot=True)])
def test_a_yes_counts_for_nothing_with_global_privacy_control_or_of_a_program(
    client: Client,
) -> None:
    assert take(client=client, consent="granted", returning=TREATED).visitor_id is None


def test_one_beacon_without_a_yes_speaks_for_all_of_them() -> None:
    body = envelope(wire_beacon(consent="granted"), wire_beacon(view_id="view-0002"))
    receipt = intake().take(body, session=None, client=UNKNOWN, sender="", returning=TREATED)
    assert receipt.visitor_id is None


@pytest.mark.parametrize(
    "forged", ["", "x", TREATED + "A", "../../../etc/passwd/aa", "ä" * 22, "a;Domain=evil.example"]
)
def test_what_is_no_id_of_ours_is_replaced(forged: str) -> None:
    visitor = take(consent="granted", returning=forged).visitor_id
    assert recognise(visitor) == visitor != forged


def test_the_stream_never_hears_of_the_visitor() -> None:
    stream = InMemoryBeaconStream()
    body = envelope(wire_beacon(consent="granted"))
    receipt = intake(stream=stream).take(
        body, session=None, client=UNKNOWN, sender="", returning=HELD_OUT
    )
    assert receipt.visitor_id == HELD_OUT != receipt.session_id
    assert HELD_OUT not in repr(stream.records)
