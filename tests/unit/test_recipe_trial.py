"""A recipe on trial: who is served by it, what is learnt of that, and how it comes and goes."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptive.delivery import evidence, policy
from adaptive.delivery.beacon import Beacon
from adaptive.delivery.client import UNKNOWN
from adaptive.delivery.explanation import explain
from adaptive.delivery.intake import Receipt
from adaptive.delivery.policy import Policy
from adaptive.delivery.session import Arrival, SessionState, dump, load
from adaptive.delivery.tier import follow, prospects
from adaptive.edge.policy import CONTROL, Tier
from adaptive.errors import PolicyError
from adaptive.experiments.rollout import State
from adaptive.settings.rules import Recipe
from tests.experiment_world import AT, ExperimentWorld
from tests.fakes import InMemoryBeaconStream, InMemorySessionStore
from tests.samples import HELD_OUT, INGEST, INITIAL, RULES, beacon, envelope, wire_beacon
from tests.unit.test_intake import in_arm, intake

OLD: dict[str, Any] = {
    name: value
    for name, value in INITIAL.model_dump(mode="json").items()
    if name not in {"recipes", "served_as"}
}
SLOW = {"lcp_ms": 4_000, "ttfb_ms": 400, "inp_ms": 300}


def policy_of(**changes: Any) -> Policy:
    return policy.parse({**INITIAL.model_dump(mode="json"), **changes})


def on_trial(*, share: float = 0.5, **changes: Any) -> Policy:
    trial = {"name": "poorest", "layer": "tiers", "slots": [0, 1_000], "share": share}
    return policy_of(trials=[{**trial, "changes": changes}])


def told(tier: str | None, recipe: object) -> Beacon:
    return beacon(tier=tier, recipe=recipe, vitals=SLOW)


def taken(policy_: Policy, session: str, **said: Any) -> tuple[Receipt, Arrival]:
    stream = InMemoryBeaconStream()
    receipt = intake(InMemorySessionStore(), stream, policy=policy_).take(
        envelope(wire_beacon(**said)), session=session, client=UNKNOWN, sender=""
    )
    return receipt, Arrival.model_validate_json(stream.records[-1][1])


@pytest.mark.parametrize(
    "recipe", ["", "T", "thrifty!", "x" * 17, "__proto__", "lite.thrifty", 7, ["thrifty"], "a\n"]
)
def test_a_report_of_an_odd_recipe_is_refused(recipe: object) -> None:
    with pytest.raises(ValueError, match="recipe"):
        told("lite", recipe)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"served_as": {"lite": "gold"}}, "gold is none of the recipes: thrifty, whole, rebuilt"),
        ({"served_as": {"full": "thrifty"}}, "thrifty is a recipe of lite"),
        ({"served_as": {"control": "thrifty"}}, "served_as.control"),
        ({"recipes": {}, "served_as": {"lite": "whole"}}, "recipes: there is none"),
        ({"recipes": {"lite": RULES.recipes["whole"].model_dump(mode="json")}}, "lite is taken"),
        ({"recipes": {"control": RULES.recipes["whole"].model_dump()}}, "control is taken"),
        ({"recipes": {"No.1": RULES.recipes["whole"].model_dump()}}, "recipes.No.1"),
        ({"recipes": {"a" * 9 + c: RULES.recipes["whole"].model_dump() for c in "abcdefghi"}}, "8"),
    ],
)
def test_a_policy_names_only_recipes_that_are_deployed_for_that_tier(
    changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(PolicyError, match=said):
        policy_of(**changes)


def test_a_changed_copy_of_the_rules_is_served_by_what_changed() -> None:
    assert RULES.offered[Tier.LITE].images == 0.3
    heavier = {**RULES.image_weight, Tier.LITE: 0.5}
    copied = RULES.model_copy(update={"image_weight": heavier, "served_as": {Tier.LITE: "whole"}})
    assert copied.as_served(Tier.LITE, None).images == 0.5
    assert copied.offered[Tier.LITE].scripts == 1


def test_a_policy_from_before_there_were_recipes_is_served_as_ever() -> None:
    found = policy.parse(OLD)
    assert (found.recipes, found.served_as) == ({}, {})
    for tier in Tier:
        weights = RULES.image_weight[tier], RULES.script_weight[tier], RULES.value[tier]
        assert found.offered[tier] == weights


def test_a_session_from_before_there_were_recipes_is_read_and_one_without_is_written_alike() -> (
    None
):
    state = follow(SessionState(), beacon(vitals=SLOW), INITIAL)
    assert "recipe" not in dump(state)
    assert load(dump(state)) == state
    served = follow(
        state, told("lite", "thrifty").model_copy(update={"view_id": "b" * 22}), INITIAL
    )
    assert load(dump(served)) == served
    assert served.views[-1].recipe == "thrifty"


def test_a_view_is_divided_by_what_it_was_really_served() -> None:
    plain = evidence.at_full(told("lite", None), RULES)
    thrifty = evidence.at_full(told("lite", "thrifty"), RULES)
    whole = evidence.at_full(told("lite", "whole"), RULES)
    assert plain
    assert thrifty
    assert whole
    assert plain.moved_ms is not None
    assert thrifty.moved_ms == pytest.approx(plain.moved_ms * 0.3 / 0.15)
    assert whole.moved_ms == plain.moved_ms
    view = evidence.of(told("lite", "whole"))
    assert view
    assert evidence.inp_at(view, Tier.FULL, RULES) == 300
    assert evidence.inp_at(view, Tier.LITE, RULES) == 300 * 0.25
    assert evidence.inp_at(replace(view, recipe=None), Tier.FULL, RULES) == 300 / 0.25


@given(
    st.sampled_from([*map(str, Tier), CONTROL, None]),
    st.from_regex(r"[a-z]{2,16}", fullmatch=True) | st.sampled_from([*RULES.recipes]),
)
def test_a_recipe_that_is_none_of_the_tiers_counts_as_the_tiers_own(
    tier: str | None, recipe: str
) -> None:
    known = RULES.recipes.get(recipe)
    if known is None or known.tier != tier:
        assert evidence.at_full(told(tier, recipe), RULES) == (
            evidence.at_full(told(tier, None), RULES)
        )


def test_later_reports_of_a_view_keep_the_recipe_that_it_began_with() -> None:
    first = evidence.of(told("lite", "thrifty"))
    assert first
    for later in (None, "whole"):
        newer = evidence.of(told("lite", later).model_copy(update={"sequence": 1}))
        assert newer
        assert evidence.merged(first, newer).recipe == "thrifty"


def test_a_tier_promises_what_its_recipe_weighs_and_is_worth() -> None:
    state = follow(SessionState(), beacon(vitals=SLOW), INITIAL)
    thrifty, whole = (policy_of(served_as={"lite": name}) for name in ("thrifty", "whole"))
    usual = prospects(state, INITIAL)
    assert prospects(state, thrifty)[Tier.LITE].lcp > usual[Tier.LITE].lcp
    assert prospects(state, whole)[Tier.LITE].inp < usual[Tier.LITE].inp
    assert explain(state, thrifty).tiers[Tier.LITE].value == 0.4
    for tier in {*Tier} - {Tier.LITE}:
        assert prospects(state, thrifty)[tier] == usual[tier]
    assert thrifty.penalty == INITIAL.penalty


def test_candidates_are_served_by_the_recipe_and_both_arms_are_exposed() -> None:
    lite_only = {"tiers_on": ("lite",), "default_tier": "lite"}
    base = on_trial(served_as={"lite": "whole"}).model_dump(mode="json")
    found = policy.parse({**base, **lite_only})
    receipt, arrival = taken(found, in_arm(found, "candidate"))
    assert (receipt.tier_word, receipt.recipe) == ("lite", "whole")
    assert arrival.exposed == ("holdout", "poorest.1")
    receipt, arrival = taken(found, in_arm(found, "baseline"))
    assert (receipt.tier_word, receipt.recipe) == ("lite", None)
    assert arrival.exposed == ("holdout", "poorest.1")


def test_whoever_is_at_another_tier_is_neither_served_by_it_nor_exposed() -> None:
    found = on_trial(served_as={"minimal": "rebuilt"})
    receipt, arrival = taken(found, in_arm(found, "candidate"), vitals={"lcp_ms": 400})
    assert (receipt.tier_word, receipt.recipe, arrival.exposed) == ("full", None, None)


def test_the_holdout_and_a_killed_site_get_originals_by_no_recipe() -> None:
    for changes in ({}, {"kill": True}):
        found = policy_of(served_as={"lite": "whole"}, **changes)
        receipt, _ = taken(found, HELD_OUT, vitals=SLOW)
        assert (receipt.tier_word, receipt.recipe) == (CONTROL, None)


def test_a_recipe_that_is_not_deployed_any_more_is_not_asked_for() -> None:
    gone = Recipe(tier=Tier.LITE, image_weight=0.1, script_weight=0.25, value=0.2)
    found = policy_of(
        recipes={"gone": gone.model_dump()},
        served_as={"lite": "gone"},
        tiers_on=["lite"],
        default_tier="lite",
    )
    assert "gone" not in INGEST.rules.recipes
    receipt, _ = taken(found, in_arm(INITIAL, None))
    assert (receipt.tier_word, receipt.recipe) == ("lite", None)


def test_a_recipe_deployed_after_the_policy_was_put_can_go_on_trial_and_to_everybody() -> None:
    world = ExperimentWorld()
    world.book.put(policy.parse(OLD), replacing=0, who="lee", why="long ago", at=AT)
    world.start(changes={"served_as": {"lite": "thrifty"}})
    assert world.policy.recipes == INITIAL.recipes
    assert (world.policy.served_as, len(world.policy.trials)) == ({}, 1)
    for end, left in ((State.PROMOTED, {Tier.LITE: "thrifty"}), (State.ROLLED_BACK, {})):
        world.orders.end("quicker", end, who="kim", why="seen enough", at=world.now)
        assert (world.policy.served_as, world.policy.trials) == (left, ())
    assert world.policy.recipes == INITIAL.recipes


def test_a_recipe_that_is_not_deployed_cannot_go_on_trial() -> None:
    with pytest.raises(PolicyError, match="gold is none of the recipes"):
        ExperimentWorld().start(changes={"served_as": {"lite": "gold"}})


def test_what_is_served_so_already_is_no_experiment() -> None:
    world = ExperimentWorld()
    served = policy_of(served_as={"lite": "thrifty"})
    world.book.put(served, replacing=0, who="lee", why="known", at=AT)
    with pytest.raises(PolicyError, match="changes nothing"):
        world.start(changes={"served_as": {"lite": "thrifty"}})
