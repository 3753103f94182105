"""What is said of an experiment, and what it is worth."""

from functools import partial

import pytest

from adaptive.delivery.trial import HOLDOUT
from adaptive.experiments import cells, power, results, worth
from adaptive.experiments.metric import METRICS
from adaptive.experiments.moments import Moments
from adaptive.experiments.tallies import ArmTally
from tests.experiment_world import AT, ExperimentWorld
from tests.samples import INITIAL

HALF = INITIAL.model_copy(update={"holdout_share": 0.5})


def visited(sessions: int = 2_000, *, days: int = 1, **visits: float) -> ExperimentWorld:
    world = ExperimentWorld(policy_at_first=HALF)
    for day in range(days):
        world.now = AT.replace(day=AT.day + day)
        world.visit(sessions, **visits)
    return world


def test_of_nothing_nothing_is_said() -> None:
    found = results.read(ExperimentWorld().store, HOLDOUT)
    assert found.told("visitors") == "visitors: too few sessions to say anything"
    assert (found.sessions, found.unlike, found.novelty) == ((0, 0), {}, False)
    empty = worth.of_adaptation(ExperimentWorld().store, since="", egress_per_gb=1)
    assert (empty.revenue, empty.net(5), empty.days) == (None, None, 0)


def test_what_is_proven_comes_first_with_its_interval() -> None:
    found = results.read(visited(faster=0.7).store, HOLDOUT)
    said = found.told("visitors")
    assert said.startswith("visitors: LCP -")
    assert said.index("LCP p75 of sessions") < said.index("no proven change in conversion")
    by_name = {each.metric: each for each in found.assigned}
    assert by_name["lcp"].low < -0.25 < by_name["lcp"].high + 0.1
    assert by_name["lcp"].estimate == pytest.approx(-0.3, abs=0.04)
    assert by_name["conversion"].in_points
    assert not found.is_mismatched


def test_only_days_from_the_one_asked_for_count() -> None:
    world = visited(200, days=3)
    assert sum(results.read(world.store, HOLDOUT).sessions) == 600
    assert sum(results.read(world.store, HOLDOUT, since="2026-11-04").sessions) == 200


def test_an_effect_that_wears_off_is_told() -> None:
    world = visited(1_500, faster=0.6)
    world.now = AT.replace(day=3)
    world.visit(1_500, faster=1.0)
    assert results.read(world.store, HOLDOUT).novelty
    assert not results.read(visited(1_000, days=2, faster=0.7).store, HOLDOUT).novelty


def test_arms_that_lose_sessions_are_told() -> None:
    world = visited(3_000)
    arms = cells.read(world.store, HOLDOUT, cells.ASSIGNED)
    assert arms
    lost = {key for key in world.store.items if "#baseline#" in key[1]}
    for key in lost:
        item = world.store.items[key]
        tally = ArmTally.load(item.body)
        tally.drawn = int(tally.drawn * 0.8)
        world.store.items[key] = type(item)(tally.encode(), item.version)
    assert results.read(world.store, HOLDOUT).is_mismatched


def test_sales_are_worth_what_the_arms_differ_by_times_those_adapted_to() -> None:
    world = visited(4_000, buys=0.05, candidate_buys=0.15)
    found = worth.of_adaptation(world.store, since="2026-11-02", egress_per_gb=0.1)
    assert found.revenue
    assert found.revenue.low > 0
    assert found.revenue.estimate == pytest.approx(0.1 * 80 * found.sessions, rel=0.25)
    assert found.conversions
    assert found.conversions.estimate == pytest.approx(0.1 * found.sessions, rel=0.25)
    assert found.egress is None  # no view told its bytes


def test_more_sessions_are_needed_for_a_smaller_effect() -> None:
    sessions = Moments(1_000, 7_600, 7_600 * 7.6 + 360)
    asked = partial(power.needed, METRICS["lcp"], minimum_effect=0.03)
    need = [asked(sessions, effect=each) for each in (0.15, 0.09)]
    assert need[0]
    assert need[1]
    assert need[0].spread == pytest.approx(0.6, rel=0.01)
    assert need[1].sessions > 3.5 * need[0].sessions
    assert asked(Moments(49, 1, 1), effect=0.1) is None
    assert asked(Moments(100, 100, 100), effect=0.1) is None


def test_a_share_needs_the_sessions_that_its_level_asks_for() -> None:
    buyers = Moments(10_000, 300, 300)
    need = power.needed(METRICS["conversion"], buyers, minimum_effect=0.1, effect=0.2)
    assert need
    assert need.step == pytest.approx(0.003)
    classic = 2 * (1.645 + 0.842) ** 2 * 0.03 * 0.97 / need.step**2
    assert 1.2 * classic < need.sessions < 3 * classic
