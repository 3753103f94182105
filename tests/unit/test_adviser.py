"""`recommend` as it runs every hour: from what is stored to proposals, and to what came of them."""

from datetime import UTC, datetime, timedelta

import pytest

from adaptive.delivery.policy_book import PolicyBook
from adaptive.errors import UnavailableError
from adaptive.monitoring import window
from adaptive.monitoring.alerts_store import AlertsStore
from adaptive.monitoring.dimension import Cell
from adaptive.monitoring.rollup import Rollup
from adaptive.monitoring.window import Resolution
from adaptive.ports import Key, Versioned, Write
from adaptive.prediction import published
from adaptive.prediction.advice.accepting import accept
from adaptive.prediction.advice.book import AdviceBook
from adaptive.prediction.adviser import Adviser, Done
from adaptive.prediction.prices import listed
from tests.advice_world import AT, HOUR, forecast, past, seen
from tests.fakes import InMemoryVersionedStore
from tests.samples import INITIAL, RECOMMEND

SLOW = forecast("connection", "slow", "lcp_ms", [2_000] * 14 + [3_000] + [2_000] * 10, breach=0.9)
SLOW_CELL = Cell("connection", "slow")


class World:
    def __init__(self) -> None:
        self.rollups, self.predictions = InMemoryVersionedStore(), InMemoryVersionedStore()
        self.policies = PolicyBook(InMemoryVersionedStore())
        self.alerts = AlertsStore(InMemoryVersionedStore())
        self.book = AdviceBook(self.predictions)
        self.adviser = Adviser(
            self.rollups,
            self.predictions,
            self.policies,
            self.alerts,
            self.book,
            listed(),
            RECOMMEND,
        )

    def foresee_slowness(self) -> None:
        key = published.key(SLOW.family, SLOW.value, SLOW.measure)
        put(self.predictions, key, SLOW.model_dump_json().encode())
        self.count(Resolution.HOUR, Cell("tier", "full"), (HOUR - 3) * 60, seen(50))

    def count(self, resolution: Resolution, cell: Cell, minute: int, rollup: Rollup) -> None:
        put(self.rollups, window.key(resolution, cell, minute), rollup.encode())


def put(store: InMemoryVersionedStore, key: Key, body: bytes) -> None:
    store.write([Write(key, Versioned(body, 1), None, 2**40)])


@pytest.fixture
def world() -> World:
    return World()


def test_nothing_known_is_nothing_proposed(world: World) -> None:
    assert world.adviser.run(AT) == Done(0, 0)


def test_what_is_forecast_and_measured_becomes_a_proposal(world: World) -> None:
    world.foresee_slowness()
    assert world.adviser.run(AT) == Done(1, 0)
    [advice] = world.book.all()
    assert advice.id == "lower_aim.slow"


def test_running_again_changes_nothing_but_the_time(world: World) -> None:
    world.foresee_slowness()
    world.adviser.run(AT)
    [before] = world.book.all()
    world.adviser.run(AT + timedelta(minutes=1))
    [after] = world.book.all()
    assert after.model_dump(exclude={"last_at"}) == before.model_dump(exclude={"last_at"})


def test_a_forecast_of_yesterday_moves_nobody(world: World) -> None:
    world.foresee_slowness()
    assert world.adviser.run(AT + timedelta(hours=3)) == Done(0, 0)


def test_how_sharp_peaks_are_is_read_from_five_minutes(world: World) -> None:
    for place in range(12):
        views = 400 if place == 5 else 40
        minute = (HOUR - 2) * 60 + 5 * place
        world.count(Resolution.FIVE, Cell("all", ""), minute, seen(views))
    assert world.adviser.situation(AT).burst == pytest.approx(400 * 12 / 840)
    assert World().adviser.situation(AT).burst == 2.0


def test_what_was_accepted_is_measured_a_day_later(world: World) -> None:
    world.foresee_slowness()
    world.adviser.run(AT)
    accept(world.book, world.policies, INITIAL, "lower_aim.slow", who="kim", why="it", at=AT)
    history = past({"lcp_ms": [2_000.0]})
    for place in range(26):
        history.put(HOUR + place, {"lcp_ms": 2_100.0})
    put(world.predictions, published.history_key(*SLOW_CELL), history.encode())
    assert world.adviser.run(AT + timedelta(hours=25)) == Done(0, 0)
    assert world.adviser.run(AT + timedelta(hours=27)) == Done(0, 1)
    [advice] = world.book.all()
    assert advice.outcome is not None
    assert (advice.state, advice.outcome.verdict) == ("measured", "better")
    assert advice.outcome.breached is False


def test_the_policy_in_force_is_what_is_advised_upon(world: World) -> None:
    lowered = INITIAL.model_copy(update={"target_lcp_ms": {"slow": 1_500.0}})
    at = datetime(2026, 11, 1, tzinfo=UTC)
    world.policies.put(lowered, replacing=0, who="kim", why="it", at=at)
    assert world.adviser.situation(AT).policy.aim_ms("slow") == 1_500


def test_a_table_that_does_not_answer_is_told(world: World) -> None:
    world.rollups.down = True
    with pytest.raises(UnavailableError):
        world.adviser.run(AT)
