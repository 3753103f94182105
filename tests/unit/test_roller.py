import json
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import from_json, to_json

from adaptive.monitoring.dimension import CELLS_PER_VIEW, FAMILIES, Cell, family_name, most_cells
from adaptive.monitoring.plan import tally_key
from adaptive.monitoring.roller import Roller
from adaptive.monitoring.rollup import Field
from adaptive.monitoring.tally import VIEWS_KEPT, Verdict
from adaptive.monitoring.view import CORRECTED_FOR_MINUTES
from adaptive.monitoring.vital import Rating
from adaptive.ports import Key, Write
from tests.fakes import InMemoryDeadLetters, InMemoryVersionedStore
from tests.faults import FaultyVersions, Worker
from tests.rollup_world import ALL, RollupWorld, arrival, records
from tests.samples import HELD_OUT, ROLL_UP, TREATED

POISON = [
    b"\xff",
    b"{}",
    b"[]",
    b"7",
    b'"text"',
    json.dumps({"session_id": "x", "received_at": "2026-11-01T00:00:00Z", "beacon": 7}).encode(),
    arrival(vitals={"lcp_ms": "fast"}),
    arrival(vitals={"lcp_ms": -1}),
    arrival(vitals={"lcp_ms": 1e12}),
    arrival(vitals=[1]),
    arrival().replace(b"5200.5", b"NaN"),
    arrival().replace(b"10:00:00Z", b"10:00:00"),
    arrival(sequence="1"),
    arrival(view_id=7),
    arrival(transfer={"bytes": -5}),
    arrival(transfer={"bytes": 2**63}),
    arrival(errors=[{"count": True}]),
    arrival(events=[{}]),
]


@pytest.mark.parametrize("poison", POISON)
def test_poison_is_buried_with_its_reason_and_the_rest_is_counted(poison: bytes) -> None:
    world = RollupWorld()
    outcome = world.post(arrival(view_id="view-0001"), poison, arrival(view_id="view-0002"))
    assert (outcome.buried, outcome.failed) == (1, [])
    assert world.letters.letters["2"][0] == poison
    assert world.letters.letters["2"][1]
    assert world.count(Field.VIEWS) == 2


def test_poison_that_cannot_be_buried_is_delivered_again_with_all_after_it() -> None:
    world = RollupWorld(letters=InMemoryDeadLetters(down=True))
    batch = records(arrival(), b"?", arrival(view_id="view-0002"))
    assert world.worker().post(batch).failed == [2, 3]
    assert world.count(Field.VIEWS) == 1
    world.letters.down = False
    assert world.worker().post(batch[1:]).failed == []
    assert world.count(Field.VIEWS) == 2


@pytest.mark.parametrize("store", ["cells", "tallies"])
def test_a_batch_is_delivered_again_while_a_table_is_down(store: str) -> None:
    world = RollupWorld()
    getattr(world, store).down = True
    batch = records(arrival(), arrival(view_id="view-0002"))
    assert world.worker().post(batch).failed == [1, 2]
    getattr(world, store).down = False
    assert world.worker().post(batch).failed == []
    assert world.count(Field.VIEWS) == 2


def test_a_plan_that_was_given_up_on_is_carried_out_by_whoever_comes_next() -> None:
    world = RollupWorld()
    world.cells.down = True
    world.post(arrival(view_id="view-0001"))
    world.cells.down = False
    world.post(arrival(view_id="view-0001", sequence=1), arrival(view_id="view-0002"))
    assert world.count(Field.VIEWS) == 2


def test_a_plan_of_a_shard_that_is_no_more_is_carried_out_by_its_children() -> None:
    world = RollupWorld()
    world.cells.down = True
    assert world.worker().post(records(arrival(), shard=3)).failed == [1]
    world.cells.down = False
    world.worker().post(records(arrival(sequence=1), shard=4))
    assert world.count(Field.VIEWS) == 1


def test_a_session_that_moves_between_shards_is_counted_on() -> None:
    world = RollupWorld()
    world.worker().post(records(arrival(), first=900, shard=1))
    world.worker().post(records(arrival(sequence=1), arrival(view_id="view-0002"), shard=2))
    world.worker().post(records(arrival(), first=900, shard=1))
    assert world.count(Field.VIEWS) == 2


