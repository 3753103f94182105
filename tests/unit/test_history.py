"""The simulated fortnight: as fitted, in cells that the rollups' own functions read, once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise

import pytest

from adaptive.delivery.changes import ChangeLog
from adaptive.edge.policy import CONTROL
from adaptive.monitoring import window
from adaptive.monitoring.dimension import FAMILIES, TREATMENT, Cell, family_name
from adaptive.monitoring.merging import Merger
from adaptive.monitoring.rollup import Field, Rollup
from adaptive.monitoring.window import MINUTES_PER_DAY, Resolution
from adaptive.ports import Key, Write
from local.history import fit
from local.history.filling import DAYS, PLACE, History
from local.history.story import NEW_RELEASE, OLD_RELEASE, WHO, Story
from tests.fakes import InMemoryVersionedStore
from tests.samples import ROLL_UP

NOW = int(datetime(2026, 11, 20, 15, 42, tzinfo=UTC).timestamp()) // 60
BEGIN = NOW // MINUTES_PER_DAY * MINUTES_PER_DAY - DAYS * MINUTES_PER_DAY
STORY = Story(BEGIN)
LISTS = ROLL_UP.lists.model_copy(
    update={
        "page_groups": ("front", "category", "product"),
        "countries": tuple(fit.COUNTRIES["phone"]),
        "releases": (OLD_RELEASE, NEW_RELEASE),
    }
)
SETTINGS = ROLL_UP.model_copy(update={"lists": LISTS})


@dataclass
class MemorySink:
    store: InMemoryVersionedStore
    pending: list[Write] = field(default_factory=list)

    def put(self, writes: Sequence[Write]) -> None:
        keys = [each.key for each in writes]
        assert len(set(keys)) == len(keys)  # DynamoDB refuses a key twice in a batch
        self.pending += writes

    def flush(self) -> None:
        self.store.items.update((each.key, each.new) for each in self.pending)
        self.store.expires_at_s.update((each.key, each.expires_at_s) for each in self.pending)
        self.pending = []


@dataclass
class World:
    cells: InMemoryVersionedStore = field(default_factory=InMemoryVersionedStore)
    operations: InMemoryVersionedStore = field(default_factory=InMemoryVersionedStore)
    days: int = DAYS

    def __post_init__(self) -> None:
        self.history = History(
            SETTINGS, self.cells, ChangeLog(self.operations), MemorySink(self.cells), self.days
        )

    def bodies(self, resolution: Resolution, *, of: range, family: str = "") -> dict[Key, bytes]:
        """What lies in a span, by family and value with start, less the shard."""
        prefix = f"{resolution.word}#{family}#" if family else f"{resolution.word}#"
        found = {}
        for (partition, sort), item in self.cells.items.items():
            if partition.startswith(prefix):
                value, start = _read_sort(sort)
                if start in of:
                    found[partition.split("#")[1], f"{value}#{start}"] = item.body
        return found

    def total(self, family: str, value: str = "", *, of: range = range(NOW)) -> Rollup:
        """A cell's hours of a span."""
        whole = Rollup()
        for (_, sort), body in self.bodies(Resolution.HOUR, of=of, family=family).items():
            if sort.split("#")[0] == value:
                whole.add(Rollup.decode(body))
        return whole


_read_sort = cache(window.read_sort)


@pytest.fixture(scope="module")
def filled() -> World:
    world = World()
    world.history.fill(NOW)
    return world


@pytest.mark.parametrize("device", ["phone", "desktop"])
@pytest.mark.parametrize("q", [0.5, 0.75, 0.9])
def test_lcp_is_as_in_the_real_population(filled: World, device: str, q: float) -> None:
    real_ms = fit.LCP_MS[device][fit.QUANTILES.index(q)]
    found = filled.total("device+arm", f"{device},{TREATMENT}").quantile("lcp_ms", q)
    assert found == pytest.approx(real_ms, rel=0.08)


@pytest.mark.parametrize("device", fit.DEVICES)
def test_devices_and_countries_come_as_often_as_in_the_real_population(
    filled: World, device: str
) -> None:
    views = filled.total("all").views
    assert filled.total("device", device).views / views == pytest.approx(
        fit.DEVICES[device], abs=0.03
    )
    assert filled.total("country", "US").views / views == pytest.approx(0.51, abs=0.03)


def test_a_twentieth_is_control_and_slower_for_more_bytes(filled: World) -> None:
    control, treatment = filled.total("arm", CONTROL), filled.total("arm", TREATMENT)
    share = control.views / (control.views + treatment.views)
    assert share == pytest.approx(SETTINGS.holdout_share, abs=0.005)
    slow, fast = (each.quantile("lcp_ms", 0.75) or 0 for each in (control, treatment))
    assert slow > 1.2 * fast
    heavy, light = (each.fields[Field.BYTES] / each.views for each in (control, treatment))
    assert heavy > 3 * light


def test_the_evening_is_busier_than_the_night_and_the_weekend_than_the_week(filled: World) -> None:
    hours = [
        filled.total("all", of=range(start, start + 60)).views
        for start in range(BEGIN, BEGIN + DAYS * MINUTES_PER_DAY, 60)
    ]
    by_hour = [sum(hours[hour::24]) for hour in range(24)]
    assert max(by_hour) > 1.6 * min(by_hour)
    days = [sum(hours[at : at + 24]) for at in range(0, len(hours), 24)]  # from a Friday on
    assert days[1] + days[2] > 1.1 * (days[4] + days[5])


