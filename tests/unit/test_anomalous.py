"""Rules without a limit: what leaves the range of what was seen is told once, whoever runs."""

import math
from dataclasses import replace
from typing import Any

import pytest

from adaptive.errors import UnavailableError
from adaptive.monitoring import rulebook
from adaptive.monitoring.anomalous import Anomalous, Series
from adaptive.monitoring.scope import Group
from adaptive.monitoring.series_store import SeriesStore
from adaptive.ports import Versioned
from adaptive.prediction.watch import confirmed, dismissed, threshold
from adaptive.prediction.watch import watch as detect
from tests.alert_world import LISTS, START, AlertWorld, monitoring, phases, views

ODD: dict[str, Any] = {
    "kind": "anomaly",
    "metric": "lcp_ms",
    "percentile": 75,
    "severity": "ticket",
    "window_minutes": (1,),
    "runbook": "alert-anomaly",
    "why": "Slower than ever lately.",
}
DAYS = 3


def world(**changes: Any) -> AlertWorld:
    return AlertWorld(monitoring(rules={"odd": {**ODD, **changes}}))


def condition(made: AlertWorld) -> Anomalous:
    found = rulebook.watches(made.rules, LISTS, detect)["odd"].condition
    assert isinstance(found, Anomalous)
    return found


def learned(made: AlertWorld, *groups: Group, until: int = 0) -> AlertWorld:
    """Three days of 1,500 ms, more or less, up to a minute after START."""
    watches = rulebook.watches(made.rules, LISTS, detect)
    odd = watches["odd"].condition
    assert isinstance(odd, Anomalous)
    state = None
    first = START + until - DAYS * 1_440
    for minute in range(first, START + until):
        state = detect(state, 1_500 + 150 * math.sin(minute), minute * 60.0).state
    assert state is not None
    for group in groups or ((),):
        odd.series[group] = Series(START + until - 1, None, state)
    SeriesStore(made.table).keep(watches, {})
    return made


def wavering(made: AlertWorld, minutes: range, *more: Any) -> AlertWorld:
    for minute in minutes:
        slower = views(15, lcp_ms=1_500 + 150 * math.sin(START + minute))
        made.count([minute], views(25, lcp_ms=1_000), slower, *more)
    return made


def stored(made: AlertWorld) -> dict[Group, Series]:
    return SeriesStore(made.table).all_of("odd", condition(made))


def broken_from(made: AlertWorld, minute: int, until: int) -> AlertWorld:
    """Half of the views, from France, at four seconds."""
    wavering(made, range(-90, minute))
    wavering(made, range(minute, until), views(40, lcp_ms=4_000, country="FR"))
    return wavering(made, range(until, until + 60))


def test_what_leaves_its_range_is_told_once_with_where_it_is_and_its_end_once() -> None:
    made = broken_from(learned(world()), 20, until=50)
    made.run_through(range(120))
    assert phases(made.told) == [("odd", "firing"), ("odd", "resolved")]
    firing, resolved = made.told
    assert (firing.at.timestamp() / 60 - START) <= 24
    assert firing.title == "odd: lcp p75 of the whole site is 3,985 ms"
    assert firing.summary.startswith("lcp p75 is 3,985 ms, usually 1,5")
    assert firing.share_affected > 0.5
    [where] = firing.concentration
    assert (where.dimension, where.value) == ("country", "FR")
    assert resolved.at.timestamp() / 60 - START < 90


def test_a_series_is_watched_for_a_day_before_it_says_anything() -> None:
    made = broken_from(world(), 20, until=50)
    made.run_through(range(80))
    assert made.told == []
    assert [*stored(made)] == [()]


def test_of_several_groups_the_one_that_moved_is_told() -> None:
    groups: tuple[Group, ...] = ((("country", "DE"),), (("country", "FR"),))
    made = learned(world(by=("country",)), *groups)
    wavering(made, range(-10, 20), views(40, country="FR"))
    wavering(made, range(20, 40), views(40, country="FR", lcp_ms=4_000))
    made.run_through(range(40))
    assert [each.group for each in made.told] == [{"country": "FR"}]


def test_what_falls_is_nothing_to_a_rule_about_what_rises_and_the_other_way_round() -> None:
    for moves, told in (("up", 0), ("down", 1)):
        made = learned(world(moves=moves))
        wavering(made, range(-10, 20))
        made.count(range(20, 40), views(40, lcp_ms=300))
        made.run_through(range(40))
        assert len(made.told) == told


