"""What an experiment's way may be, whatever the evidence."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from adaptive.experiments.declaration import clashes
from adaptive.experiments.guardrail import Breach
from adaptive.experiments.rollout import Decision, Evidence, Standing, State, judge, move
from tests.experiment_world import AT, experiment

BREACH = Breach("lcp", 0.12, 0.03, 0, 400)
GOOD = Evidence(improvement=0.1, at_least=0.05, sessions=1_000)
MINUTE = timedelta(minutes=1)


def started(**changes: Any) -> Standing:
    return move(Standing(experiment=experiment(**changes)), State.CANARY, at=AT, who="kim", why="x")


def run(
    standing: Standing, evidence: Evidence, *, minutes: int, stride: float = 1
) -> tuple[Standing, list[tuple[int, State, float]]]:
    """What was decided when, each period the same evidence."""
    seen: list[tuple[int, State, float]] = []
    number = standing.decision.number if standing.decision else 0
    for minute in range(1, minutes + 1):
        standing = judge(standing, evidence, AT + minute * stride * MINUTE)
        assert isinstance(standing.decision, Decision)
        if standing.decision.number != number:
            number = standing.decision.number
            seen.append((minute, standing.state, standing.decision.share))
    return standing, seen


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "holdout"}, "always on"),
        ({"name": "No spaces"}, "pattern"),
        ({"primary": "happiness"}, "none of lcp"),
        ({"guardrails": {}}, "at least 1"),
        ({"guardrails": {"happiness": 0}}, "none of lcp"),
        ({"guardrails": {"lcp": -0.1}}, "greater than or equal to 0"),
        ({"steps": (0.5,)}, "end with 1"),
        ({"steps": (0.5, 0.1, 1)}, "must ascend"),
        ({"steps": (0.5, 0.9)}, "end with 1"),
        ({"slots": (500, 500)}, "ascending"),
        ({"slots": (0, 1_001)}, "within 0 and 1000"),
        ({"maximum_days": 0.01}, "take 0.4 hours"),
        ({"changes": {}}, "name at least one"),
        ({"hypothesis": "short"}, "pattern"),
        ({"minimum_effect": 0}, "greater than 0"),
    ],
)
def test_what_cannot_be_run_is_refused_with_the_reason(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        experiment(**changes)


def test_two_that_would_share_sessions_or_change_the_same_thing_clash() -> None:
    one = experiment(slots=(0, 500))
    assert "slots overlap" in str(clashes(one, experiment(name="two", slots=(499, 600))))
    assert clashes(one, experiment(name="two", slots=(500, 1_000))) is None
    other_layer = experiment(name="two", layer="start")
    assert "target is changed by two" in str(clashes(one, other_layer))
    start = experiment(name="two", layer="start", changes={"default_tier": "lite"})
    assert clashes(one, start) is None


def test_a_good_one_reaches_everybody_step_by_step() -> None:
    standing, seen = run(started(), GOOD, minutes=60)
    assert seen == [
        (6, State.RAMP, 0.25),
        (12, State.RAMP, 0.5),
        (24, State.BAKED, 0.5),
        (25, State.PROMOTED, 1.0),
    ]
    assert standing.decision
    assert standing.decision.why == "better by 10.0%, proven: 5.0% at least"


def test_proven_harm_rolls_back_in_the_same_period_whatever_else_is_the_matter() -> None:
    for troubles in ({}, {"is_fresh": False}, {"is_mismatched": True}, {"budget_is_spent": True}):
        after = judge(started(), Evidence(breaches=(BREACH,), **troubles), AT + MINUTE)
        assert after.state is State.ROLLED_BACK
        assert after.decision
        assert after.decision.share == 0
        assert "lcp is worse by 12.0%, proven: 3.0% at least" in after.decision.why


@pytest.mark.parametrize(
    ("troubles", "said"),
    [
        ({"is_fresh": False}, "late"),
        ({"is_mismatched": True}, "shares"),
        ({"budget_is_spent": True}, "budget"),
    ],
)
def test_late_data_mismatched_arms_or_a_spent_budget_freeze(
    troubles: dict[str, bool], said: str
) -> None:
    frozen = Evidence(improvement=0.1, at_least=0.05, sessions=1_000, **troubles)  # type: ignore[arg-type]
    standing, seen = run(started(), frozen, minutes=60)
    assert (seen, standing.healthy_s) == ([], 0)
    assert said in str(standing.frozen_because)
    baked = run(started(), GOOD, minutes=24)[0]
    assert baked.state is State.BAKED
    assert judge(baked, frozen, AT + 25 * MINUTE).state is State.BAKED


def test_a_judge_that_was_away_has_watched_nothing_meanwhile() -> None:
    standing, seen = run(started(), GOOD, minutes=1, stride=60)
    assert seen == []
    assert standing.healthy_s == 300


def test_steps_wait_for_sessions_and_promotion_for_proof_of_the_minimum_effect() -> None:
    few = Evidence(improvement=0.1, at_least=0.05, sessions=49)
    assert run(started(), few, minutes=60)[1] == []
    for at_least in (-0.001, 0.0, 0.019, None):
        unproven = Evidence(improvement=0.1, at_least=at_least, sessions=99)
        assert run(started(), unproven, minutes=60)[0].state is State.RAMP


def test_what_proves_nothing_is_stopped_after_its_days() -> None:
    unproven = Evidence(improvement=0.0, at_least=-0.1, sessions=99)
    standing, seen = run(started(maximum_days=0.05), unproven, minutes=100)
    assert standing.state is State.STOPPED
    assert seen[-1][0] == 73


EVIDENCE = st.builds(
    Evidence,
    breaches=st.sampled_from([(), (), (), (BREACH,)]),
    is_mismatched=st.sampled_from([False, False, True]),
    is_fresh=st.sampled_from([True, True, False]),
    budget_is_spent=st.sampled_from([False, False, True]),
    improvement=st.sampled_from([None, 0.0, 0.1]),
    at_least=st.sampled_from([None, -0.1, 0.05]),
    sessions=st.integers(0, 200),
)


@given(st.lists(st.tuples(EVIDENCE, st.floats(0, 10)), max_size=80))
def test_no_evidence_skips_a_step_or_moves_what_has_ended(
    told: list[tuple[Evidence, float]],
) -> None:
    standing, at = started(), AT
    for evidence, minutes in told:
        at += minutes * MINUTE
        after = judge(standing, evidence, at)
        if not standing.is_running:
            assert after == standing
            continue
        assert after.step - standing.step in {0, 1}
        assert (after.state is State.ROLLED_BACK) == bool(evidence.breaches)
        if after.state is State.PROMOTED:
            assert standing.state is State.BAKED
        if after.step > standing.step or after.state in {State.BAKED, State.PROMOTED} - {
            standing.state
        }:
            assert evidence.is_fresh
            assert not evidence.is_mismatched
            assert not evidence.budget_is_spent
        standing = after
