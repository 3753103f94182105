import random

import pytest

from adaptive.prediction.levels import levelled
from tests.unit.test_forecast import site_traffic

HOURS, OUT = 4 * 168, 4 * 168 - 24


def series(factor: float, *, noise: float = 0.05) -> list[float | None]:
    """An LCP that a release in hour OUT - 1 moved."""
    chance = random.Random(3)  # noqa: S311
    return [
        (1_500 + 2 * value) * (1 + noise * chance.gauss(0, 1)) * (factor if hour >= OUT else 1)
        for hour, value in enumerate(site_traffic(HOURS))
    ]


@pytest.mark.parametrize("factor", [0.7, 1.3])
def test_what_was_before_is_brought_to_what_is_since(factor: float) -> None:
    found = levelled(series(factor), 1_000, [1_000 + OUT - 1])
    as_ever = levelled(series(1.0), 1_000, [])
    for hour in (10, 300, OUT - 1, OUT, HOURS - 1):
        value, usual = found[hour], as_ever[hour]
        assert value is not None
        assert usual is not None
        assert value == pytest.approx(usual * factor, rel=0.03)


def test_a_release_that_moved_nothing_changes_nothing() -> None:
    values = series(1.0)
    assert levelled(values, 1_000, [1_000 + OUT - 1]) == values


@pytest.mark.parametrize("place", [-50, 3, HOURS - 3, HOURS + 9])
def test_one_that_nothing_can_be_told_of_changes_nothing(place: int) -> None:
    values = series(1.3)
    assert levelled(values, 1_000, [1_000 + place]) == values


def test_gaps_stay_gaps_and_nothing_stays_nothing() -> None:
    values = series(1.3)
    values[5] = values[OUT + 2] = None
    found = levelled(values, 0, [OUT - 1])
    assert found[5] is None
    assert found[OUT + 2] is None
    assert levelled([0.0] * HOURS, 0, [OUT - 1]) == [0.0] * HOURS
    assert levelled([], 0, [4]) == []
