import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptive.delivery.assignment import is_control
from adaptive.delivery.session import SessionId

ids = st.binary(min_size=16, max_size=16).map(lambda raw: SessionId(raw.hex()))


@given(session_id=ids)
def test_an_arm_never_changes(session_id: SessionId) -> None:
    assert is_control(session_id, share=0.5, salt="s") == is_control(
        session_id, share=0.5, salt="s"
    )


@given(session_id=ids, share=st.floats(min_value=0, max_value=1))
def test_a_larger_holdout_only_adds_sessions(session_id: SessionId, share: float) -> None:
    if is_control(session_id, share=share / 2, salt="s"):
        assert is_control(session_id, share=share, salt="s")


@pytest.mark.parametrize("share", [0.0, 0.05, 0.5, 1.0])
def test_the_holdout_is_proportional(share: float) -> None:
    n = 20_000
    drawn = sum(is_control(SessionId(f"id-{k}"), share=share, salt="s") for k in range(n))
    four_sigma = 4 * (n * share * (1 - share)) ** 0.5
    assert abs(drawn - n * share) <= four_sigma


def test_another_salt_draws_another_holdout() -> None:
    both = sum(
        is_control(SessionId(f"id-{k}"), share=0.5, salt="a")
        and is_control(SessionId(f"id-{k}"), share=0.5, salt="b")
        for k in range(10_000)
    )
    assert 2_250 < both < 2_750
