from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptive.delivery import policy
from adaptive.delivery.policy import Policy
from adaptive.delivery.session import SessionId
from adaptive.delivery.trial import Trial, arms_of
from adaptive.edge.policy import Tier
from adaptive.errors import PolicyError
from adaptive.settings.rules import Target
from tests.samples import INITIAL

IDS = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=22, max_size=22).map(SessionId)
QUICKER = {"target": {"lcp_ms": 2_000, "inp_ms": 200, "share": 0.75}}


def trial(name: str = "quicker", **changes: Any) -> Trial:
    fields = {"name": name, "layer": "tiers", "slots": (0, 1_000), "share": 0.1, "changes": QUICKER}
    return Trial.model_validate({**fields, **changes})


def with_trials(*trials: Trial) -> Policy:
    return policy.parse(
        {**INITIAL.model_dump(mode="json"), "trials": [t.model_dump(mode="json") for t in trials]}
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "name at least one"),
        ({"holdout_share": 0.5}, "Extra inputs"),
        ({"default_tier": "best"}, "default_tier"),
        ({"tiers_on": ["lite"]}, "default_tier full is not among tiers_on"),
        ({"value": {"full": 0.5}}, "lacks standard"),
    ],
)
def test_what_cannot_be_served_is_no_candidate(changes: dict[str, Any], said: str) -> None:
    raw = {**trial().model_dump(mode="json"), "changes": changes}
    with pytest.raises(PolicyError, match=said):
        policy.parse({**INITIAL.model_dump(mode="json"), "trials": [raw]})


@given(IDS, st.floats(0, 1), st.floats(0, 1))
def test_more_traffic_only_adds_candidates(session: SessionId, one: float, other: float) -> None:
    small, large = sorted((one, other))
    if trial(share=small).arm_of(session) == "candidate":
        assert trial(share=large).arm_of(session) == "candidate"


@given(IDS, st.integers(1, 999))
def test_no_session_is_in_two_trials_of_a_layer(session: SessionId, border: int) -> None:
    trials = [trial("one", slots=(0, border)), trial("two", slots=(border, 1_000))]
    assert len(arms_of(session, trials)) == 1


def test_shares_are_those_that_were_asked_for_and_layers_are_independent() -> None:
    sessions = [SessionId(f"{number:022}") for number in range(20_000)]
    one = trial("one", slots=(0, 500), share=0.2)
    two = trial("two", layer="start", slots=(0, 1_000), share=0.5)
    arms = [arms_of(each, [one, two]) for each in sessions]
    first = [each for each in arms if each.get("one.1") == "candidate"]
    assert len(first) == pytest.approx(2_000, rel=0.1)
    both = [each for each in first if each["two.1"] == "candidate"]
    assert len(both) == pytest.approx(1_000, rel=0.1)


def test_a_candidate_has_the_changes_and_everything_else_of_the_policy() -> None:
    whole = with_trials(
        trial(share=1), trial("poorer", layer="start", share=1, changes={"default_tier": "lite"})
    )
    assert whole.penalty == INITIAL.penalty
    mine = whole.of(SessionId("x" * 22))
    assert (mine.target.lcp_ms, mine.default_tier) == (2_000, Tier.LITE)
    assert mine.with_changes([]).holdout_share == INITIAL.holdout_share
    assert whole.of(SessionId("x" * 22)) is mine


def test_what_a_candidate_derives_is_its_own() -> None:
    flat = dict.fromkeys(Tier, 1.0)
    whole = with_trials(trial(share=1, changes={"value": flat}))
    assert whole.penalty > 0
    assert whole.of(SessionId("x" * 22)).penalty == 0


def test_a_policy_tells_which_trials_came_and_went() -> None:
    before, after = with_trials(), with_trials(trial())
    told = "10% of slots (0, 1000)"
    assert list(policy.differences(before, after)) == [("trials.quicker", "none", told)]
    assert list(policy.differences(after, before)) == [("trials.quicker", told, "none")]
    assert before.target == Target(lcp_ms=2_500, inp_ms=200, share=0.75)