def test_too_few_views_are_a_gap() -> None:
    made = learned(world(min_samples=30))
    wavering(made, range(-10, 20))
    made.count(range(20, 40), views(29, lcp_ms=9_000))
    made.run_through(range(40))
    assert made.told == []
    assert stored(made)[()].through == START + 19


def test_run_again_or_after_a_pause_it_comes_to_the_same() -> None:
    steady, late = (broken_from(learned(world()), 20, until=50) for _ in range(2))
    steady.run_through(range(60))
    for minute in (0, 10, 10, 45, 59, 59):
        late.run(minute)
    assert [each.id for each in late.told] == [each.id for each in steady.told]
    assert stored(late) == stored(steady)


def test_what_was_not_kept_is_made_up_for_by_the_next_run() -> None:
    steady, failing = (broken_from(learned(world()), 20, until=50) for _ in range(2))
    steady.run_through(range(60))
    failing.run_through(range(20))

    class Forgetful(SeriesStore):
        def keep(self, *_: object) -> None:
            raise UnavailableError("down")

    broken = replace(failing.evaluator(), series=Forgetful(failing.table))
    for minute in range(20, 25):
        with pytest.raises(UnavailableError):
            broken.run(START + minute)
    failing.run_through(range(25, 60))
    assert [each.id for each in failing.told] == [each.id for each in steady.told]
    assert stored(failing) == stored(steady)


def test_a_run_that_lost_changes_no_series() -> None:
    made = broken_from(learned(world()), 20, until=50)
    made.run(30)
    before = dict(made.table.items)
    late = made.evaluator()
    state = made.alerts.state()
    assert state is not None
    made.run(40)
    after = {key: item for key, item in made.table.items.items() if key[0].startswith("anomaly")}
    made.table.items.update({key: before[key] for key in before if key[0] == "state"})
    made.table.items[("state", "current")] = Versioned(state.state.encode(), 10**9)
    late.run(START + 40)
    assert {key: made.table.items[key].body for key in after} == {
        key: item.body for key, item in after.items()
    }


def bump(made: AlertWorld, at: int) -> AlertWorld:
    """A minute a little outside of the range."""
    wavering(made, range(at - 10, at))
    made.count([at], views(40, lcp_ms=1_700))
    return wavering(made, range(at + 1, at + 30))


def test_what_was_dismissed_must_be_worse_the_next_time_and_what_was_confirmed_less() -> None:
    for how, told in ((None, 1), (dismissed, 0), (confirmed, 1)):
        made = bump(learned(world()), 20)
        if how is not None:
            SeriesStore(made.table).change("odd", condition(made), (), how)
        made.run_through(range(30))
        assert len(made.told) == told
    made = learned(world())
    start = threshold(stored(made)[()].state)
    SeriesStore(made.table).change("odd", condition(made), (), confirmed)
    assert threshold(stored(made)[()].state) < start


def test_a_threshold_that_is_changed_during_a_run_stays_changed() -> None:
    made = broken_from(learned(world()), 20, until=50)
    store = SeriesStore(made.table)

    class Changed(SeriesStore):
        def keep(self, watches: Any, before: Any) -> None:
            store.change("odd", condition(made), (), dismissed)
            super().keep(watches, before)

    replace(made.evaluator(), series=Changed(made.table)).run(START + 5)
    assert threshold(stored(made)[()].state) == pytest.approx(0.15)
    assert stored(made)[()].through == START - 1
    made.run(6)
    assert stored(made)[()].through == START + 4
    assert threshold(stored(made)[()].state) == pytest.approx(0.15)


def test_feedback_on_what_is_not_watched_changes_nothing() -> None:
    made = world()
    assert SeriesStore(made.table).change("odd", condition(made), (), dismissed) is None
    assert not made.table.items


def test_a_series_takes_less_than_a_kilobyte() -> None:
    made = learned(world(by=("country",)), (("country", "DE"),))
    [(key, item)] = made.table.items.items()
    assert len(item.body) + len("".join(key)) < 1_000


@pytest.mark.parametrize("body", [b"", b"\x00" * 16, b"\x09" * 300])
def test_what_another_version_kept_is_begun_anew(body: bytes) -> None:
    made = broken_from(learned(world()), 20, until=50)
    [key] = made.table.items
    made.table.items[key] = Versioned(body, 5)
    made.run(30)
    assert made.told == []
    assert stored(made)[()].through == START + 28