def test_a_view_counts_once_however_often_it_is_reported() -> None:
    world = RollupWorld()
    first = arrival(transfer={"bytes": 100})
    last = arrival(sequence=1, final=True, transfer={"bytes": 150}, minute=2)
    verdicts = world.post(first, first, last, first, last).verdicts
    assert verdicts == {
        Verdict.NEW: 1,
        Verdict.NEWER: 1,
        Verdict.DUPLICATE: 3,
        Verdict.LATE: 0,
    }
    assert (world.count(Field.VIEWS), world.count(Field.VIEWS, minute=2)) == (1, 0)
    assert (world.count(Field.BYTES), world.count(Field.BYTES, minute=2)) == (100, 50)
    assert world.count(Field.MEASURED) == 1


def test_an_older_report_after_a_newer_changes_nothing() -> None:
    world = RollupWorld()
    world.post(arrival(sequence=4, vitals={"lcp_ms": 1_000}))
    world.post(arrival(sequence=3, vitals={"lcp_ms": 9_000, "fcp_ms": 100}))
    assert world.rollup().quantile("lcp_ms", 1) == pytest.approx(1_000, rel=0.01)
    assert world.rollup().quantile("fcp_ms", 1) is None


def test_a_later_report_corrects_the_minute_in_which_a_vital_was_first_told() -> None:
    world = RollupWorld()
    world.post(arrival(vitals={"lcp_ms": 1_000}), arrival(view_id="view-0002"))
    world.post(arrival(sequence=1, vitals={"lcp_ms": 3_000}, minute=5))
    assert world.rollup().ratings("lcp_ms") == {
        Rating.GOOD: 0,
        Rating.NEEDS_IMPROVEMENT: 1,
        Rating.POOR: 1,
    }
    assert world.rollup(minute=5).quantile("lcp_ms", 1) is None


def test_what_is_known_at_the_end_only_counts_from_final_reports() -> None:
    world = RollupWorld()
    world.post(arrival(vitals={"inp_ms": 100, "cls": 0.01}))
    assert world.rollup().quantile("inp_ms", 1) is None
    world.post(arrival(sequence=1, final=True, vitals={"inp_ms": 300, "cls": 0.2}, minute=1))
    assert world.rollup(minute=1).quantile("inp_ms", 1) == pytest.approx(300, rel=0.01)
    assert world.rollup(minute=1).quantile("cls", 1) == pytest.approx(0.2, rel=0.01)


def test_a_correction_comes_too_late_some_time() -> None:
    world = RollupWorld()
    world.post(arrival(vitals={"lcp_ms": 1_000}))
    late = CORRECTED_FOR_MINUTES + 1
    world.post(arrival(sequence=1, vitals={"lcp_ms": 3_000}, minute=late))
    assert world.rollup().quantile("lcp_ms", 1) == pytest.approx(1_000, rel=0.01)
    assert world.rollup(minute=late).quantile("lcp_ms", 1) is None


def test_a_report_that_the_stream_took_a_day_late_counts_nowhere() -> None:
    world = RollupWorld()
    [record] = records(arrival())
    on_time = record.__class__(1, record.data, 0, arrived_at_s=1_793_527_200 + 86_400)
    late = record.__class__(1, record.data, 0, arrived_at_s=1_793_527_200 + 86_401)
    assert world.worker().post([late]).verdicts[Verdict.LATE] == 1
    assert not world.cells.items
    assert world.worker().post([on_time]).verdicts[Verdict.NEW] == 1


def test_a_view_that_began_before_all_memory_of_it_is_late() -> None:
    world = RollupWorld()
    clock = {"started_at_ms": 0, "sent_after_ms": 3 * 86_400_000}
    assert world.post(arrival(sequence=1, clock=clock)).verdicts[Verdict.LATE] == 1
    assert not world.cells.items


