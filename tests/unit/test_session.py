import json
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptive.delivery import session, tier
from adaptive.delivery.session import Prior, SessionState
from tests.samples import RULES, TREATED, beacon


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        "short",
        "A" * 21,
        "A" * 23,
        "A" * 21 + "=",
        "A" * 21 + "é",
        "A" * 21 + "\n",
        "A" * 21 + "/",
    ],
)
def test_a_cookie_that_is_none_of_ours_is_not_recognised(cookie: str) -> None:
    assert session.recognise(cookie) is None


def test_no_cookie_is_no_session() -> None:
    assert session.recognise(None) is None


@given(st.binary(min_size=16, max_size=16))
def test_what_is_minted_is_recognised(entropy: bytes) -> None:
    minted = session.mint(lambda _: entropy)
    assert session.recognise(minted) == minted


def test_minted_ids_carry_128_random_bits() -> None:
    asked: list[int] = []

    def entropy(count: int) -> bytes:
        asked.append(count)
        return secrets.token_bytes(count)

    assert session.mint(entropy) != session.mint(entropy) != TREATED
    assert asked == [16, 16]


def test_a_state_survives_the_store() -> None:
    state = tier.follow(SessionState(), beacon(tier="lite"), RULES)
    assert session.load(session.dump(state)) == state


def test_a_session_begun_by_an_earlier_version_goes_on() -> None:
    prior = {"view_id": "prior", "sequence": 0, "tier": "full", "vitals": {}, "inp_guessed": True}
    prior |= {"fixed_ms": 700, "moved_ms": 3000, "inp_ms": 80}
    state = session.load(json.dumps({"prior": prior, "seen": 2}))
    assert state == SessionState(prior=Prior(fixed_ms=700, moved_ms=3_000, inp_ms=80), seen=2)
