"""Sessions are added up by experiment and arm, each exactly once, whatever goes wrong."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adaptive.delivery.ledger import Record
from adaptive.delivery.session import SessionId
from adaptive.delivery.trial import HOLDOUT
from adaptive.experiments import cells
from adaptive.experiments.course import VIEWS_KEPT, Course, outcome
from adaptive.experiments.felt import Feel
from adaptive.experiments.rollout import State
from adaptive.experiments.tallies import ArmTally
from tests.experiment_world import AT, ExperimentWorld, report
from tests.faults import Fault, FaultyVersions, Worker
from tests.samples import HELD_OUT, RECORD, TREATED

FEEL = Feel(RECORD.experience)
SESSIONS = [letter * 22 for letter in "abcd"]


def holdout(world: ExperimentWorld, scope: str = cells.ASSIGNED) -> dict[str, ArmTally]:
    [arms] = cells.read(world.store, HOLDOUT, scope).values()
    return arms


def sums(world: ExperimentWorld, metric: str, arm: str = "candidate") -> list[int]:
    return holdout(world)[arm].sums[metric]


@pytest.mark.parametrize(
    "told",
    [
        b"\xff",
        b"{}",
        report().replace(b"+00:00", b""),
        report(view_id=7),
        report(sequence="x"),
        report(events=[{"name": "checkout", "value": "dear", "currency": "EUR"}]),
    ],
)
def test_what_cannot_be_read_is_buried_and_the_rest_counts(told: bytes) -> None:
    world = ExperimentWorld()
    done = world.record(told, report())
    assert (done.buried, done.sessions, done.failed) == (1, 1, [])


@pytest.mark.parametrize("arrival", [{"bot": True}, {"redriven_to": "score"}, {"session_id": None}])
def test_what_is_not_for_us_counts_nowhere(arrival: dict[str, Any]) -> None:
    world = ExperimentWorld()
    told = report(of_arrival=arrival)
    if arrival == {"session_id": None}:
        told = told.replace(b'"session_id": null, ', b"")
    assert world.record(told, report(hidden=True)).sessions == 0


def test_arms_are_recomputed_and_control_is_the_baseline() -> None:
    world = ExperimentWorld()
    world.record(report(TREATED), report(HELD_OUT), report(HELD_OUT, view=1))
    arms = holdout(world)
    assert (arms["candidate"].sessions, arms["baseline"].sessions) == (1, 1)
    assert [*cells.read(world.store, HOLDOUT, cells.ASSIGNED)] == ["2026-11-02@0.95"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_session_in_its_visitors_earlier_arm_counts_but_was_not_drawn(
    order: tuple[int, int],
) -> None:
    world = ExperimentWorld()
    begins = report(TREATED, of_arrival={"returning": True})
    told = begins, report(TREATED, view=1)
    for at in order:
        world.record(told[at])
    world.record(report(TREATED, of_arrival={"returning": "yes"}, sequence=1))
    arm = holdout(world)["candidate"]
    assert (arm.sessions, arm.drawn) == (1, 0)


def test_the_first_view_is_what_was_known_before_and_the_rest_is_the_outcome() -> None:
    world = ExperimentWorld()
    world.record(
        report(TREATED, vitals={"lcp_ms": 4_000}),
        report(TREATED, view=1, vitals={"lcp_ms": 1_000, "inp_ms": 80}),
        report(TREATED, view=2, vitals={"lcp_ms": 3_000}, transfer={"bytes": 500_400}),
    )
    known = 8_294  # thousandths of ln 4000
    assert sums(world, "lcp") == [1, 7_457, 7_457**2, known, known**2, 7_457 * known]
    assert sums(world, "good_lcp")[:2] == [1, 1]
    assert sums(world, "good_lcp")[3] == 2
    assert sums(world, "bounce")[:2] == [1, 0]
    assert sums(world, "bytes")[1:2] == [500]
    assert sums(world, "views")[1] == 3


def test_the_experience_index_is_that_of_the_later_views_and_grows_with_their_reports() -> None:
    world = ExperimentWorld()
    good = {"lcp_ms": 2_500, "inp_ms": 200, "cls": 0.1, "fcp_ms": 1_800, "ttfb_ms": 800}
    world.record(report(TREATED, vitals=good), report(TREATED, view=1))
    assert "uxi" not in holdout(world)["candidate"].sums  # no vital of a later view yet
    world.record(report(TREATED, view=1, sequence=1, vitals=good))
    bounced = sums(world, "uxi")
    assert bounced[:1] + bounced[3:4] == [1, 90]
    # 0.5 x 90 for performance, nothing for engagement, 0.2 x 100 for calm
    assert bounced[1] == 65
    angry = {"rage_clicks": 1, "dead_clicks": 2, "error_clicks": 2}
    world.record(report(TREATED, view=1, sequence=2, frustration=angry))
    assert sums(world, "uxi")[1] == 46
    looked = {"visible_ms": 20_000, "scroll_depth": 0.5}
    world.record(report(TREATED, view=2, vitals=good, engagement=looked))
    assert sums(world, "uxi")[1] == 73  # 45, 0.3 x 75 for staying and looking, 0.2 x 25


@pytest.mark.parametrize("cls", [-0.1, 1_001, "much"])
def test_a_vital_that_no_browser_measures_fails_only_its_own_record(cls: object) -> None:
    world = ExperimentWorld()
    done = world.record(report(vitals={"cls": cls}), report(view=1, vitals={"cls": cls}))
    assert done.buried == 2


def test_sales_count_once_in_their_currency_up_to_the_cap() -> None:
    sale = {"name": "checkout", "at_ms": 9, "value": 400.5, "currency": "EUR"}
    world = ExperimentWorld()
    world.record(report(TREATED, events=[sale]))
    assert sums(world, "revenue")[:2] == [1, 0]  # before anything could have been adapted
    again = report(TREATED, view=1, sequence=1, events=[sale, {**sale, "currency": "USD"}])
    world.record(again, again, report(TREATED, view=1, events=[sale] * 9))
    assert sums(world, "revenue")[1] == 40_050
    assert sums(world, "conversion")[1] == 1
    world.record(report(TREATED, view=2, events=[sale]))
    assert sums(world, "revenue")[1] == 50_000


def test_only_those_whom_another_arm_would_have_served_differently_are_exposed() -> None:
    world = ExperimentWorld()
    world.record(report(TREATED), report("B" * 22, of_arrival={"exposed": ["holdout", "nothing"]}))
    assert sum(each.sessions for each in holdout(world).values()) == 2
    assert sum(each.sessions for each in holdout(world, cells.EXPOSED).values()) == 1


def test_the_holdout_exposes_by_the_first_view_only_as_its_arms_differ_from_then_on() -> None:
    world = ExperimentWorld()
    world.record(report(), report(view=1, of_arrival={"exposed": ["holdout"]}))
    assert cells.read(world.store, HOLDOUT, cells.EXPOSED) == {}


def test_what_the_stream_took_a_day_late_counts_nowhere() -> None:
    world = ExperimentWorld()
    late_s = AT.timestamp() + 86_401
    world.recorder().post([Record(1, report(), arrived_at_s=late_s)])
    assert cells.read(world.store, HOLDOUT, cells.ASSIGNED) == {}


def test_a_session_counts_up_to_where_its_arm_would_be_another() -> None:
    world = ExperimentWorld()
    world.start(steps=(0.999999, 1))
    told = {"policy": world.policy.version}
    world.record(report(of_arrival=told), report(view=1, of_arrival=told))
    world.orders.end("quicker", State.STOPPED, who="kim", why="enough", at=AT)
    told = {"policy": world.policy.version}
    world.record(report(view=2, of_arrival=told))
    [arms] = cells.read(world.store, "quicker.1", cells.ASSIGNED).values()
    assert arms["candidate"].sums["views"][1] == 2
    assert sums(world, "views")[1] == 3


def test_segments_are_told_apart_by_closed_lists() -> None:
    world = ExperimentWorld()
    world.record(report(), report("B" * 22, of_arrival={"country": "XX", "device_class": "?"}))
    found = cells.read_segments(world.store, HOLDOUT, cells.ASSIGNED)
    assert {*found} == {
        *("device=phone", "device=none", "country=DE", "country=other", "connection=none")
    }


def test_a_flood_of_views_is_bounded() -> None:
    world = ExperimentWorld()
    world.record(*(report(view=number) for number in range(VIEWS_KEPT + 20)))
    assert sums(world, "views")[1] == VIEWS_KEPT


def test_while_nobody_is_adapted_to_nobody_is_in_an_arm() -> None:
    world = ExperimentWorld()
    killed = world.policy.model_copy(update={"kill": True})
    world.book.put(killed, replacing=0, who="kim", why="fire", at=AT)
    world.record(report(of_arrival={"policy": 1}))
    assert cells.read(world.store, HOLDOUT, cells.ASSIGNED) == {}


REPORTS = st.lists(
    st.tuples(
        st.sampled_from(SESSIONS), st.integers(0, 3), st.integers(0, 3), st.integers(300, 9_000)
    ),
    min_size=1,
    max_size=20,
)


@given(REPORTS, st.lists(st.sampled_from(Fault), max_size=25), st.integers(1, 6))
@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
def test_every_session_counts_exactly_once_under_any_fault_and_replay(
    reports: list[tuple[str, int, int, int]], faults: list[Fault], size: int
) -> None:
    world = ExperimentWorld()
    records = [
        Record(
            number,
            report(session, view=view, sequence=sequence, vitals={"lcp_ms": lcp_ms}),
        )
        for number, (session, view, sequence, lcp_ms) in enumerate(reports, start=1)
    ]
    for at in range(0, len(records), size):
        batch = records[at : at + size]
        while True:
            worker = Worker(
                lambda worker, batch=batch: world.recorder(  # type: ignore[misc]
                    FaultyVersions(world.store, worker)
                ).post(batch)
            )
            while not worker.finished:
                worker.step(faults.pop() if faults else Fault.NONE)
            if not worker.failed and not worker.answer.failed:
                break
    world.recorder().post(records)
    assert told(world) == expected(world, reports)


def told(world: ExperimentWorld) -> dict[str, bytes]:
    return {
        arm: tally.encode()
        for arms in cells.read(world.store, HOLDOUT, cells.ASSIGNED).values()
        for arm, tally in arms.items()
    }


def expected(world: ExperimentWorld, reports: list[tuple[str, int, int, int]]) -> dict[str, bytes]:
    """Each session's views in the order of their first report, each by its latest."""
    arms: dict[str, ArmTally] = {}
    for session in {each[0] for each in reports}:
        key = (f"session#{SessionId(session)}", "course")
        course = Course.load(world.store.items[key].body)
        views: dict[str, tuple[int, int]] = {}
        for _, view, sequence, lcp_ms in (each for each in reports if each[0] == session):
            if sequence > views.get(f"view-{view:04}", (-1, 0))[0]:
                views[f"view-{view:04}"] = (sequence, lcp_ms)
        assert {name: (v.sequence, v.lcp_ms) for name, v in course.views.items()} == views
        arm = course.enrolments[HOLDOUT].arm
        arms.setdefault(arm, ArmTally()).add(
            ArmTally.of(outcome(course, None, cap_cents=1, feel=FEEL))
        )
    return {arm: tally.encode() for arm, tally in arms.items()}
