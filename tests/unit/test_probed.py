"""Rules about probes: an outage is told from a problem of one location, with what was at fault."""

from typing import Any

import pytest

from adaptive.monitoring import lab
from adaptive.monitoring.probing import ProbeResult, StepResult
from tests.alert_world import START, AlertWorld, monitoring, phases, views

OUTAGE: dict[str, Any] = {
    "kind": "probe",
    "finds": "outage",
    "severity": "page",
    "window_minutes": (3, 11, 31),
    "runbook": "alert-probe",
    "why": "Several places see it fail.",
}
LOCATION = {**OUTAGE, "finds": "location", "severity": "ticket", "unless": ("outage",)}
PLACES = ("us-east-1", "eu-west-1", "ap-south-1")


def world(**changes: Any) -> AlertWorld:
    """With both rules."""
    rules = {"outage": {**OUTAGE, **changes}, "location": {**LOCATION, **changes}}
    return AlertWorld(monitoring(rules=rules))


def probe(
    made: AlertWorld,
    minutes: range,
    *failing: str,
    places: tuple[str, ...] = PLACES,
    name: str = "front",
) -> AlertWorld:
    for minute in minutes:
        for place in places:
            faults = ("status 503, not 200",) if place in failing else ()
            result = ProbeResult(name, (StepResult("page", faults, None),))
            lab.put(made.cells, result, location=place, minute=START + minute)
    return made


def test_a_place_that_fails_alone_is_a_ticket_and_several_are_a_page() -> None:
    made = probe(world(), range(10))
    probe(made, range(10, 20), "eu-west-1")
    probe(made, range(20, 30), "eu-west-1", "ap-south-1")
    made.run_through(range(2, 30))
    [ticket, page] = made.told
    assert (ticket.rule, ticket.group) == ("location", {"probe": "front", "location": "eu-west-1"})
    assert (page.rule, page.group) == ("outage", {"probe": "front"})


def test_one_failure_is_none_and_two_in_a_row_are_one_alert_that_ends_once() -> None:
    made = probe(world(), range(10))
    probe(made, range(10, 11), *PLACES)
    probe(made, range(11, 20))
    made.run_through(range(2, 20))
    assert made.told == []
    probe(made, range(20, 30), *PLACES)
    probe(made, range(30, 50))
    made.run_through(range(20, 50))
    assert phases(made.told) == [("outage", "firing"), ("outage", "resolved")]


def test_the_only_place_that_looks_decides() -> None:
    made = probe(world(), range(10), places=PLACES[:1])
    probe(made, range(10, 20), PLACES[0], places=PLACES[:1])
    made.run_through(range(2, 20))
    assert phases(made.told) == [("outage", "firing")]


def test_how_many_places_are_an_outage_can_be_said() -> None:
    made = probe(world(outage_from=3), range(10))
    probe(made, range(10, 20), *PLACES[:2])
    made.run_through(range(2, 20))
    assert {each.rule for each in made.told} == {"location"}


@pytest.mark.parametrize("every", [5, 10])
def test_a_probe_that_runs_seldom_is_judged_by_a_longer_window(every: int) -> None:
    made = world()
    for minute in range(0, 20, every):
        probe(made, range(minute, minute + 1))
    for minute in range(20, 20 + 2 * every, every):
        probe(made, range(minute, minute + 1), *PLACES)
    made.run_through(range(2, 20 + 2 * every))
    assert phases(made.told) == [("outage", "firing")]


def test_a_notice_says_which_share_of_runs_failed_from_where_and_why() -> None:
    made = probe(world(), range(10))
    probe(made, range(10, 20), *PLACES[:2])
    made.run_through(range(2, 20))
    [notice] = made.told
    assert notice.title == "outage: failing of probe front is 66.7% of runs"
    assert "eu-west-1: page: status 503, not 200." in notice.summary
    assert "ap-south-1:" not in notice.summary


def test_what_one_probe_finds_is_not_told_of_another() -> None:
    made = probe(world(), range(20))
    probe(made, range(10), name="buy")
    probe(made, range(10, 20), *PLACES, name="buy")
    made.run_through(range(2, 20))
    assert [each.group for each in made.told] == [{"probe": "buy"}]


def test_visitors_never_make_a_probe_fail_nor_does_a_site_without_probes() -> None:
    made = world()
    made.count(range(20), views(40, failing=40))
    made.run_through(range(2, 20))
    assert made.told == []
