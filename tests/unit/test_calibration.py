import pytest

from adaptive.edge.policy import Tier
from adaptive.errors import TooLittleDataError
from adaptive.monitoring import calibration
from adaptive.monitoring.calibration import Estimate, Weights, propose, weigh
from tests.calibration_world import chance, hour
from tests.samples import RULES

IMAGES = {Tier.FULL: 1, Tier.STANDARD: 0.5, Tier.LITE: 0.3, Tier.MINIMAL: 0.1}
SCRIPTS = {Tier.FULL: 1, Tier.STANDARD: 1, Tier.LITE: 0.25, Tier.MINIMAL: 0.25}


def test_a_day_must_be_known() -> None:
    hours = [hour(chance(1), IMAGES, SCRIPTS) for _ in range(calibration.LEAST_HOURS - 1)]
    with pytest.raises(TooLittleDataError, match="23 hours of rollups, 24 are needed"):
        weigh(hours)


def test_without_enough_views_at_full_nothing_can_be_weighed() -> None:
    hours = [hour(chance(1), IMAGES, SCRIPTS, views=10) for _ in range(30)]
    with pytest.raises(TooLittleDataError, match="300 measured views at tier full"):
        weigh(hours)


def test_without_enough_views_below_full_there_is_nothing_to_weigh() -> None:
    draw = chance(1)
    few = [hour(draw, {Tier.LITE: 0.3}, SCRIPTS, views=3) for _ in range(30)]
    full = [hour(draw, {Tier.FULL: 1}, SCRIPTS) for _ in range(30)]
    with pytest.raises(TooLittleDataError, match="lite 90"):
        weigh([{**a, **b} for a, b in zip(few, full, strict=True)])


def test_a_tier_with_too_few_views_is_left_out_and_the_others_are_weighed() -> None:
    draw = chance(1)
    rare = {Tier.MINIMAL: 0.1}
    hours = [
        {**hour(draw, {**IMAGES}, SCRIPTS), **hour(draw, rare, SCRIPTS, views=2)} for _ in range(30)
    ]
    found = weigh(hours)
    assert found[Tier.MINIMAL] == Weights(60)
    assert found[Tier.LITE].image is not None


def test_nineteen_of_twenty_intervals_hold_the_truth() -> None:
    draw = chance(7)
    held = tried = 0
    for _ in range(60):
        found = weigh([hour(draw, IMAGES, SCRIPTS, views=50) for _ in range(48)])
        for tier, weights in found.items():
            estimate = weights.image
            assert estimate is not None
            tried += 1
            held += estimate.low <= IMAGES[tier] <= estimate.high
    assert held / tried >= 0.9


def test_what_the_data_allow_is_left_as_it_is() -> None:
    around = Estimate(0.31, 0.28, 0.34)
    weights = {Tier.LITE: Weights(5_000, around, Estimate(0.2, 0.18, 0.22), around)}
    found = propose(RULES, weights)
    assert found == {"image_weight": RULES.image_weight, "script_weight": RULES.script_weight}


def test_an_image_weight_that_the_data_exclude_becomes_the_estimate() -> None:
    weights = {Tier.LITE: Weights(5_000, Estimate(0.41, 0.38, 0.44))}
    assert propose(RULES, weights)["image_weight"][Tier.LITE] == 0.41


@pytest.mark.parametrize(
    ("by_bytes", "by_inp", "proposed"),
    [(0.1, 0.2, 0.22), (0.3, 0.5, 0.27), (0.2, 0.4, 0.25)],
)
def test_a_script_weight_is_moved_between_what_bytes_and_taps_say_and_no_further(
    by_bytes: float, by_inp: float, proposed: float
) -> None:
    weights = {
        Tier.LITE: Weights(
            5_000,
            script_bytes=Estimate(by_bytes, by_bytes * 0.9, by_bytes * 1.1),
            script_inp=Estimate(by_inp, by_inp * 0.9, by_inp * 1.1),
        )
    }
    found = propose(RULES, weights)["script_weight"]
    assert found[Tier.LITE] == pytest.approx(proposed)


def test_no_tier_is_proposed_above_the_richer_one_or_at_nothing() -> None:
    weights = {
        Tier.STANDARD: Weights(5_000, Estimate(0.2, 0.19, 0.21)),
        Tier.LITE: Weights(5_000, Estimate(1.4, 1.3, 1.5)),
        Tier.MINIMAL: Weights(5_000, Estimate(0.0001, 0.00009, 0.00011)),
    }
    found = list(propose(RULES, weights)["image_weight"].values())
    assert found == [1, 0.2, 0.2, 0.01]
