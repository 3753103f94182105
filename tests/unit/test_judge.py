"""Experiments with simulated visitors, from the order to start to everybody, or back."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adaptive.delivery.changes import ChangeLog
from adaptive.delivery.policy import Policy
from adaptive.errors import ConflictError, PolicyError
from adaptive.experiments.registry import Registry
from adaptive.experiments.rollout import State
from tests.experiment_world import AT, ExperimentWorld, experiment
from tests.faults import Fault, FaultyVersions, Worker
from tests.samples import INITIAL


def served(policy: Policy) -> tuple[float, list[tuple[str, float]]]:
    return policy.target.lcp_ms, [(each.name, each.share) for each in policy.trials]


def run(world: ExperimentWorld, periods: int, sessions: int, **visits: float) -> list[str]:
    """The states it came to, one after the other."""
    states: list[str] = []
    for _ in range(periods):
        world.visit(sessions, **visits)
        states += world.period().moved.values()
        if not world.standing().is_running:
            break
    return states


def test_a_slow_policy_is_rolled_back_by_its_lcp_and_the_trail_is_complete() -> None:
    world = ExperimentWorld()
    world.start(steps=(0.2, 0.5, 1), step_hours=24)
    assert served(world.policy) == (2_500, [("quicker", 0.2)])
    assert run(world, 40, 100, faster=1.25) == [State.ROLLED_BACK]
    assert served(world.policy) == (2_500, [])
    standing = world.standing()
    assert standing.done
    [notice] = world.bus.notices
    assert notice.group == {"experiment": "quicker"}
    assert notice.summary.startswith("lcp is worse by ")
    decisions = Registry(world.store).decisions("quicker")
    assert [(each.target, each.who) for each in decisions] == [
        (State.CANARY, "kim"),
        (State.ROLLED_BACK, "judge"),
    ]
    changes = ChangeLog(world.operations).between(AT, world.now + timedelta(days=1))
    assert [(each.kind, each.who) for each in changes if each.kind == "experiment"] == [
        ("experiment", "kim"),
        ("experiment", "judge"),
    ]
    policies = [each.who for each in changes if each.kind == "policy"]
    assert policies == ["kim", "judge"]


def test_a_fast_policy_that_costs_sales_is_rolled_back_by_its_conversions() -> None:
    world = ExperimentWorld()
    world.start(steps=(0.5, 1))
    states = run(world, 40, 300, faster=0.5, buys=0.2, candidate_buys=0.08)
    assert states == [State.ROLLED_BACK]
    assert world.standing().decision
    assert "conversion is worse" in world.bus.notices[0].summary or "revenue" in (
        world.bus.notices[0].summary
    )


def test_a_good_policy_reaches_everybody_and_can_still_be_taken_back() -> None:
    world = ExperimentWorld()
    world.start()
    states = run(world, 60, 150, faster=0.75)
    assert states == [State.RAMP, State.RAMP, State.BAKED, State.PROMOTED]
    assert served(world.policy) == (2_000, [])
    assert world.bus.notices == []
    world.orders.end("quicker", State.ROLLED_BACK, who="kim", why="we changed our mind", at=AT)
    assert served(world.policy) == (2_500, [])


def test_a_policy_that_changes_nothing_is_never_promoted() -> None:
    world = ExperimentWorld()
    world.start(maximum_days=0.05)
    states = run(world, 90, 60)
    assert State.PROMOTED not in states
    assert states[-1] in {State.STOPPED, State.ROLLED_BACK}


def test_what_another_operator_put_meanwhile_stays() -> None:
    world = ExperimentWorld()
    world.start()
    changed = world.policy.model_copy(update={"holdout_share": 0.2})
    world.book.put(changed, replacing=1, who="lee", why="more control", at=AT)
    world.orders.end("quicker", State.STOPPED, who="kim", why="enough", at=AT)
    assert (world.policy.holdout_share, world.policy.trials) == (0.2, ())


def test_late_data_freezes() -> None:
    world = ExperimentWorld()
    world.start()
    world.visit(500)
    assert world.period(minutes=11).frozen == {"quicker": "the data is late"}


def test_a_spent_error_budget_freezes() -> None:
    world = ExperimentWorld(budget_is_spent=True)
    world.start()
    world.visit(500)
    assert world.period().frozen == {"quicker": "an error budget is spent"}


def test_a_rolled_back_experiment_rests_and_then_counts_its_sessions_anew() -> None:
    world = ExperimentWorld()
    world.start()
    with pytest.raises(ConflictError, match="quicker is canary"):
        world.start()
    world.orders.end("quicker", State.ROLLED_BACK, who="kim", why="no", at=world.now)
    with pytest.raises(ConflictError, match="it rests until 2026-11-03 10:00 UTC"):
        world.start()
    world.now += timedelta(hours=24)
    again = world.start()
    assert (again.run, again.key) == (2, "quicker.2")
    assert again.decision
    assert again.decision.number == 3


def test_orders_that_cannot_be_given_are_refused() -> None:
    world = ExperimentWorld()
    with pytest.raises(ConflictError, match="there is no experiment"):
        world.orders.end("quicker", State.STOPPED, who="kim", why="x", at=AT)
    world.start()
    with pytest.raises(ConflictError, match="slots overlap"):
        world.start(name="other")
    world.orders.end("quicker", State.STOPPED, who="kim", why="x", at=AT)
    with pytest.raises(ConflictError, match="it cannot be promoted"):
        world.orders.end("quicker", State.PROMOTED, who="kim", why="x", at=AT)
    target = world.policy.target.model_dump()
    with pytest.raises(PolicyError, match="same changes nothing"):
        world.start(name="same", changes={"target": target, "default_tier": "full"})
    with pytest.raises(PolicyError, match="trial bad"):
        world.start(name="bad", changes={"tiers_on": ["lite"]})
    for nobody in ({"who": "", "why": "x"}, {"who": "kim", "why": "\n"}):
        with pytest.raises(PolicyError, match="String should match"):
            world.orders.start(experiment(name="unsigned"), at=AT, **nobody)
    assert Registry(world.store).find("unsigned") is None
    assert world.policy.trials == ()


@given(st.lists(st.sampled_from(Fault), max_size=30))
@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
def test_a_judge_killed_anywhere_leaves_nothing_that_the_next_does_not_complete(
    faults: list[Fault],
) -> None:
    world = slow_canary()
    world.now += timedelta(minutes=1)
    while world.standing().is_running or not world.standing().done:
        worker = Worker(
            lambda worker: world.judge(
                FaultyVersions(world.store, worker), FaultyVersions(world.operations, worker)
            ).run(world.now)
        )
        while not worker.finished:
            worker.step(faults.pop() if faults else Fault.NONE)
            # Whoever reads the policy at any moment is served one that somebody decided.
            assert served(world.policy) in [(2_500, [("quicker", 0.2)]), (2_500, [])]
        world.now += timedelta(seconds=30)
    assert served(world.policy) == (2_500, [])
    assert len({each.id for each in world.bus.notices}) == 1
    decisions = Registry(world.store).decisions("quicker")
    assert [each.target for each in decisions] == [State.CANARY, State.ROLLED_BACK]
    changes = ChangeLog(world.operations).between(AT, world.now + timedelta(days=1))
    assert len([each for each in changes if each.kind == "experiment"]) == 2


_SLOW: list[ExperimentWorld] = []


def slow_canary() -> ExperimentWorld:
    """About to be rolled back; made once, copied after that."""
    if not _SLOW:
        made = ExperimentWorld()
        made.start(steps=(0.2, 0.5, 1), step_hours=24)
        made.visit(3_000, faster=1.4)
        _SLOW.append(made)
    [made] = _SLOW
    copy = ExperimentWorld(now=made.now)
    copy.store.items |= made.store.items
    copy.operations.items |= made.operations.items
    return copy


def test_two_judges_at_once_decide_once() -> None:
    world = slow_canary()
    world.now += timedelta(minutes=1)
    workers = [
        Worker(
            lambda worker: world.judge(
                FaultyVersions(world.store, worker), FaultyVersions(world.operations, worker)
            ).run(world.now)
        )
        for _ in range(2)
    ]
    while not all(worker.finished for worker in workers):
        for worker in workers:
            if not worker.finished:
                worker.step()
    world.period()
    assert len({each.id for each in world.bus.notices}) == 1
    assert len(Registry(world.store).decisions("quicker")) == 2
    assert served(world.policy) == served(INITIAL)


def test_an_experiment_of_a_later_version_of_the_code_is_left_alone() -> None:
    world = ExperimentWorld()
    world.start()
    [entry] = Registry(world.store).all()
    world.store.items["experiments", "newer"] = world.store.items["experiments", "quicker"]
    body = b'{"experiment": {"of": "a later version"}}'
    world.store.items["experiments", "newer"] = type(world.store.items["experiments", "quicker"])(
        body, 1
    )
    assert Registry(world.store).all() == [entry]
    assert experiment().name == entry.standing.experiment.name