def test_hidden_and_soft_views_are_counted_but_not_measured() -> None:
    world = RollupWorld()
    world.post(
        arrival(view_id="view-0001", hidden=True),
        arrival(view_id="view-0001", sequence=1, hidden=False),
        arrival(view_id="view-0002", navigation="soft-navigation"),
    )
    counted = (world.count(Field.VIEWS), world.count(Field.HIDDEN), world.count(Field.SOFT))
    assert counted == (2, 1, 1)
    assert not world.rollup().codes


def test_bots_and_what_is_for_others_count_nowhere() -> None:
    world = RollupWorld()
    world.post(arrival(of_arrival={"bot": True}), arrival(of_arrival={"redriven_to": "score"}))
    assert not world.cells.items
    world.post(arrival(of_arrival={"bot": False, "redriven_to": "roll_up"}))
    assert world.count(Field.VIEWS) == 1


def test_errors_and_conversions_grow_where_they_are_reported() -> None:
    world = RollupWorld()
    errors = [{"kind": "error", "count": 2}, {"kind": "csp"}]
    events = [{"name": "checkout"}, {"name": "scrolled"}]
    world.post(arrival(errors=errors))
    world.post(arrival(sequence=1, errors=[*errors, {"count": 1}], events=events, minute=1))
    assert (world.count(Field.ERRORS), world.count(Field.CONVERSIONS)) == (3, 0)
    assert world.count(Field.ERRORS, minute=1) == 1
    assert world.count(Field.CONVERSIONS, minute=1) == 1


def test_a_view_is_in_one_cell_of_each_family() -> None:
    world = RollupWorld()
    told = {"country": "DE", "browser": "safari", "device_class": "phone"}
    world.post(
        arrival(
            of_arrival=told,
            page_group="product",
            release="1.1",
            tier="lite",
            network={"ect": "4g", "rtt_ms": 150},
        )
    )
    expected = {
        "all": "",
        "page_group": "product",
        "country": "DE",
        "device": "phone",
        "connection": "medium",
        "browser": "safari",
        "tier": "lite",
        "release": "1.1",
        "arm": "treatment",
        "tier+arm": "lite,treatment",
        "device+connection": "phone,medium",
        "release+page_group": "1.1,product",
        "device+arm": "phone,treatment",
        "connection+arm": "medium,treatment",
        "page_group+arm": "product,treatment",
    }
    assert {family_name(family) for family in FAMILIES} == set(expected)
    for family, value in expected.items():
        assert world.count(Field.VIEWS, Cell(family, value)) == 1, family
    assert len(world.cells.items) == CELLS_PER_VIEW


def test_what_is_on_no_list_is_other_and_what_is_not_told_is_none() -> None:
    world = RollupWorld()
    world.post(arrival(of_arrival={"country": "XK"}, release="made#up", page_group="unlisted"))
    for family, value in {"country": "other", "release": "other", "browser": "none"}.items():
        assert world.count(Field.VIEWS, Cell(family, value)) == 1


def test_the_arm_is_recomputed_not_believed() -> None:
    world = RollupWorld()
    world.post(arrival(session=HELD_OUT, tier="full"))
    assert world.count(Field.VIEWS, Cell("tier+arm", "full,control")) == 1


def test_the_arm_is_drawn_by_the_share_that_was_in_force_and_a_view_keeps_it() -> None:
    world = RollupWorld()
    world.post(arrival(of_arrival={"policy": 2, "holdout_share": 1.0}))
    world.post(arrival(sequence=1, vitals={"lcp_ms": 900}))
    world.post(arrival(session=HELD_OUT, of_arrival={"policy": 3, "holdout_share": 0}))
    assert world.count(Field.VIEWS, Cell("arm", "control")) == 1
    assert world.count(Field.VIEWS, Cell("arm", "treatment")) == 1
    assert world.rollup(Cell("arm", "control")).quantile("lcp_ms", 0.5) == pytest.approx(900, 0.01)


@pytest.mark.parametrize("share", ["0.5", True, -0.1, 1.1])
def test_a_share_that_is_none_is_buried(share: object) -> None:
    world = RollupWorld()
    assert world.post(arrival(of_arrival={"holdout_share": share})).buried == 1


