"""What the evaluator reads: the same counts by whatever windows, and few of them."""

import pytest

from adaptive.monitoring import window
from adaptive.monitoring.cells import CellCounts
from adaptive.monitoring.dimension import Cell
from adaptive.monitoring.merging import Merger
from adaptive.monitoring.rollup import Rollup
from adaptive.monitoring.sli import VIEWS, Count, Digest, Indicator
from adaptive.monitoring.window import Resolution
from adaptive.ports import Versioned
from tests.alert_world import START, AlertWorld, views
from tests.fakes import InMemoryVersionedStore
from tests.rollup_world import RollupWorld, arrival

SLOW = Indicator("lcp_ms", 4_000)
GROUPS = [views(3), views(2, country="FR", lcp_ms=5_000)]


def world(minutes: range) -> AlertWorld:
    made = AlertWorld()
    made.count(minutes, *GROUPS)
    return made


def merged(made: AlertWorld, *, now: int) -> None:
    """As merge_rollups has done by now, from six hours before START."""
    progress = InMemoryVersionedStore()
    Merger(made.cells, progress).run(START - 360)
    for minute in range(-350, now, 5):
        Merger(made.cells, progress).run(START + minute)


def counts(made: AlertWorld, now: int) -> CellCounts:
    found = CellCounts(made.cells)
    found.begin(START + now)
    return found


@pytest.mark.parametrize("span", [(-5, 0), (-61, 0), (-299, -1), (-180, -60), (-121, -119)])
def test_a_span_is_counted_once_whatever_windows_it_is_read_in(span: tuple[int, int]) -> None:
    made = world(range(-360, 0))
    merged(made, now=0)
    length = span[1] - span[0]
    found = counts(made, 0).over("country", SLOW, (START + span[0], START + span[1]))
    assert found == {"DE": Count(0, 3 * length), "FR": Count(2 * length, 2 * length)}


def test_coarser_windows_are_read_where_they_are_merged() -> None:
    made = world(range(-360, 0))
    before = counts(made, 0)
    before.over("all", SLOW, (START - 300, START))
    merged(made, now=0)
    after = counts(made, 0)
    after.over("all", SLOW, (START - 300, START))
    assert after.meter.cells < before.meter.cells / 2


def test_minutes_stand_in_for_windows_whose_merge_is_late() -> None:
    made = world(range(-150, 0))
    found = counts(made, 0).over("all", SLOW, (START - 150, START))
    assert found == {"": Count(300, 750)}


def test_what_is_kept_by_the_hour_alone_is_read_around_the_span() -> None:
    made = AlertWorld()
    week = -7 * 1_440 * 3
    made.count([week], *GROUPS, resolution=Resolution.HOUR)
    made.count([-1], *GROUPS)
    found = counts(made, 0).over("country", Indicator(VIEWS), (START + week, START + week + 60))
    assert found == {"DE": Count(3, 60), "FR": Count(2, 60)}
    part = counts(made, 0).over("all", Indicator(VIEWS), (START + week + 7, START + week + 9))
    assert part == {"": Count(5, 60)}


def test_a_warm_function_reads_only_what_is_new() -> None:
    made = world(range(-360, 5))
    merged(made, now=0)
    reader = counts(made, 0)
    reader.over("country", SLOW, (START - 300, START))
    cold = reader.meter.units
    reader.begin(START + 1)
    assert reader.over("country", SLOW, (START - 299, START + 1))["DE"] == Count(0, 900)
    assert reader.meter.calls <= 6
    assert reader.meter.units < cold


def test_what_came_late_is_seen_by_a_warm_function() -> None:
    made = world(range(-10, 0))
    reader = counts(made, 0)
    span = (START - 5, START)
    assert reader.over("all", SLOW, span)[""] == Count(10, 25)
    made.count([-2], views(100))
    reader.begin(START + 1)
    assert reader.over("all", SLOW, span)[""] == Count(8, 120)


