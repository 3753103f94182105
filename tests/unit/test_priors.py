from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptive.delivery import evidence
from adaptive.delivery.prior import PLACE, STALE_AFTER_S, Priors, read
from adaptive.delivery.session import Prior
from adaptive.monitoring import vital, window
from adaptive.monitoring.dimension import Cell
from adaptive.monitoring.priors import FEWEST_VIEWS, Surveying, measured
from adaptive.monitoring.rollup import Rollup
from adaptive.monitoring.window import Resolution
from adaptive.ports import Versioned, Write
from tests.fakes import InMemoryVersionedStore
from tests.rollup_world import RollupWorld, arrival
from tests.samples import ROLL_UP

THROUGH = 30_000_000 // 60 * 60


def views(
    count: int, *, lcp_ms: float = 2_000, moved_ms: float = 800, inp_ms: float = 150
) -> Rollup:
    rollup = Rollup()
    told = {"lcp_at_full_ms": lcp_ms, "moved_at_full_ms": moved_ms, "inp_at_full_ms": inp_ms}
    for name, value in told.items():
        rollup.codes[vital.code_named(name, value)] = count
    return rollup


class World:
    def __init__(self) -> None:
        self.cells = InMemoryVersionedStore()
        self.merged = InMemoryVersionedStore()
        self.operations = InMemoryVersionedStore()
        self.reach(THROUGH)
        self.surveying = Surveying(self.cells, self.merged, self.operations, ROLL_UP.lists)

    def reach(self, minute: int) -> None:
        place = ("merged", "1h#fresh")
        there = self.merged.items.get(place)
        version = there.version if there else None
        self.merged.write([Write(place, Versioned(b"", minute), version, 2**40)])

    def put(self, value: str, rollup: Rollup, *, hours_ago: int = 1) -> None:
        key = window.key(Resolution.HOUR, Cell("at_full", value), THROUGH - 60 * hours_ago)
        self.cells.write([Write(key, Versioned(rollup.encode(), 1), None, 2**40)])

    def run(self) -> Mapping[str, Prior]:
        found = self.surveying.run()
        assert found is not None
        return found.cells


def test_of_empty_rollups_nothing_is_known_and_the_hour_is_done_with() -> None:
    world = World()
    assert world.run() == {}
    assert world.surveying.run() is None
    world.reach(THROUGH + 60)
    assert world.run() == {}


def test_before_an_hour_was_ever_merged_nothing_is_put() -> None:
    world = World()
    world.merged.items.clear()
    assert world.surveying.run() is None
    assert world.operations.items == {}


