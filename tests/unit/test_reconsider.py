import pytest

from adaptive.delivery import tier
from adaptive.delivery.reconsider import LEAST_SESSIONS, effect
from adaptive.delivery.session import SessionState
from adaptive.edge.policy import Tier
from adaptive.errors import TooLittleDataError
from tests.calibration_world import chance
from tests.samples import RULES, beacon


def sessions(count: int) -> list[SessionState]:
    draw = chance(3)
    found = []
    for _ in range(count):
        vitals = {"ttfb_ms": 300, "lcp_ms": draw.uniform(1_000, 6_000), "inp_ms": 80}
        found.append(tier.follow(SessionState(), beacon(vitals=vitals), RULES))
    return found


HEAVIER = RULES.model_copy(update={"image_weight": {**RULES.image_weight, Tier.LITE: 0.6}})


def test_sessions_that_told_nothing_do_not_count() -> None:
    states = [*sessions(LEAST_SESSIONS - 1), *[SessionState()] * 50]
    with pytest.raises(TooLittleDataError, match="99 sessions"):
        effect(states, RULES, RULES)


def test_the_same_rules_have_no_effect() -> None:
    found = effect(sessions(200), RULES, RULES)
    assert (found.sessions, found.moved) == (200, 0)
    assert (found.met.low, found.met.high) == (0, 0)
    assert all(before == after for before, after in found.tiers.values())


def test_knowing_better_what_a_tier_weighs_is_predicted_to_meet_the_target_more_often() -> None:
    found = effect(sessions(400), RULES, HEAVIER)
    assert found.moved > 0
    assert found.met.low > 0
    assert found.tiers[Tier.LITE][1] < found.tiers[Tier.LITE][0]
    assert found.met.low < found.met.after - found.met.before < found.met.high
    for side in (0, 1):
        assert sum(shares[side] for shares in found.tiers.values()) == pytest.approx(1)
