"""The optimiser proposes within bounds, two steps at a time, and learns where not to go again."""

import random
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from adaptive.edge.policy import Tier
from adaptive.experiments.learnt import lessons, order
from adaptive.experiments.optimiser import Belief, Lesson, propose
from adaptive.experiments.registry import Registry
from adaptive.experiments.rollout import State
from adaptive.experiments.search import Point, Search
from tests.experiment_world import AT, ExperimentWorld
from tests.samples import INITIAL

HERE = Point(2_500, 0.75, Tier.FULL)
DECLARED: dict[str, Any] = {
    "metric": "lcp",
    "minimum_effect": 0.02,
    "guardrails": {"conversion": 0},
    "lcp_ms": (1_500, 3_500),
    "share": (0.6, 0.9),
    "default_tiers": ("full", "standard", "lite"),
}
SEARCH = Search.model_validate(DECLARED)
GRID = [*SEARCH.grid()]


def normal(seed: int) -> Any:
    chance = random.Random(seed)  # noqa: S311
    return lambda: chance.gauss(0, 1)


def learnt(world: ExperimentWorld) -> list[Lesson]:
    return lessons(Registry(world.store), world.book.history(), INITIAL, SEARCH)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"metric": "happiness"}, "none of lcp"),
        ({"guardrails": {"happiness": 0}}, "none of lcp"),
        ({"guardrails": {}}, "at least 1"),
        ({"lcp_ms": (3_000, 2_000)}, "ascending"),
        ({"share": (0.1, 0.9)}, "greater than or equal to 0.5"),
        ({"default_tiers": ("control",)}, "Input should be"),
        ({"steps": 50}, "less than or equal to 7"),
        ({"apply": True}, "Extra inputs"),
    ],
)
def test_a_search_that_has_no_bounds_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Search.model_validate({**DECLARED, **changes})


LESSONS = st.builds(
    Lesson,
    baseline=st.sampled_from(GRID),
    candidate=st.sampled_from(GRID),
    gain=st.floats(-0.5, 0.5),
    error=st.floats(0.001, 0.3),
    was_harmful=st.booleans(),
)
ANYWHERE = st.builds(Point, st.floats(500, 9_000), st.floats(0.5, 0.95), st.sampled_from([*Tier]))


@given(st.lists(LESSONS, max_size=6), st.sampled_from(GRID) | ANYWHERE, st.integers(0, 99))
@settings(max_examples=100, deadline=None)
def test_whatever_was_learnt_a_proposal_is_in_the_grid_and_two_steps_away_at_most(
    learnt: list[Lesson], current: Point, seed: int
) -> None:
    found = propose(SEARCH, current, learnt, normal(seed))
    if found is None:
        return
    assert found.point in GRID
    assert found.point != current
    if current in GRID:
        here, there = SEARCH.place(current), SEARCH.place(found.point)
        assert all(abs(a - b) <= 2.001 for a, b in zip(here, there, strict=True))


def test_what_experiments_showed_is_believed_the_more_the_surer_it_is() -> None:
    there = Point(2_000, 0.75, Tier.FULL)
    gains = []
    for error in (0.2, 0.02, 0.002):
        belief = Belief(SEARCH, GRID)
        before = belief.gain(there, HERE)
        belief.learn(Lesson(HERE, there, 0.03, error))
        gain, left = belief.gain(there, HERE)
        gains.append(gain)
        assert before[0] == 0
        assert left < before[1]
    assert gains == sorted(gains)
    assert gains[-1] == pytest.approx(0.03, rel=0.05)


def test_what_was_rolled_back_and_all_beyond_it_is_never_proposed_again() -> None:
    harm = Lesson(HERE, Point(3_000, 0.75, Tier.FULL), 0.4, 0.001, was_harmful=True)
    found = [propose(SEARCH, HERE, [harm], normal(seed)) for seed in range(100)]
    assert all(each.point.lcp_ms < 3_000 for each in found if each)
    assert any(found)


def test_a_policy_that_is_proven_best_of_its_neighbours_is_left_alone() -> None:
    worse = [
        Lesson(HERE, each, -0.2, 0.001)
        for each in GRID
        if max(abs(a - b) for a, b in zip(SEARCH.place(HERE), SEARCH.place(each), strict=True)) < 3
        if each != HERE
    ]
    assert all(propose(SEARCH, HERE, worse, normal(seed)) is None for seed in range(50))


def test_experiments_teach_by_everybody_in_their_arms_and_roll_backs_by_their_end() -> None:
    world = ExperimentWorld()
    world.start(steps=(0.5, 1))
    assert learnt(world) == []
    world.visit(600, faster=0.8)
    [lesson] = learnt(world)
    assert (lesson.baseline, lesson.candidate) == (HERE, Point(2_000, 0.75, Tier.FULL))
    assert lesson.gain == pytest.approx(0.2, abs=0.08)
    assert 0.01 < lesson.error < 0.08
    assert not lesson.was_harmful
    at = AT + timedelta(minutes=1)
    world.orders.end("quicker", State.ROLLED_BACK, who="kim", why="ugly", at=at)
    assert learnt(world)[0].was_harmful


def test_an_experiment_with_other_things_teaches_nothing_of_these() -> None:
    world = ExperimentWorld()
    world.start(steps=(0.5, 1), changes={"tiers_on": ["full", "lite"]})
    world.visit(600)
    assert learnt(world) == []


def test_an_order_is_an_experiment_under_a_name_that_is_free() -> None:
    found = next(
        each for seed in range(9) if (each := propose(SEARCH, HERE, [], normal(seed))) is not None
    )
    one = order(SEARCH, found, INITIAL, known=set())
    two = order(SEARCH, found, INITIAL, known={one.name})
    assert two.name == f"{one.name}-2"
    assert Point.of(INITIAL.model_copy(update=one.changes.update)) == found.point
    assert (one.primary, one.guardrails) == ("lcp", {"conversion": 0})
    world = ExperimentWorld()
    world.orders.start(one, who="kim", why="as proposed", at=AT)
    assert world.policy.trials[0].name == one.name