def test_a_cell_with_enough_views_says_what_they_would_have_been_at_full() -> None:
    world = World()
    world.put("DE,phone,slow", views(FEWEST_VIEWS // 2))
    world.put("DE,phone,slow", views(FEWEST_VIEWS // 2, lcp_ms=4_000), hours_ago=24)
    world.put("DE,phone,slow", views(10_000, lcp_ms=9_000), hours_ago=25)
    found = world.run()["DE,phone,slow"]
    assert found.fixed_ms + found.moved_ms == pytest.approx(2_000, rel=0.02)
    assert found.moved_ms == pytest.approx(800, rel=0.02)
    assert found.inp_ms == pytest.approx(150, rel=0.02)
    assert found.lcp_spread == pytest.approx(0.51, rel=0.05)  # of ln 2 between the quartiles
    assert found.of == "DE,phone,slow"


def test_what_is_put_can_be_read_and_expires_when_it_is_stale() -> None:
    world = World()
    world.put("DE,phone,slow", views(FEWEST_VIEWS))
    world.run()
    item = world.operations.items[PLACE]
    assert read(item.body).cells.keys() == {"DE,phone,slow", "*,phone,slow", "*,phone,*", "*,*,*"}
    assert item.version == read(item.body).through == THROUGH
    assert world.operations.expires_at_s[PLACE] == THROUGH * 60 + STALE_AFTER_S


def test_cells_with_few_views_count_in_coarser_ones_only() -> None:
    world = World()
    world.put("DE,phone,slow", views(FEWEST_VIEWS - 1))
    world.put("FR,phone,slow", views(1))
    world.put("other,phone,fast", views(FEWEST_VIEWS))
    assert world.run().keys() == {"*,phone,slow", "*,phone,fast", "*,phone,*", "*,*,*"}


def test_one_giant_cell_drowns_no_other_that_has_enough() -> None:
    world = World()
    world.put("DE,phone,slow", views(2**40, lcp_ms=60_000, moved_ms=50_000, inp_ms=5_000))
    world.put("FR,desktop,fast", views(FEWEST_VIEWS, lcp_ms=700, moved_ms=200, inp_ms=30))
    found = world.run()
    assert found["FR,desktop,fast"].inp_ms == pytest.approx(30, rel=0.02)
    assert found["*,desktop,*"].moved_ms == pytest.approx(200, rel=0.02)
    assert found["*,*,*"].inp_ms == pytest.approx(5_000, rel=0.02)


def test_an_inp_of_few_taps_is_the_coarser_cells_or_what_is_usual() -> None:
    silent = views(FEWEST_VIEWS)
    del silent.codes[vital.code_named("inp_at_full_ms", 150)]
    world = World()
    world.put("DE,phone,slow", silent)
    usual = world.run()["DE,phone,slow"]
    assert (usual.inp_ms, usual.inp_spread) == (evidence.USUAL.inp_ms, evidence.USUAL.inp_spread)
    world = World()
    world.put("DE,phone,slow", silent)
    world.put("FR,phone,fast", views(FEWEST_VIEWS, inp_ms=400))
    assert world.run()["DE,phone,slow"].inp_ms == pytest.approx(400, rel=0.02)


def test_cells_of_another_version_are_left_out() -> None:
    world = World()
    world.put("DE,phone,slow", views(FEWEST_VIEWS))
    key = window.key(Resolution.HOUR, Cell("at_full", "FR,phone,slow"), THROUGH - 60)
    world.cells.write([Write(key, Versioned(b"\xff", 1), None, 2**40)])
    assert "FR,phone,slow" not in world.run()


@given(values=st.lists(st.tuples(*[st.floats(0, 600_000)] * 3), min_size=1, max_size=20))
def test_whatever_was_counted_makes_priors_that_can_be_served(
    values: list[tuple[float, float, float]],
) -> None:
    whole = Rollup()
    for lcp_ms, moved_ms, inp_ms in values:
        whole.add(views(FEWEST_VIEWS, lcp_ms=lcp_ms, moved_ms=moved_ms, inp_ms=inp_ms))
    found = Priors(through=THROUGH, cells=dict(measured({"*,*,*": whole})))
    assert read(found.model_dump_json().encode()) == found


def told(lcp_ms: float, **at_full: float) -> bytes:
    return arrival(
        of_arrival={
            "country": "DE",
            "device_class": "phone",
            "at_full": {"lcp_ms": lcp_ms, "moved_ms": 500, **at_full},
        },
        sequence=int(lcp_ms),
        network={"rtt_ms": 300},
    )


def test_views_are_counted_at_full_once_as_last_told_and_in_no_other_cell() -> None:
    world = RollupWorld()
    cell = Cell("at_full", "DE,phone,slow")
    world.post(told(2_000))
    world.post(told(2_000), told(3_000, inp_ms=90))
    rollup = world.rollup(cell)
    assert rollup.quantile("lcp_at_full_ms", 0.5) == pytest.approx(3_000, rel=0.02)
    assert [rollup.count(name) for name in vital.AT_FULL] == [1, 1, 1]
    assert rollup.views == 0
    assert max(world.rollup().codes) < vital.FIRST_CODE_AT_FULL


@pytest.mark.parametrize("at_full", [{"lcp_ms": "9"}, {"lcp_ms": [1]}, [1], {"inp_ms": {}}])
def test_an_arrival_whose_equivalents_are_no_numbers_is_buried(at_full: object) -> None:
    world = RollupWorld()
    assert world.post(arrival(of_arrival={"at_full": at_full})).buried == 1


def test_a_number_no_browser_measures_is_bounded() -> None:
    world = RollupWorld()
    world.post(arrival(of_arrival={"at_full": {"lcp_ms": 1e300, "moved_ms": -5}}))
    [cell] = {window.read_sort(sort)[0] for (pk, sort) in world.cells.items if "#at_full#" in pk}
    rollup = world.rollup(Cell("at_full", cell))
    assert rollup.quantile("lcp_at_full_ms", 0.5) == pytest.approx(600_000, rel=0.02)
    assert rollup.quantile("moved_at_full_ms", 0.5) == 0
