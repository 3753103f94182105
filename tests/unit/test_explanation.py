import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptive.delivery import evidence, tier
from adaptive.delivery.explanation import explain
from adaptive.delivery.session import SessionState
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
views = st.lists(st.tuples(vitals, st.sampled_from(list(Tier))), max_size=9)


def after(views: list[tuple[dict[str, float], Tier]]) -> SessionState:
    state = SessionState()
    for number, (told, served) in enumerate(views):
        report = beacon(view_id=f"view-{number:04}", tier=str(served), vitals=told)
        state = tier.follow(state, report, RULES)
    return state


@given(views=views)
def test_the_points_lost_are_what_the_score_lacks_to_100(
    views: list[tuple[dict[str, float], Tier]],
) -> None:
    found = explain(after(views), RULES)
    lost = sum(part.lost for view in found.views for part in view.vitals.values())
    assert lost == pytest.approx(100 - found.score if found.score is not None else 0, abs=1e-6)
    assert sum(view.share for view in found.views) == pytest.approx(
        1 if found.score is not None else 0
    )


@given(views=views)
def test_the_score_and_the_tiers_are_those_that_were_decided_by(
    views: list[tuple[dict[str, float], Tier]],
) -> None:
    state = after(views)
    found = explain(state, RULES)
    assert (found.score, found.tier) == (state.score, state.tier)
    prospects = tier.prospects(state, RULES)
    for each, part in found.tiers.items():
        assert (part.lcp_met, part.inp_met, part.worth) == (
            prospects[each].lcp,
            prospects[each].inp,
            prospects[each].worth,
        )


def test_what_nobody_measured_explains_nothing() -> None:
    found = explain(SessionState(), RULES)
    assert (found.score, found.tier, found.best, found.views) == (None, None, None, ())
    assert {part.lcp_ms for part in found.tiers.values()} == {None}


def test_a_predicted_vital_is_as_likely_to_be_missed_as_not() -> None:
    state = after([({"ttfb_ms": 300, "lcp_ms": 3_000, "inp_ms": 150}, Tier.FULL)] * 4)
    predicted = explain(state, RULES).tiers[Tier.LITE]
    assert predicted.lcp_ms is not None
    assert predicted.inp_ms is not None
    for name, value in (("lcp_ms", predicted.lcp_ms), ("inp_ms", predicted.inp_ms)):
        target = RULES.target.model_copy(update={name: value})
        chances = tier.prospects(state, RULES.model_copy(update={"target": target}))[Tier.LITE]
        assert getattr(chances, name.removesuffix("_ms")) == pytest.approx(0.5, abs=1e-6)


def test_a_steady_session_is_predicted_what_it_had_and_less_at_poorer_tiers() -> None:
    state = after([({"ttfb_ms": 300, "lcp_ms": 3_000, "inp_ms": 150}, Tier.FULL)] * 4)
    tiers = explain(state, RULES).tiers
    assert tiers[Tier.FULL].lcp_ms == pytest.approx(3_000, rel=0.01)
    assert tiers[Tier.FULL].inp_ms == pytest.approx(150, rel=0.01)
    predicted = [part.lcp_ms or 0 for part in tiers.values()]
    assert predicted == sorted(predicted, reverse=True)


def test_a_tier_that_is_off_is_never_the_best() -> None:
    rules = RULES.model_copy(update={"tiers_on": (Tier.STANDARD, Tier.LITE)})
    state = after([({"ttfb_ms": 30, "lcp_ms": 300, "inp_ms": 20}, Tier.FULL)] * 4)
    found = explain(state, rules)
    assert found.best is Tier.STANDARD
    assert not found.tiers[Tier.FULL].is_on


def test_what_stands_before_the_first_view_is_told() -> None:
    slow = beacon(network={"ect": "3g"})
    found = explain(tier.follow(SessionState(), slow, RULES), RULES)
    assert found.prior == evidence.prior(slow)
