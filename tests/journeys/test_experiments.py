"""Policies on trial with simulated visitors, through the deployed local cloud."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest

from adaptive.delivery.changes import ChangeLog
from adaptive.edge.policy import Tier
from adaptive.experiments import cells
from adaptive.experiments.rollout import State
from local.loop import Loop
from tests.journeys.experiment_world import ALIKE, ExperimentJourney

pytestmark = pytest.mark.journey

POOREST = {"tiers_on": ["minimal"], "default_tier": "minimal"}
RICHEST = {"tiers_on": ["full"]}
ALL = {"tiers_on": [str(tier) for tier in Tier]}


Journey = Callable[..., ExperimentJourney]


@pytest.fixture
def journey(loop: Loop) -> Iterator[Journey]:
    """Starts one; its connections are closed at the end."""
    with ExitStack() as stack:

        def begin(**visitors: object) -> ExperimentJourney:
            world = ExperimentJourney(loop, **visitors)  # type: ignore[arg-type]
            stack.callback(world.client.close)
            stack.callback(world.stop_all)
            return world

        yield begin


def run(world: ExperimentJourney, name: str, *, periods: int, sessions: int) -> State:
    for _ in range(periods):
        world.period(sessions)
        if not world.standing(name).is_running:
            break
    return world.standing(name).state


def candidates(world: ExperimentJourney, name: str) -> int:
    found = cells.read(world.store, world.standing(name).key, cells.EXPOSED)
    return sum(arms["candidate"].sessions for arms in found.values() if "candidate" in arms)


def test_a_slow_policy_is_rolled_back_and_the_one_before_it_served_again(journey: Journey) -> None:
    world = journey()
    before = world.policy
    world.start("slow", RICHEST)
    world.await_that(lambda: world.next_tier("slow") == Tier.FULL)
    assert run(world, "slow", periods=10, sessions=60) is State.ROLLED_BACK
    assert candidates(world, "slow") <= 500
    assert world.policy.model_dump(exclude={"version"}) == before.model_dump(exclude={"version"})
    world.await_that(lambda: world.next_tier("slow") != Tier.FULL)
    world.await_that(lambda: len(world.alerts.of("slow")) > 0)
    world.call_judge()
    [alert] = world.alerts.of("slow")
    assert alert["summary"].startswith("lcp is worse by ")
    now = datetime.now(UTC)
    changes = ChangeLog(world.operations).between(now - timedelta(hours=1), now)
    trail = [(each.who, each.why.split(":")[0]) for each in changes if each.name == "slow"]
    assert trail == [("kim", "canary"), ("judge", "rolled-back")]
    decided = [each.target for each in world.registry.decisions("slow")]
    assert decided == [State.CANARY, State.ROLLED_BACK]


def test_a_fast_but_ugly_policy_is_stopped_by_what_visitors_buy(journey: Journey) -> None:
    world = journey(buys={**dict.fromkeys(Tier, 0.5), Tier.MINIMAL: 0.1})
    world.start("ugly", POOREST)
    assert run(world, "ugly", periods=10, sessions=60) is State.ROLLED_BACK
    assert world.standing("ugly").decision
    world.await_that(lambda: len(world.alerts.of("ugly")) > 0)
    [alert] = world.alerts.of("ugly")
    assert alert["summary"].startswith("conversion is worse by ")


def test_a_good_policy_reaches_everybody_on_its_own(journey: Journey) -> None:
    world = journey()
    world.put(tiers_on=(Tier.FULL,))
    world.start("good", ALL, steps=(0.3, 0.5, 1))
    assert run(world, "good", periods=40, sessions=60) is State.PROMOTED
    assert (world.policy.tiers_on, world.policy.trials) == (tuple(Tier), ())
    decided = [(each.target, each.share) for each in world.registry.decisions("good")]
    assert decided == [
        (State.CANARY, 0.3),
        (State.RAMP, 0.5),
        (State.BAKED, 0.5),
        (State.PROMOTED, 1.0),
    ]
    assert world.alerts.of("good") == []


def test_a_policy_that_makes_no_difference_is_never_promoted(journey: Journey) -> None:
    world = journey(slow=ALIKE)
    world.start("same", RICHEST)
    assert run(world, "same", periods=5, sessions=60) is not State.PROMOTED
    world.stop_all()
    assert world.policy.trials == ()
