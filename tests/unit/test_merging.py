from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adaptive.errors import UnavailableError
from adaptive.monitoring.dimension import Cell
from adaptive.monitoring.merging import (
    FINAL_AFTER_MINUTES,
    FRESH_AFTER_MINUTES,
    SETTLED_AFTER_MINUTES,
    Merger,
)
from adaptive.monitoring.rollup import Field
from adaptive.monitoring.window import Resolution, key
from tests.rollup_world import ALL, MINUTE, RollupWorld, arrival, records

REPORTS = st.lists(
    st.tuples(
        st.integers(0, 59),
        st.integers(0, 9),
        st.integers(0, 3),
        st.floats(1, 9_000),
    ),
    max_size=15,
)


@settings(max_examples=25, deadline=None)
@given(REPORTS)
def test_the_minutes_of_an_hour_merge_into_the_bytes_of_the_hour_built_from_raw(
    reports: list[tuple[int, int, int, float]],
) -> None:
    world, raw = RollupWorld(), RollupWorld()
    world.merge(now=0)
    for number, (minute, view, sequence, lcp_ms) in enumerate(sorted(reports), start=1):
        told: dict[str, Any] = {
            "session": f"{view}" * 22,
            "view_id": f"view-{view:04}",
            "sequence": sequence,
            "final": sequence == 3,
            "vitals": {"lcp_ms": lcp_ms, "cls": lcp_ms / 9_000},
            "page_group": ("front", "product")[view % 2],
        }
        batch = arrival(minute=minute, **told)
        world.worker().post(records(batch, first=number, shard=view % 3))
        # Raw: the same reports, all in one minute of one shard: nothing to merge.
        raw.worker().post(records(arrival(**told), first=number))
    world.merge(now=60 + FRESH_AFTER_MINUTES)
    hours = {
        (partition.split("#")[1], sort.split("#")[0]): item.body
        for (partition, sort), item in world.cells.items.items()
        if partition.startswith(Resolution.HOUR.word)
    }
    assert hours == {
        (partition.split("#")[1], sort.split("#")[0]): item.body
        for (partition, sort), item in raw.cells.items.items()
    }


def test_a_window_is_merged_once_it_is_over() -> None:
    world = RollupWorld()
    world.merge(now=0)
    world.post(arrival(minute=0), arrival(view_id="view-0002", minute=4))
    world.merge(now=5 + FRESH_AFTER_MINUTES - 1)
    assert world.rollup(resolution=Resolution.FIVE).views == 0
    world.merge(now=5 + FRESH_AFTER_MINUTES)
    assert world.rollup(resolution=Resolution.FIVE).views == 2
    assert world.rollup(resolution=Resolution.HOUR).views == 0


def test_after_an_outage_every_window_is_merged() -> None:
    world = RollupWorld()
    world.merge(now=0)
    for minute in range(0, 600, 30):
        world.post(arrival(view_id=f"view-{minute:04}", session=f"{minute:022}", minute=minute))
    for _ in range(4):
        world.merge(now=600 + FRESH_AFTER_MINUTES)
    hours = [world.rollup(resolution=Resolution.HOUR, minute=60 * hour) for hour in range(10)]
    assert [hour.views for hour in hours] == [2] * 10


def test_what_came_late_is_in_the_final_merge() -> None:
    world = RollupWorld()
    world.merge(now=0)
    world.post(arrival())
    world.merge(now=60 + FRESH_AFTER_MINUTES)
    world.merge(now=60 + SETTLED_AFTER_MINUTES)
    world.post(arrival(view_id="view-0002"))
    for now in range(180, FINAL_AFTER_MINUTES + 60, 60):
        world.merge(now=now)
    assert world.rollup(resolution=Resolution.HOUR).views == 1
    world.merge(now=60 + FINAL_AFTER_MINUTES)
    assert world.rollup(resolution=Resolution.HOUR).views == 2


