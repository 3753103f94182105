import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptive.delivery.budget import Budget
from adaptive.errors import BudgetError


class World:
    def __init__(self, per_minute: int = 60, keys: int = 100) -> None:
        self.now_s = 0.0
        self.budget = Budget(per_minute, clock=lambda: self.now_s, keys=keys)

    def takes(self, beacons: int = 1, key: str = "session") -> bool:
        try:
            self.budget.spend(key, beacons)
        except BudgetError:
            return False
        return True


def test_more_than_a_minutes_beacons_at_once_are_refused() -> None:
    world = World()
    assert not world.takes(61)
    assert world.takes(60)
    assert not world.takes(1)


def test_what_is_refused_is_taken_after_the_time_it_was_told() -> None:
    world = World()
    world.takes(60)
    with pytest.raises(BudgetError) as refusal:
        world.budget.spend("session", 10)
    assert refusal.value.wait_s == pytest.approx(10)
    world.now_s = 9.9
    assert not world.takes(10)
    world.now_s = 10
    assert world.takes(10)


def test_one_that_is_over_its_budget_takes_nothing_from_others() -> None:
    world = World()
    world.takes(60)
    assert world.takes(60, key="another")


def test_a_thousand_sessions_need_the_memory_of_the_last_hundred() -> None:
    world = World(keys=100)
    for number in range(1_000):
        assert world.takes(60, key=str(number))
    assert not world.takes(key="999")
    assert not world.takes(key="900")
    assert world.takes(key="899")


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(1, 20)), max_size=80))
def test_no_window_ever_takes_more_than_a_full_bucket_and_its_refill(
    spending: list[tuple[float, int]],
) -> None:
    world, taken = World(), list[tuple[float, int]]()
    for pause_s, beacons in spending:
        world.now_s += pause_s
        if world.takes(beacons):
            taken.append((world.now_s, beacons))
    for first, (begin_s, _) in enumerate(taken):
        total = 0
        for at_s, beacons in taken[first:]:
            total += beacons
            assert total <= 60 + (at_s - begin_s) + 1e-6