def test_a_view_without_a_session_is_counted_once_and_in_no_arm() -> None:
    world = RollupWorld()
    of_nobody = json.loads(arrival(consent="denied"))
    del of_nobody["session_id"]
    for _ in range(2):
        world.post(json.dumps(of_nobody).encode())
    assert world.count(Field.VIEWS) == world.count(Field.VIEWS, Cell("arm", "none")) == 1


@pytest.mark.parametrize(
    ("network", "timing", "expected"),
    [
        ({"ect": "3g", "rtt_ms": 20}, {}, "slow"),
        ({"ect": "4g", "rtt_ms": 300}, {}, "slow"),
        ({"ect": "4g", "rtt_ms": 0}, {"tcp_ms": 400}, "fast"),
        ({"ect": "4g"}, {}, "none"),
        ({}, {"tcp_ms": 0}, "none"),
        ({}, {"tcp_ms": 120}, "medium"),
    ],
)
def test_the_connection_is_what_a_round_trip_takes(
    network: dict[str, object], timing: dict[str, object], expected: str
) -> None:
    world = RollupWorld()
    world.post(arrival(network=network, timing=timing))
    assert world.count(Field.VIEWS, Cell("connection", expected)) == 1


def test_cells_are_bounded_whatever_is_sent() -> None:
    world = RollupWorld()
    world.post(
        *(
            arrival(
                view_id=f"view-{n:05}",
                session=f"{n:022}",
                page_group=f"group-{n}",
                release=f"r{n}",
                tier="lite" if n % 2 else "full",
                of_arrival={"country": chr(65 + n % 26) + "A", "browser": f"b{n}"},
            )
            for n in range(300)
        )
    )
    assert len(world.cells.items) <= most_cells(ROLL_UP.lists)


def test_a_batch_costs_one_write_a_cell_one_a_session_a_plan_and_a_log_entry() -> None:
    world = RollupWorld()
    world.post(*(arrival(view_id=f"view-{n:04}", session=f"{n % 3}" * 22) for n in range(30)))
    assert world.cells.writes == CELLS_PER_VIEW
    assert world.tallies.writes == 3 + 1 + 1


def test_a_replayed_batch_costs_no_write() -> None:
    world = RollupWorld()
    batch = records(arrival(), arrival(view_id="view-0002"))
    world.worker().post(batch)
    before = world.cells.writes, world.tallies.writes
    world.worker().post(batch)
    world.worker().post(batch[1:])
    assert (world.cells.writes, world.tallies.writes) == before


def test_a_plan_too_large_for_an_item_is_made_in_parts() -> None:
    world = RollupWorld()
    noise = [
        arrival(view_id=f"view-{n:06}", session=f"{n * 7919:022}", vitals={"lcp_ms": n % 9_000})
        for n in range(9_000)
    ]
    assert world.post(*noise).failed == []
    assert world.count(Field.VIEWS) == 9_000


def test_a_session_remembers_its_latest_views_only() -> None:
    world = RollupWorld()
    world.post(*(arrival(view_id=f"view-{n:04}") for n in range(VIEWS_KEPT + 10)))
    world.post(arrival(view_id=f"view-{VIEWS_KEPT + 9:04}"), arrival(view_id="view-0010"))
    assert world.count(Field.VIEWS) == VIEWS_KEPT + 10
    world.post(arrival(view_id="view-0000"))
    assert world.count(Field.VIEWS) == VIEWS_KEPT + 11


def test_requests_and_scripts_count_as_they_grow_and_a_failing_view_once() -> None:
    world = RollupWorld()
    fault = {"message": "boom", "count": 3}
    first = {"requests": 10, "bytes": 9_000, "script_bytes": 4_000}
    world.post(
        arrival(transfer=first),
        arrival(sequence=1, transfer={**first, "requests": 14}, errors=[fault]),
        arrival(sequence=2, transfer={**first, "requests": 14}, errors=[fault, fault]),
    )
    assert world.count(Field.REQUESTS) == 14
    assert world.count(Field.SCRIPT_BYTES) == 4_000
    assert world.count(Field.MEASURED) == 1
    assert world.count(Field.ERRORS) == 6
    assert world.count(Field.FAILING) == 1