def test_nothing_is_read_twice_for_many_questions() -> None:
    made = world(range(-60, 0))
    reader = counts(made, 0)
    for limit in range(1_000, 6_000, 10):
        reader.over("country", Indicator("lcp_ms", limit), (START - 30, START))
    assert reader.meter.calls <= 7


def test_reports_of_the_stream_are_what_is_judged() -> None:
    stream = RollupWorld()
    slow = {"lcp_ms": 5_200.0}
    stream.post(*(arrival(view_id=f"view-{n:04}", vitals=slow) for n in range(9)))
    reader = CellCounts(stream.cells)
    minute = START - 1_440
    reader.begin(minute + 3)
    found = reader.over("all", SLOW, (minute - 1, minute + 2))
    assert found == {"": Count(9, 9)}


def test_a_limit_is_exact_and_a_quantile_within_a_percent() -> None:
    digest = Digest([rollup for _, rollup in (views(3, lcp_ms=4_000), views(1, lcp_ms=4_001))])
    assert digest.count(SLOW, minutes=1) == Count(1, 4)
    assert digest.quantile("lcp_ms", 0.5) == pytest.approx(4_000, rel=0.01)
    assert digest.quantile("inp_ms", 0.5) is None
    assert digest.count(Indicator("lcp_ms", 1e9), minutes=1) == Count(0, 4)


OLD = (b"", b"\x01\x00\x07\x00", b"\x02" + bytes(80), b"{}", b"\x03\x00\xff")


@pytest.mark.parametrize("body", OLD)
def test_cells_of_another_version_are_left_out_and_counted(body: bytes) -> None:
    made = AlertWorld()
    made.count([-180], *GROUPS, resolution=Resolution.HOUR)
    made.count(range(-5, 0), *GROUPS)
    hour, minute = (
        window.key(resolution, Cell("country", "FR"), START + at, shard=shard)
        for resolution, at, shard in ((Resolution.HOUR, -180, None), (Resolution.MINUTE, -1, 0))
    )
    for key in (hour, minute):
        made.cells.items[key] = Versioned(body, 1)
    found = counts(made, 0)
    assert found.over("country", SLOW, (START - 5, START)) == {
        "DE": Count(0, 15),
        "FR": Count(8, 8),
    }
    assert found.over("country", SLOW, (START - 180, START - 120))["DE"] == Count(0, 3)
    assert found.meter.unreadable == 2


@pytest.mark.parametrize("body", OLD)
def test_evaluation_goes_on_past_cells_of_another_version(body: bytes) -> None:
    made = AlertWorld()
    made.count(range(-90, 20), views(40, lcp_ms=9_000))
    for key in [key for key in made.cells.items if key[0].startswith("1m#country")]:
        made.cells.items[key] = Versioned(body, 1)
    made.run_through(range(10, 20))
    assert [each.rule for each in made.told] == ["slow"]


@pytest.mark.parametrize("body", OLD)
def test_a_merge_leaves_cells_of_another_version_out_and_counts_them(body: bytes) -> None:
    made = AlertWorld()
    made.count(range(-10, 0), *GROUPS)
    key = window.key(Resolution.MINUTE, Cell("country", "FR"), START - 8, shard=0)
    made.cells.items[key] = Versioned(body, 1)
    progress = InMemoryVersionedStore()
    Merger(made.cells, progress).run(START - 10)
    assert Merger(made.cells, progress).run(START).unreadable == 1
    five = window.key(Resolution.FIVE, Cell("country", "FR"), START - 10)
    assert Rollup.decode(made.cells.items[five].body).views == 8


@pytest.mark.parametrize("body", OLD)
def test_counting_into_a_cell_of_another_version_begins_it_anew(body: bytes) -> None:
    made = RollupWorld()
    made.post(arrival(view_id="view-0001"))
    for key in made.cells.items:
        made.cells.items[key] = Versioned(body, made.cells.items[key].version)
    made.post(arrival(view_id="view-0002"))
    assert made.rollup().views == 1
