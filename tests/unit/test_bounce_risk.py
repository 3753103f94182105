import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptive.monitoring import bounce_risk
from adaptive.monitoring.bounce_risk import FEWEST_SESSIONS

SESSIONS = st.lists(st.tuples(st.floats(0, 60_000), st.booleans()), max_size=50)


def population(count: int, *, share: float = 0.3, spread: float = 0.7) -> list[tuple[float, bool]]:
    """Sessions that end as the published curve says, whatever they are."""
    chance = random.Random(5)  # noqa: S311 - reproducible, not secret
    curve = bounce_risk.published(share)
    loads = (chance.lognormvariate(7.7, spread) for _ in range(count))
    return [(load, chance.random() < bounce_risk.at(curve, load)) for load in loads]


@pytest.mark.parametrize(
    ("seconds", "growth"), [(1, 1), (3, 1.32), (5, 1.9), (6, 2.06), (7, 2.13), (10, 2.23)]
)
def test_the_default_is_the_published_one(seconds: float, growth: float) -> None:
    curve = bounce_risk.published(0.2)
    assert bounce_risk.at(curve, seconds * 1_000) == pytest.approx(0.2 * growth)


def test_beyond_its_points_the_curve_is_flat_and_never_above_certainty() -> None:
    curve = bounce_risk.published(0.6)
    assert bounce_risk.at(curve, 0) == bounce_risk.at(curve, 1_000) == 0.6
    assert bounce_risk.at(curve, 600_000) == 1


@given(st.floats(0, 1), st.floats(0, 600_000), st.floats(0, 600_000))
def test_a_slower_page_never_lowers_the_risk(share: float, one: float, other: float) -> None:
    curve = bounce_risk.published(share)
    fast, slow = sorted((one, other))
    assert 0 <= bounce_risk.at(curve, fast) <= bounce_risk.at(curve, slow) + 1e-12 <= 1 + 1e-12


def test_too_few_sessions_teach_nothing() -> None:
    assert bounce_risk.fitted(population(FEWEST_SESSIONS - 1)) is None
    assert bounce_risk.fitted(population(FEWEST_SESSIONS)) is not None


def test_sessions_that_are_all_as_fast_teach_nothing() -> None:
    assert bounce_risk.fitted([(1_500, at % 3 == 0) for at in range(5_000)]) is None


def test_where_slow_pages_are_left_less_often_nothing_is_learned() -> None:
    """Such as a checkout: slow, and nobody gives up there."""
    assert bounce_risk.fitted([(load, load < 2_000) for load in range(500, 8_000)]) is None


def test_a_fit_finds_the_risk_that_the_sessions_had() -> None:
    curve = bounce_risk.fitted(population(40_000))
    assert curve is not None
    truth = bounce_risk.published(0.3)
    for load in (1_500, 2_500, 3_500, 4_500, 5_500):
        assert bounce_risk.at(curve, load) == pytest.approx(bounce_risk.at(truth, load), abs=0.03)


@given(SESSIONS)
def test_a_fitted_curve_ascends_within_bounds(few: list[tuple[float, bool]]) -> None:
    curve = bounce_risk.fitted(few * 200)
    if curve is not None:
        assert all(a[0] < b[0] and a[1] < b[1] for a, b in pairwise(curve))
        assert all(0 <= risk <= 1 for _, risk in curve)
