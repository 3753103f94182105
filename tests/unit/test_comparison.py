"""Alerts that ask for change, through the evaluator."""

from typing import Any

from adaptive.monitoring.window import Resolution
from tests.alert_world import SLOW, AlertWorld, Views, monitoring, phases, views

WEEK = 10_080
CHANGE: dict[str, Any] = {
    **{name: value for name, value in SLOW.items() if name != "above"},
    "kind": "change",
    "rises": 0.5,
}
VIEWS_DROP: dict[str, Any] = {
    **CHANGE,
    "metric": "views",
    "percentile": None,
    "rises": None,
    "falls": 0.5,
    "min_samples": 60,
}


def with_history(rule: dict[str, Any], *weeks: Views) -> AlertWorld:
    """Hours of three weeks ago, two, and one, as given; one that is None had no views."""
    world = AlertWorld(monitoring(rules={"changed": rule}))
    for ago, each in zip((3, 2, 1), weeks, strict=True):
        for hour in range(-60, 181, 60):
            world.count([hour - ago * WEEK], each, resolution=Resolution.HOUR)
    return world


def test_a_rise_against_the_same_hour_of_other_weeks_is_told() -> None:
    world = with_history(CHANGE, *[views(3_000, lcp_ms=2_000)] * 3)
    world.count(range(-30, 20), views(50, lcp_ms=2_500))
    world.count(range(20, 60), views(50, lcp_ms=3_500))
    world.run_through(range(60))
    assert phases(world.told) == [("changed", "firing")]
    assert world.told[0].threshold is not None
    assert 2_950 < world.told[0].threshold < 3_050


def test_an_incident_last_week_is_no_measure() -> None:
    usual, incident = views(3_000, lcp_ms=2_000), views(3_000, lcp_ms=20_000)
    world = with_history(CHANGE, usual, usual, incident)
    world.count(range(-30, 60), views(50, lcp_ms=3_500))
    world.run_through(range(60))
    assert phases(world.told) == [("changed", "firing")]


def test_what_is_slow_every_week_is_no_news() -> None:
    world = with_history(CHANGE, *[views(3_000, lcp_ms=9_000)] * 3)
    world.count(range(-30, 60), views(50, lcp_ms=9_500))
    world.run_through(range(60))
    assert world.told == []


def test_without_history_nothing_can_have_changed() -> None:
    world = AlertWorld(monitoring(rules={"changed": CHANGE}))
    world.count(range(-30, 60), views(50, lcp_ms=60_000))
    world.run_through(range(60))
    assert world.told == []


def test_a_fall_of_views_is_told_though_there_are_few_samples() -> None:
    world = with_history(VIEWS_DROP, *[views(3_000)] * 3)
    world.count(range(-30, 20), views(50))
    world.count(range(20, 60), views(8))
    world.run_through(range(60))
    [notice] = world.told
    assert (notice.value, notice.threshold, notice.unit) == (8, 25, "views/min")
    assert notice.views_affected == (25 - 8) * 5


def test_errors_that_are_rare_need_more_than_one_to_have_doubled() -> None:
    failing = {**CHANGE, "metric": "failing", "percentile": None, "rises": 1.0}
    world = with_history(failing, *[views(3_000, failing=1)] * 3)
    world.count(range(-30, 20), views(50))
    world.count([20], views(50, failing=2))
    world.count(range(21, 40), views(50))
    world.run_through(range(40))
    assert world.told == []
    world.count(range(40, 80), views(50, failing=3))
    world.run_through(range(40, 80))
    assert phases(world.told) == [("changed", "firing")]


def test_a_release_is_compared_with_the_one_before_it_on_the_list() -> None:
    rule = {**CHANGE, "against": "release", "by": ("release",), "rises": 0.25}
    world = AlertWorld(monitoring(rules={"changed": rule}))
    old, new = views(500, release="1.0", lcp_ms=2_000), views(500, release="1.1", lcp_ms=4_000)
    for hour in range(-600, 0, 60):
        world.count([hour], old, new, resolution=Resolution.HOUR)
    world.count(range(-60, 60), *[views(10, release=r, lcp_ms=4_000) for r in ("1.0", "1.1")])
    world.run_through(range(60))
    assert [each.group for each in world.told] == [{"release": "1.1"}]


def test_a_young_site_that_goes_silent_is_noticed_by_its_last_hour() -> None:
    absence = {"kind": "absence", "severity": "page", "window_minutes": (2, 5), "min_samples": 60}
    rule = {**absence, "runbook": "alert-traffic", "why": "Nobody is measured."}
    world = AlertWorld(monitoring(rules={"silent": rule}))
    world.count(range(-90, 20), views(50))
    world.run_through(range(40))
    assert phases(world.told) == [("silent", "firing")]
    assert (world.told[0].at.minute, world.told[0].views_affected) == (22, 100)
