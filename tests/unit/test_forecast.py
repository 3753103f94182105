import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adaptive.prediction import smoothing
from adaptive.prediction.forecast import LEAST_H, forecast, quantile
from adaptive.prediction.models import SEASONAL_NAIVE

HORIZON_H = 48
WEEK_H = 168


def site_traffic(hours: int, *, noise: float = 0.0, seed: int = 1) -> list[float]:
    """Views an hour: busy afternoons, quiet weekends."""
    chance = random.Random(seed)  # noqa: S311 - reproducible, not secret
    return [
        (200 + 150 * math.sin((hour % 24 - 8) / 24 * 2 * math.pi))
        * (0.6 if hour // 24 % 7 >= 5 else 1.0)
        * (1 + noise * chance.gauss(0, 1))
        for hour in range(hours)
    ]


def mean_miss(expected: list[float], actual: list[float]) -> float:
    return sum(abs(a - b) for a, b in zip(expected, actual, strict=True)) / len(actual)


def test_less_than_two_days_is_no_forecast() -> None:
    assert forecast([1.0] * (LEAST_H - 1), hours=HORIZON_H) is None
    assert forecast([None] * 500 + [1.0] * (LEAST_H - 1), hours=HORIZON_H) is None
    assert forecast([], hours=HORIZON_H) is None


def test_a_weekend_is_foreseen_on_friday() -> None:
    whole = site_traffic(5 * WEEK_H + HORIZON_H, noise=0.05)
    until_friday = 4 * WEEK_H + 5 * 24
    found = forecast(whole[:until_friday], hours=HORIZON_H)
    assert found is not None
    actual = whole[until_friday : until_friday + HORIZON_H]
    naive = whole[until_friday - 24 : until_friday] * 2
    assert mean_miss(found.expected, actual) < 0.3 * mean_miss(naive, actual)


def test_a_series_that_stands_still_is_foreseen_exactly() -> None:
    found = forecast([7.0] * 600, hours=HORIZON_H)
    assert found is not None
    assert found.expected == pytest.approx([7.0] * HORIZON_H)
    assert found.interval(0.95)[-1] == pytest.approx((7.0, 7.0))


def test_a_gap_of_a_day_moves_the_forecast_little() -> None:
    whole = site_traffic(5 * WEEK_H, noise=0.03)
    gapped: list[float | None] = [*whole]
    gapped[-60:-36] = [None] * 24
    with_gap, without = forecast(gapped, hours=24), forecast(whole, hours=24)
    assert with_gap is not None
    assert without is not None
    assert mean_miss(with_gap.expected, without.expected) < 0.05 * max(whole)


def test_hours_that_have_not_arrived_yet_are_a_gap_not_a_fall_to_nothing() -> None:
    late: list[float | None] = [*site_traffic(5 * WEEK_H, noise=0.03), None, None]
    found = forecast(late, hours=24)
    assert found is not None
    assert min(found.expected) > 20


def test_an_outage_last_week_is_not_expected_again_to_the_full() -> None:
    whole = site_traffic(5 * WEEK_H, noise=0.03)
    broken = [*whole]
    broken[-WEEK_H + 10 : -WEEK_H + 16] = [0.0] * 6
    found = forecast(broken, hours=24)
    assert found is not None
    assert found.expected[12] > 0.7 * whole[-WEEK_H * 2 + 12]


def test_two_days_of_history_give_a_wide_answer() -> None:
    young = forecast(site_traffic(LEAST_H, noise=0.1), hours=HORIZON_H)
    old = forecast(site_traffic(5 * WEEK_H, noise=0.1), hours=HORIZON_H)
    assert young is not None
    assert old is not None
    assert young.shares == {SEASONAL_NAIVE: 1.0}
    width = [sum(high - low for low, high in each.interval(0.8)) for each in (young, old)]
    assert width[0] > 2 * width[1]
    assert 0.1 < young.breach(320.0, within_h=24) < 0.9


def test_a_blend_that_loses_to_seasonal_naive_is_replaced_by_it() -> None:
    chance = random.Random(1)  # noqa: S311 - reproducible, not secret
    day, days = [100.0] * 24, []
    for number in range(40):
        if number % 5 == 0:  # all that was known is void, and then each day is like the one before
            day = [value * chance.choice([0.5, 2.0]) for value in day]
        days += day
    found = forecast(days, hours=HORIZON_H)
    assert found is not None
    assert found.shares == {SEASONAL_NAIVE: 1.0}
    assert found.error == found.naive_error


def test_what_a_series_can_be_at_all_bounds_the_forecast() -> None:
    chance = random.Random(5)  # noqa: S311 - reproducible, not secret
    ratios = [max(0.0, chance.gauss(0.01, 0.01)) for _ in range(700)]
    found = forecast(ratios, hours=HORIZON_H, least=0.0, most=1.0)
    assert found is not None
    assert min(found.expected) >= 0
    assert all(0 <= low <= high <= 1 for low, high in found.interval(0.95))


def test_intervals_hold_what_they_promise_on_noise() -> None:
    held = {0.8: 0, 0.95: 0}
    for seed in range(12):
        whole = site_traffic(4 * WEEK_H + HORIZON_H, noise=0.1, seed=seed)
        found = forecast(whole[:-HORIZON_H], hours=HORIZON_H)
        assert found is not None
        for share in held:
            held[share] += sum(
                low <= value <= high
                for value, (low, high) in zip(
                    whole[-HORIZON_H:], found.interval(share), strict=True
                )
            )
    assert 0.72 <= held[0.8] / (12 * HORIZON_H) <= 0.9
    assert 0.9 <= held[0.95] / (12 * HORIZON_H) <= 0.99


def test_a_limit_far_away_is_unlikely_to_be_crossed_but_never_impossible() -> None:
    found = forecast(site_traffic(4 * WEEK_H, noise=0.05), hours=HORIZON_H)
    assert found is not None
    assert 0 < found.breach(10_000.0, within_h=24) < 0.05
    assert 0.95 < found.breach(10.0, within_h=24) < 1
    assert found.breach(10_000.0, within_h=24, above=False) > 0.95


def test_what_every_evening_is_missed_by_is_expected_of_the_evening_ahead() -> None:
    """Windows begin at two hours of the day, and half of them see the evening elsewhere."""
    growing = [
        100.0 + (2.0 * (hour // 24) + 40 if hour % 24 == 20 else 0.0) for hour in range(21 * 24 + 3)
    ]
    found = forecast(growing, hours=72)
    assert found is not None
    last = max(growing)
    assert found.breach(last + 1, within_h=24) > 0.8
    assert found.breach(last + 5, within_h=24) < 0.2


def test_the_highest_of_the_hours_ahead_is_as_sure_as_the_forecast() -> None:
    found = forecast(site_traffic(4 * WEEK_H, noise=0.1), hours=HORIZON_H)
    assert found is not None
    highest = found.extremes(within_h=24)
    assert highest == sorted(highest)
    assert found.breach(highest[-1], within_h=24) < found.breach(highest[0] - 1, within_h=24)
    lowest = found.extremes(within_h=24, above=False)
    assert lowest[-1] < highest[0]


def test_a_breach_is_likelier_the_longer_one_waits_and_the_lower_the_limit() -> None:
    found = forecast(site_traffic(4 * WEEK_H, noise=0.2), hours=HORIZON_H)
    assert found is not None
    by_limit = [found.breach(limit, within_h=24) for limit in (300.0, 400.0, 500.0)]
    assert by_limit == sorted(by_limit, reverse=True)
    by_time = [found.breach(400.0, within_h=hours) for hours in (6, 24, 48)]
    assert by_time == sorted(by_time)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.one_of(st.none(), st.floats(-1e15, 1e15), st.sampled_from([0.0, 1e-300])),
        min_size=60,
        max_size=400,
    )
)
def test_whatever_came_in_what_comes_out_are_numbers(values: list[float | None]) -> None:
    found = forecast(values, hours=30)
    if found is not None:
        assert all(math.isfinite(value) for value in found.expected)
        assert 0 < found.breach(0.0, within_h=24) < 1


def test_the_smoothing_learns_nothing_from_a_gap() -> None:
    first = smoothing.first_state(site_traffic(2 * WEEK_H))
    weights = smoothing.Weights(0.1, 0.1, 0.1, 0.5)
    [before, after] = smoothing.states([300.0, None, None], first, weights, at=[1, 3])
    assert after.level == before.level
    assert after.error == before.error * 0.25


def test_a_quantile_of_few_is_the_largest_of_them() -> None:
    assert quantile([1.0, 2.0, 3.0], 0.95) == 3.0
    assert quantile([1.0, 2.0, 3.0, 4.0], 0.5) == 3.0
    assert quantile([], 0.5) == 0.0