def test_an_hour_has_its_sessions_as_they_ended_once_most_of_them_have() -> None:
    world = RollupWorld()
    world.merge(now=0)
    world.post(arrival(final=True, minute=58))
    world.merge(now=60 + FRESH_AFTER_MINUTES)
    assert world.rollup(resolution=Resolution.HOUR).fields[Field.BOUNCED] == 1
    world.post(arrival(view_id="view-0002", minute=64))
    world.merge(now=60 + SETTLED_AFTER_MINUTES)
    assert world.rollup(resolution=Resolution.HOUR).fields[Field.BOUNCED] == 0
    assert world.rollup(resolution=Resolution.HOUR).fields[Field.SESSIONS] == 1


def test_a_merge_that_finds_nothing_new_writes_nothing() -> None:
    world = RollupWorld()
    world.merge(now=0)
    world.post(arrival())
    world.merge(now=60 + FRESH_AFTER_MINUTES)
    before = world.cells.writes
    for now in range(120, 61 + FINAL_AFTER_MINUTES, 120):
        world.merge(now=now)
    assert world.cells.writes == before


def test_a_merge_never_puts_an_older_sum_over_a_newer() -> None:
    world = RollupWorld()
    world.merge(now=0)
    world.post(arrival())

    class Raced(type(world.cells)):  # type: ignore[misc]
        """Whose rival merges more minutes between our reading and our writing, once."""

        raced = False

        def write(self, writes):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
            if not self.raced:
                Raced.raced = True
                world.post(arrival(view_id="view-0002"))
                world.merge(now=5 + FRESH_AFTER_MINUTES)
            return super().write(writes)

    cells = Raced(world.cells.items)
    Merger(cells, world.tallies).run(MINUTE + 5 + FRESH_AFTER_MINUTES)
    assert world.rollup(resolution=Resolution.FIVE).views == 2


def test_a_store_that_is_down_loses_no_window() -> None:
    world = RollupWorld()
    world.merge(now=0)
    world.post(arrival())
    world.cells.down = True
    with pytest.raises(UnavailableError):
        world.merge(now=5 + FRESH_AFTER_MINUTES)
    world.cells.down = False
    world.merge(now=5 + FRESH_AFTER_MINUTES)
    assert world.rollup(resolution=Resolution.FIVE).views == 1


def test_minutes_are_there_for_their_final_merge() -> None:
    assert Resolution.MINUTE.kept_s > (FINAL_AFTER_MINUTES + 60) * 60


def test_cells_are_kept_for_two_days_two_weeks_and_thirteen_months() -> None:
    world = RollupWorld()
    world.merge(now=0)
    world.post(arrival())
    world.merge(now=60 + FRESH_AFTER_MINUTES)
    end_s = {Resolution.MINUTE: 60, Resolution.FIVE: 300, Resolution.HOUR: 3_600}
    days = {Resolution.MINUTE: 2, Resolution.FIVE: 14, Resolution.HOUR: 395}
    for resolution, kept in days.items():
        shard = 0 if resolution is Resolution.MINUTE else None
        place = key(resolution, Cell(*ALL), MINUTE, shard=shard)
        expected = MINUTE * 60 + end_s[resolution] + kept * 86_400
        assert world.cells.expires_at_s[place] == expected


def test_what_is_on_no_list_is_told_by_dimension_when_it_has_just_been_counted() -> None:
    world = RollupWorld()
    told = [
        arrival(view_id=f"view-{n:04}", of_arrival={"country": country})
        for n, country in enumerate(("DE", "FR", "SE", "NO"))
    ]
    world.merge(now=0)
    world.post(*told)
    merged = Merger(world.cells, world.tallies).run(MINUTE + 10)
    assert merged.counted.overflow()["country"] == 0.5
    assert merged.counted.overflow()["device"] == 0
    fives = [pk for pk, _ in world.cells.items if pk.startswith(Resolution.FIVE.word)]
    assert merged.counted.cells == len(fives)
    again = Merger(world.cells, world.tallies).run(MINUTE + 11)
    assert again.counted.cells == 0