def test_a_tally_from_before_a_sum_or_a_vital_was_counted_is_counted_on() -> None:
    world = RollupWorld()
    world.post(arrival(transfer={"bytes": 9_000}))
    key = tally_key(TREATED)
    outcome, [[name, *head, grown, codes, points, earned]] = from_json(
        world.tallies.items[key].body
    )
    older = to_json([outcome, [[name, *head, grown[:1], codes[:-1], points, earned]]])
    world.tallies.items[key] = replace(world.tallies.items[key], body=older)
    world.post(arrival(sequence=1, transfer={"bytes": 9_500, "requests": 7}))
    assert (world.count(Field.VIEWS), world.count(Field.BYTES)) == (1, 9_500)
    assert world.count(Field.REQUESTS) == 7


def test_a_tally_of_an_unknown_version_begins_anew() -> None:
    world = RollupWorld()
    world.post(arrival())
    for key, item in world.tallies.items.items():
        if key[1] == "tally":
            world.tallies.items[key] = item.__class__(b'{"v": 2}', item.version)
    world.post(arrival(view_id="view-0002"))
    assert world.count(Field.VIEWS) == 2


@given(st.lists(st.integers(1, 5), min_size=1, max_size=6))
def test_how_the_stream_is_cut_into_batches_changes_nothing(lengths: list[int]) -> None:
    total = sum(lengths)
    stream = [
        arrival(view_id=f"view-{n // 2:04}", sequence=n % 2, session=f"{n // 4}" * 22, minute=n)
        for n in range(total)
    ]
    cut, whole = RollupWorld(), RollupWorld()
    whole.post(*stream)
    for at, length in enumerate(lengths):
        begin = sum(lengths[:at])
        cut.post(*stream[begin : begin + length])
    assert bodies(cut) == bodies(whole)


def bodies(world: RollupWorld) -> dict[tuple[str, str], bytes]:
    return {key: item.body for key, item in world.cells.items.items()}


def test_two_workers_with_the_same_batch_end_in_the_state_of_one() -> None:
    alone, raced = RollupWorld(), RollupWorld()
    batch = records(*(arrival(view_id=f"view-{n:04}", minute=n % 3) for n in range(9)))
    alone.worker().post(batch)

    class Racing(InMemoryVersionedStore):
        """Whose rival does everything between a worker's reading and its committing."""

        def write(self, writes: Sequence[Write]) -> list[Key]:
            if raced.count(Field.VIEWS) == 0:
                raced.worker().post(batch)
            return super().write(writes)

    rivalled = Racing(raced.tallies.items)
    Roller(ROLL_UP, raced.cells, rivalled, raced.letters).post(batch)
    assert bodies(raced) == bodies(alone)
    assert raced.rollup(ALL).views == alone.rollup(ALL).views == 3


def test_what_timed_out_overwrites_nothing_that_came_after() -> None:
    calls_before_the_cells_are_written = 6
    world = RollupWorld()
    batch = records(arrival(view_id="view-0001"))
    stale = Worker(
        lambda gate: Roller(
            ROLL_UP,
            FaultyVersions(world.cells, gate),
            FaultyVersions(world.tallies, gate),
            world.letters,
        ).post(batch)
    )
    for _ in range(calls_before_the_cells_are_written):
        stale.step()
    assert world.cells.writes == CELLS_PER_VIEW // 2
    world.worker().post(batch)
    world.worker().post(records(arrival(view_id="view-0002"), first=2))
    stale.step()
    stale.kill()
    for family, value in (("all", ""), ("arm", "treatment"), ("page_group+arm", "none,treatment")):
        assert world.count(Field.VIEWS, Cell(family, value)) == 2


def test_the_page_load_itself_is_counted_beside_the_vitals() -> None:
    world = RollupWorld()
    world.post(arrival(timing={"dom_content_loaded_ms": 1_500, "load_ms": 4_200}))
    cell = world.rollup()
    assert cell.quantile("dcl_ms", 0.5) == pytest.approx(1_500, rel=0.01)
    assert cell.ratings("load_ms")[Rating.POOR] == 1
