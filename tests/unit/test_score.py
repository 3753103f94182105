import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptive.delivery import evidence, score
from adaptive.delivery.session import VIEWS_KEPT, SessionState
from adaptive.edge.policy import Tier
from tests.samples import RULES, beacon

milliseconds = st.floats(min_value=0, max_value=600_000)
vitals = st.fixed_dictionaries(
    {},
    optional={
        "lcp_ms": milliseconds,
        "fcp_ms": milliseconds,
        "ttfb_ms": milliseconds,
        "inp_ms": milliseconds,
        "cls": st.floats(min_value=0, max_value=1_000),
    },
)
tiers = st.sampled_from([*Tier, None])


def scored(tier: Tier | None, **vitals: float) -> float | None:
    state = score.update(SessionState(), beacon(tier=tier and str(tier), vitals=vitals))
    return score.of_session(state, RULES)


@pytest.mark.parametrize(
    ("lcp_ms", "expected"), [(1_250, 1.0), (2_500, 0.90), (4_000, 0.50), (6_000, 0.13)]
)
def test_the_curve_passes_through_lighthouses_golden_points(lcp_ms: float, expected: float) -> None:
    assert score.curve(lcp_ms, 2_500, 4_000) == pytest.approx(expected, abs=0.005)


def test_a_metric_of_zero_is_perfect() -> None:
    assert score.curve(0, 0.1, 0.25) == 1


@given(tier=tiers, vitals=vitals)
def test_a_score_stays_within_0_and_100(tier: Tier | None, vitals: dict[str, float]) -> None:
    points = scored(tier, **vitals)
    assert (points is None) == (not vitals)
    assert points is None or 0 <= points <= 100


@given(tier=tiers, vitals=vitals, factor=st.floats(min_value=1, max_value=10))
def test_a_view_slower_throughout_never_scores_higher(
    tier: Tier | None, vitals: dict[str, float], factor: float
) -> None:
    fast = {name: value / 10 for name, value in vitals.items()}
    slow = {name: value * factor for name, value in fast.items()}
    faster, slower = scored(tier, **fast), scored(tier, **slow)
    assert faster is None or slower is None or slower <= faster + 1e-9


@given(
    tier=tiers,
    vitals=vitals,
    worse=st.sampled_from(["lcp_ms", "inp_ms", "fcp_ms", "cls"]),
    by=st.floats(min_value=0, max_value=500),
)
def test_a_view_worse_in_one_vital_never_scores_higher(
    tier: Tier | None, vitals: dict[str, float], worse: str, by: float
) -> None:
    better = {"lcp_ms": 1_000.0, "inp_ms": 100.0, "fcp_ms": 900.0, "cls": 0.05, **vitals}
    better = {name: value / 2 for name, value in better.items()}
    before, after = scored(tier, **better), scored(tier, **{**better, worse: better[worse] + by})
    assert before is not None
    assert after is not None
    assert after <= before + 1e-9


def test_the_same_experience_at_a_poorer_tier_means_a_poorer_network() -> None:
    at_full = scored(Tier.FULL, lcp_ms=1_500, ttfb_ms=500, inp_ms=150)
    at_lite = scored(Tier.LITE, lcp_ms=1_500, ttfb_ms=500, inp_ms=150)
    assert at_full is not None
    assert at_lite is not None
    assert at_lite < at_full


def test_control_sessions_are_scored_as_full() -> None:
    control = score.update(SessionState(), beacon(tier="control"))
    assert control.views[0].tier is Tier.FULL


@given(vitals=vitals)
def test_a_report_seen_twice_changes_nothing(vitals: dict[str, float]) -> None:
    once = score.update(SessionState(), beacon(vitals=vitals))
    assert score.update(once, beacon(vitals=vitals)) is once


def test_an_older_report_after_a_newer_changes_nothing() -> None:
    newer = score.update(SessionState(), beacon(sequence=2))
    assert score.update(newer, beacon(sequence=1, vitals={"lcp_ms": 9})) is newer


def test_a_later_report_supersedes_and_keeps_what_it_does_not_repeat() -> None:
    first = score.update(SessionState(), beacon(vitals={"lcp_ms": 1_000, "ttfb_ms": 90}))
    last = score.update(first, beacon(sequence=1, vitals={"lcp_ms": 1_400, "inp_ms": 30}))
    assert [view.vitals.model_dump(exclude_none=True) for view in last.views] == [
        {"lcp_ms": 1_400, "ttfb_ms": 90, "inp_ms": 30}
    ]


@pytest.mark.parametrize(
    "change",
    [{"hidden": True}, {"navigation": "back-forward-cache"}, {"navigation": "soft-navigation"}],
)
def test_views_that_load_nothing_in_sight_are_no_evidence(change: dict[str, object]) -> None:
    assert score.update(SessionState(), beacon(**change)) == SessionState()


def test_only_the_last_views_are_remembered() -> None:
    state = SessionState()
    for number in range(VIEWS_KEPT + 5):
        state = score.update(state, beacon(view_id=f"view-{number:04}"))
    assert [view.view_id for view in state.views] == [
        f"view-{n:04}" for n in range(5, VIEWS_KEPT + 5)
    ]


def two_views(**second: object) -> SessionState:
    slow = beacon(
        view_id="slow-one",
        vitals={"lcp_ms": 600_000},
        clock={"started_at_ms": 5_000, "sent_after_ms": 0},
    )
    fast = beacon(view_id="fast-one", vitals={"lcp_ms": 0}, **second)
    return score.update(score.update(SessionState(), slow), fast)


def test_a_view_counts_half_after_half_life_views() -> None:
    state = two_views()
    share = 0.5 ** (1 / evidence.HALF_LIFE_VIEWS)
    assert score.of_session(state, RULES) == pytest.approx(100 / (1 + share))


def test_a_view_counts_half_after_half_life_minutes_by_the_browsers_own_clock() -> None:
    later_ms = 5_000 + evidence.HALF_LIFE_MINUTES * 60_000
    state = two_views(clock={"started_at_ms": later_ms, "sent_after_ms": 0})
    share = 0.5 ** (1 / evidence.HALF_LIFE_VIEWS + 1)
    assert score.of_session(state, RULES) == pytest.approx(100 / (1 + share))


def test_a_browser_clock_set_back_makes_no_view_count_more() -> None:
    assert score.of_session(
        two_views(clock={"started_at_ms": 0, "sent_after_ms": 0}), RULES
    ) == score.of_session(two_views(), RULES)


def test_a_session_without_vitals_has_no_score() -> None:
    assert score.of_session(SessionState(), RULES) is None
    state = score.update(SessionState(), beacon(vitals={}))
    assert score.of_session(state, RULES) is None
