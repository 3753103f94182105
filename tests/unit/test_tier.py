from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from adaptive.delivery.session import SessionState
from adaptive.delivery.tier import choose, follow
from adaptive.edge.policy import Tier
from tests.samples import RULES, beacon

scores = st.floats(min_value=0, max_value=100)


def run(scores: Sequence[float], tier: Tier | None = None) -> list[Tier]:
    """The tiers chosen as the score takes these values."""
    chosen = []
    for points in scores:
        tier = choose(SessionState(score=points, tier=tier), RULES)
        chosen.append(tier)
    return chosen


def test_an_unmeasured_session_gets_the_default_tier() -> None:
    assert choose(SessionState(), RULES) is Tier.FULL


def test_a_collapse_drops_as_many_steps_as_needed_at_once() -> None:
    assert run([10]) == [Tier.MINIMAL]


def test_a_recovery_climbs_one_step_at_a_time() -> None:
    assert run([100, 100, 100, 100], Tier.MINIMAL) == [
        Tier.LITE,
        Tier.STANDARD,
        Tier.FULL,
        Tier.FULL,
    ]


@given(start=st.sampled_from(Tier), border=st.sampled_from([90, 75, 50]), noise=st.data())
def test_the_tier_never_flaps_inside_its_hysteresis_band(
    start: Tier, border: float, noise: st.DataObject
) -> None:
    near = st.floats(min_value=border - 4.99, max_value=border + 4.99)
    settled = run([border] * 4, start)[-1]
    assert set(run(noise.draw(st.lists(near, max_size=30)), settled)) <= {settled}


@given(points=scores, start=st.sampled_from(Tier))
def test_a_constant_score_settles_within_three_steps_and_stays(points: float, start: Tier) -> None:
    chosen = run([points] * 8, start)
    assert len(set(chosen[3:])) == 1


@given(low=scores, high=scores, tier=st.sampled_from(Tier))
def test_a_higher_score_never_earns_a_poorer_tier(low: float, high: float, tier: Tier) -> None:
    low, high = sorted((low, high))
    assert run([high], tier)[0].rank <= run([low], tier)[0].rank


def test_a_slow_first_view_lowers_the_tier_of_the_second() -> None:
    state = follow(SessionState(), beacon(), RULES)
    assert state.tier is Tier.MINIMAL
    assert state.score is not None


def test_a_first_decision_takes_the_thresholds_as_they_stand() -> None:
    assert run([89]) == [Tier.STANDARD]
    assert run([89], Tier.FULL) == [Tier.FULL]


def test_a_view_without_vitals_decides_nothing() -> None:
    assert follow(SessionState(), beacon(vitals={}), RULES).tier is None


def test_a_duplicate_report_moves_neither_score_nor_tier() -> None:
    state = follow(SessionState(tier=Tier.MINIMAL), beacon(vitals={"lcp_ms": 100}), RULES)
    assert follow(state, beacon(vitals={"lcp_ms": 100}), RULES) is state