def test_the_incident_in_europe_shows_there_and_nowhere_else(filled: World) -> None:
    during = range(STORY.slow_origin.start // 60 * 60 + 60, STORY.slow_origin.stop)
    before = range(during.start - MINUTES_PER_DAY, during.stop - MINUTES_PER_DAY)
    ttfb = {
        (country, span): filled.total("country", country, of=span).quantile("ttfb_ms", 0.75) or 0
        for country in ("GB", "US")
        for span in (during, before)
    }
    assert ttfb["GB", during] > 1_400 > 2 * ttfb["US", during] * 0.6
    assert ttfb["GB", during] > 1.7 * ttfb["GB", before]
    assert ttfb["US", during] < 1.4 * ttfb["US", before]


def test_the_release_breaks_product_pages_until_it_is_mended(filled: World) -> None:
    span = range(STORY.broken_script.start, STORY.broken_script.start + 60)
    broken = filled.total("release+page_group", f"{NEW_RELEASE},product", of=span)
    assert broken.fields[Field.ERRORS] / broken.views > 0.02
    after = range(STORY.broken_script.stop // 60 * 60 + 60, NOW)
    mended = filled.total("release+page_group", f"{NEW_RELEASE},product", of=after)
    assert mended.fields[Field.ERRORS] / mended.views < 0.01
    assert filled.total("release", OLD_RELEASE, of=after).views == 0


def test_the_change_log_tells_the_story_and_that_it_is_simulated(filled: World) -> None:
    log = ChangeLog(filled.operations)
    told = log.between(
        datetime.fromtimestamp(BEGIN * 60, UTC), datetime.fromtimestamp(NOW * 60, UTC)
    )
    assert {each.who for each in told} == {WHO}
    assert [each.name for each in told if each.kind == "release"] == [OLD_RELEASE, NEW_RELEASE]
    assert b'"simulated": true' in filled.cells.items[PLACE].body


def test_every_view_is_in_one_cell_of_each_family(filled: World) -> None:
    views = filled.total("all").views
    for family in FAMILIES:
        name = family_name(family)
        bodies = filled.bodies(Resolution.HOUR, of=range(NOW), family=name)
        assert sum(Rollup.decode(body).views for body in bodies.values()) == views


def test_finer_windows_add_up_to_the_very_bytes_of_the_coarser(filled: World) -> None:
    hour = NOW // 60 * 60 - 60
    for fine, coarse, start in (
        (Resolution.MINUTE, Resolution.FIVE, hour + 20),
        (Resolution.FIVE, Resolution.HOUR, hour),
        (Resolution.FIVE, Resolution.HOUR, hour - 20 * 60),
    ):
        span = range(start, start + coarse.minutes)
        sums: dict[Key, Rollup] = {}
        for (family, sort), body in filled.bodies(fine, of=span).items():
            key = family, f"{sort.split('#')[0]}#{start}"
            sums.setdefault(key, Rollup()).add(Rollup.decode(body))
        assert sums
        whole = filled.bodies(coarse, of=range(start, start + 1))
        assert {key: each.encode() for key, each in sums.items()} == whole


def test_this_time_of_last_week_is_there_to_compare_with(filled: World) -> None:
    start = (NOW - 7 * MINUTES_PER_DAY) // 60 * 60
    span = range(start, start + 60)
    finer = filled.bodies(Resolution.FIVE, of=span, family="all")
    assert len(finer) == 12
    views = sum(Rollup.decode(body).views for body in finer.values())
    assert views == filled.total("all", of=span).views


def test_nothing_lies_after_now_and_everything_expires_later(filled: World) -> None:
    for resolution in Resolution:
        starts = {
            int(sort.split("#")[1]) for _, sort in filled.bodies(resolution, of=range(NOW * 2))
        }
        assert max(starts) + resolution.minutes <= NOW
    assert min(filled.cells.expires_at_s.values()) > NOW * 60


def test_filling_again_adds_nothing() -> None:
    world = World(days=0)
    world.history.fill(NOW)
    before = dict(world.cells.items)
    assert world.history.fill(NOW) == 0
    assert world.history.fill(NOW - 60) == 0
    assert world.cells.items == before


def test_one_interrupted_is_made_whole_by_the_next() -> None:
    whole, broken = World(days=1), World(days=1)
    whole.history.fill(NOW)
    broken.history.fill(NOW)
    del broken.cells.items[PLACE]
    for key in list(broken.cells.items)[100:]:
        del broken.cells.items[key]
    broken.history.fill(NOW)
    assert broken.cells.items == whole.cells.items


def test_the_minutes_of_a_demo_that_stays_are_merged_as_if_filled_at_once() -> None:
    at_once, stays = World(days=1), World(days=1)
    start = NOW // 60 * 60 - 30
    at_once.history.fill(start + 130)
    tallies = InMemoryVersionedStore()
    for minute in (*range(start, start + 100, 7), start + 100, start + 130):
        stays.history.fill(minute)
        Merger(stays.cells, tallies).run(minute)
    Merger(stays.cells, tallies).run(start + 150)
    span = range(start - 30, start + 60)
    for resolution in (Resolution.FIVE, Resolution.HOUR):
        assert stays.bodies(resolution, of=span) == at_once.bodies(resolution, of=span)


def test_cells_are_keyed_as_roll_up_keys_them(filled: World) -> None:
    hour = NOW // 60 * 60 - 60
    key = window.key(Resolution.HOUR, Cell("device", "phone"), hour)
    assert Rollup.decode(filled.cells.items[key].body).views > 0


def test_fitted_quantiles_ascend() -> None:
    for points in fit.LCP_MS.values():
        assert all(a < b for a, b in pairwise(points))
