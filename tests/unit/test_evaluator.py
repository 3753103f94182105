"""What people are told, and that they are told it once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from adaptive.delivery.changes import Change
from adaptive.errors import UnavailableError
from adaptive.monitoring.alerts_store import AlertsStore, StoredState
from adaptive.monitoring.error_budget import spent
from adaptive.monitoring.evaluator import MOST_BEHIND, MOST_MINUTES
from adaptive.monitoring.notice import Phase
from adaptive.monitoring.silence import Silence
from tests.alert_world import (
    FAILING,
    NO_VIEWS,
    SLOW,
    START,
    AlertWorld,
    monitoring,
    phases,
    views,
)

USUAL = [views(40), views(40, country="FR", device="desktop")]
BAD = [views(40), views(40, country="FR", device="desktop", lcp_ms=9_000)]


def at(minute: int) -> datetime:
    return datetime.fromtimestamp((START + minute) * 60, UTC)


def breached_from(world: AlertWorld, minute: int, until: int = 60) -> AlertWorld:
    world.count(range(-90, minute), *USUAL)
    world.count(range(minute, until), *BAD)
    return world


def test_an_alert_is_told_once_when_it_begins_and_once_when_it_ends() -> None:
    world = breached_from(AlertWorld(), 20, until=40)
    world.count(range(40, 90), *USUAL)
    world.run_through(range(90))
    assert phases(world.told) == [("slow", "firing"), ("slow", "resolved")]
    firing, resolved = world.told
    assert firing.alert_id == resolved.alert_id
    assert firing.id != resolved.id
    assert at(21) < firing.at <= at(25)
    assert at(40) < resolved.at <= at(56)


def test_a_notice_says_how_bad_it_is_where_and_what_came_before() -> None:
    world = AlertWorld(
        monitoring(dashboard_url="https://ops.test/", runbooks_url="https://docs.test/runbooks/")
    )
    breached_from(world, 20)
    change = {"name": "1.1", "who": "ci", "why": "deploy"}
    world.changes.append(Change(kind="release", at=at(-30), **change))
    world.changes.append(Change(kind="silence", at=at(10), **change))
    world.run_through(range(40))
    [notice] = world.told
    assert notice.value == pytest.approx(9_000, rel=0.02)
    assert (notice.threshold, notice.unit, notice.group) == (4_000, "ms", {})
    assert notice.share_affected > 0.25
    assert notice.views_affected > 80
    named = {(each.dimension, each.value) for each in notice.concentration}
    assert named == {("country", "FR"), ("device", "desktop")}
    assert notice.concentration[0].share_of_excess == pytest.approx(1)
    assert notice.change is not None
    assert (notice.change.kind, notice.change.name) == ("release", "1.1")
    assert notice.runbook_url == "https://docs.test/runbooks/alert-slow.md"
    assert notice.dashboard_url.startswith("https://ops.test/?from=2026-11-02T09%3A")


def test_run_twice_at_once_or_again_it_tells_nothing_twice() -> None:
    world = breached_from(AlertWorld(), 20)
    world.run_through(range(10, 40))
    before = len(world.told)
    assert before == 1
    assert world.run(39).minutes == 0
    assert len(world.told) == before


def test_of_two_that_run_at_the_same_time_one_wins() -> None:
    world = breached_from(AlertWorld(), 20)
    world.run(10)
    stored = world.alerts.state()

    class ReadBefore(AlertsStore):
        def state(self) -> StoredState | None:
            return stored

    second = replace(world.evaluator(), alerts=ReadBefore(world.table))
    assert world.run(40).notices == 1
    assert not second.run(START + 40).won
    assert phases(world.told) == [("slow", "firing")]


def test_what_the_bus_did_not_take_is_sent_by_whoever_comes_next_under_the_same_id() -> None:
    world = breached_from(AlertWorld(), 20)
    world.run(10)
    world.bus.down = True
    with pytest.raises(UnavailableError):
        world.run(40)
    state = world.alerts.state()
    assert state is not None
    [waiting] = state.state.outbox
    world.bus.down = False
    world.run(41)
    world.run(42)
    assert [each.id for each in world.told] == [waiting.id]


def test_nothing_happens_while_the_cells_cannot_be_read() -> None:
    world = breached_from(AlertWorld(), 20)
    world.run(10)
    before = dict(world.table.items)
    world.cells.down = True
    with pytest.raises(UnavailableError):
        world.run(40)
    assert world.table.items == before


def test_missed_minutes_are_caught_up_as_if_they_had_not_been_missed() -> None:
    steady, late = (breached_from(AlertWorld(), 20, until=45) for _ in range(2))
    for world in (steady, late):
        world.count(range(45, 90), *USUAL)
    steady.run_through(range(90))
    late.run(0)
    late.run(89)
    late.run(89)
    assert [each.id for each in late.told] == [each.id for each in steady.told]
    assert [each.at for each in late.told] == [each.at for each in steady.told]


def test_after_a_long_outage_it_goes_on_with_what_is_recent_and_says_what_is_lost() -> None:
    world = AlertWorld()
    world.run(0)
    outcome = world.run(MOST_BEHIND + 100)
    assert (outcome.minutes, outcome.lost) == (MOST_MINUTES, 100)
    assert outcome.behind == MOST_BEHIND - MOST_MINUTES


def test_a_minute_is_waited_for_before_it_is_judged() -> None:
    world = AlertWorld(monitoring(delay_minutes=3))
    world.run(10)
    state = world.alerts.state()
    assert state is not None
    assert state.state.known.through == START + 10 - 1 - 3


def test_what_fires_on_is_repeated_until_it_is_acknowledged() -> None:
    world = breached_from(AlertWorld(monitoring(repeat_minutes=30)), 20, until=200)
    world.run_through(range(100))
    assert phases(world.told) == [("slow", "firing"), ("slow", "repeated"), ("slow", "repeated")]
    assert len({each.id for each in world.told}) == 3
    silence = {"who": "ops", "why": "known", "starts_at": at(95), "ends_at": at(900)}
    world.alerts.silence(Silence(id="a", kind="acknowledgement", rule="slow", **silence))
    world.count(range(180, 300), *USUAL)
    world.run_through(range(100, 250))
    assert phases(world.told)[3:] == [("slow", "resolved")]


def test_what_is_silenced_is_told_if_it_still_fires_afterwards() -> None:
    world = breached_from(AlertWorld(), 20, until=120)
    silence = {"who": "ops", "why": "work", "starts_at": at(0), "ends_at": at(60)}
    world.alerts.silence(Silence(id="m", kind="maintenance", **silence))
    world.run_through(range(60))
    assert world.told == []
    world.run_through(range(60, 70))
    assert phases(world.told) == [("slow", "firing")]


def test_a_silence_for_elsewhere_silences_nothing() -> None:
    world = breached_from(AlertWorld(monitoring(rules={"slow": {**SLOW, "by": ("country",)}})), 20)
    silence = {"who": "ops", "why": "work", "starts_at": at(0), "ends_at": at(60)}
    world.alerts.silence(Silence(id="s", rule="sl*", group={"country": "DE"}, **silence))
    world.run_through(range(40))
    assert [each.group for each in world.told] == [{"country": "FR"}]


def test_one_cause_that_breaks_several_rules_is_told_once() -> None:
    rules = {"slow": SLOW, "slow-country": {**SLOW, "by": ("country",)}, "failing": FAILING}
    world = AlertWorld(monitoring(rules=rules))
    world.count(range(-90, 20), *USUAL)
    world.count(range(20, 60), *BAD[:1], views(40, country="FR", lcp_ms=9_000, failing=20))
    world.run_through(range(60))
    assert len(world.told) == 1
    assert len(world.alerts.state().state.known.incidents) == 1  # type: ignore[union-attr]


def test_a_more_severe_alert_of_the_same_cause_is_told_and_both_are_ended() -> None:
    rules = {"slow": {**SLOW, "severity": "ticket"}, "failing": FAILING}
    world = AlertWorld(monitoring(rules=rules))
    world.count(range(-90, 20), *USUAL)
    world.count(range(20, 30), *BAD)
    world.count(range(30, 50), views(40), views(40, country="FR", lcp_ms=9_000, failing=20))
    world.count(range(50, 100), *USUAL)
    world.run_through(range(100))
    ends = {("slow", "resolved"), ("failing", "resolved")}
    assert phases(world.told)[:2] == [("slow", "firing"), ("failing", "firing")]
    assert {*phases(world.told)[2:]} == ends


def test_a_site_that_is_down_says_so_and_nothing_else() -> None:
    rules = {"no-views": NO_VIEWS, "slow": {**SLOW, "unless": ("no-views",)}}
    world = AlertWorld(monitoring(rules=rules))
    world.count(range(-90, 20), *USUAL)
    world.run_through(range(40))
    assert phases(world.told) == [("no-views", "firing")]
    world.count(range(40, 70), *USUAL)
    world.run_through(range(40, 70))
    assert phases(world.told)[1:] == [("no-views", "resolved")]


def test_a_rule_that_was_taken_away_ends_its_alert() -> None:
    world = breached_from(AlertWorld(), 20)
    world.run_through(range(40))
    world.rules = monitoring(rules={"failing": FAILING})
    world.run_through(range(40, 45))
    state = world.alerts.state()
    assert state is not None
    assert not state.state.known.alerts
    assert not state.state.known.incidents


def test_what_was_told_is_kept_by_month_as_it_stands_now() -> None:
    world = breached_from(AlertWorld(), 20, until=40)
    world.count(range(40, 90), *USUAL)
    world.run_through(range(90))
    [kept] = world.alerts.told(at(0))
    assert (kept.rule, kept.phase) == ("slow", Phase.RESOLVED)
    world.alerts.record(world.told[:1])
    assert world.alerts.told(at(0)) == [kept]
    assert world.alerts.told(at(0) + timedelta(days=40)) == []
    assert world.alerts.told_lately(at(0) + timedelta(days=30)) == [kept]
    assert world.alerts.told_lately(at(0) + timedelta(days=32)) == []


def test_the_last_days_of_february_are_lately_in_march() -> None:
    world = breached_from(AlertWorld(), 20, until=40)
    world.run_through(range(40))
    february = datetime(2027, 2, 27, 12, tzinfo=UTC)
    world.alerts.record(each.model_copy(update={"since": february}) for each in world.told[:1])
    [lately] = world.alerts.told_lately(datetime(2027, 3, 1, tzinfo=UTC))
    assert lately.since == february


def test_few_samples_make_no_alert_however_bad_they_are() -> None:
    world = AlertWorld()
    world.count(range(60), views(1, lcp_ms=60_000))
    world.run_through(range(60))
    assert world.told == []


def test_error_budgets_are_kept_by_the_hour_and_a_spent_one_forbids_promotions() -> None:
    slo = {"metric": "lcp_ms", "slower_than": 4_000, "objective": 0.9, "days": 1}
    slo |= {"why": "Nine in ten are not poor.", "runbook": "alert-budget-burn"}
    world = breached_from(AlertWorld(monitoring(slos={"fast": slo})), 20, until=150)
    world.run_through(range(10, 61))
    [early] = world.alerts.budgets()
    world.run_through(range(61, 140))
    [late] = world.alerts.budgets()
    assert (early.slo, early.spent < 1, spent([early])) == ("fast", True, [])
    assert late.through == START + 120
    assert late.bad > early.bad
    assert spent([late]) == ["fast"]
