import threading
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptive.errors import BusyError, ConfigError, RefusedError, UnavailableError
from adaptive.monitoring.notice import Notice, Phase, notice_id
from adaptive.monitoring.notifier import CLAIM_S, Fate, Notifier, Outcome, wait_before_retry
from tests.fakes import InMemoryVersionedStore
from tests.faults import Fault, FaultyVersions, Worker
from tests.samples import notice

FIRING = notice()
NUMBERED = notice_id(
    rule=FIRING.rule, group=FIRING.group, since=FIRING.since, phase=Phase.REPEATED, number=1
)
REPEATED = notice(phase="repeated", at=FIRING.at + timedelta(hours=4), id=NUMBERED)
RESOLVED = notice(phase="resolved", at=FIRING.at + timedelta(hours=5))


@dataclass
class Ear:
    """A channel that says what a test scripts, and remembers what it heard."""

    heard: list[Notice] = field(default_factory=list)
    script: list[Exception | None] = field(default_factory=list)

    def send(self, notice: Notice) -> None:
        fault = self.script.pop(0) if self.script else None
        if fault:
            raise fault
        self.heard.append(notice)


@dataclass
class World:
    now_s: float = 1_000_000
    ear: Ear = field(default_factory=Ear)
    records: Any = field(default_factory=InMemoryVersionedStore)
    pauses: list[float] = field(default_factory=list)

    def notifier(self, name: str = "team", **changes: Any) -> Notifier:
        parts = {
            "name": name,
            "channel": self.ear,
            "records": self.records,
            "clock": lambda: self.now_s,
            "pause": self.pauses.append,
        }
        return Notifier(**{**parts, **changes})


def test_a_notice_that_comes_twice_is_sent_once() -> None:
    world = World()
    fates = [world.notifier().tell(FIRING).fate for _ in range(3)]
    assert fates == [Fate.SENT, Fate.KNOWN, Fate.KNOWN]
    assert world.ear.heard == [FIRING]


def test_each_destination_hears_it() -> None:
    world = World()
    assert [world.notifier(name).tell(FIRING).fate for name in ("a", "b")] == [Fate.SENT] * 2


@pytest.mark.parametrize("order", list(permutations((FIRING, REPEATED, RESOLVED))))
def test_no_news_follows_news_that_came_after_it(order: tuple[Notice, ...]) -> None:
    world = World()
    for each in (*order, *order):
        assert world.notifier().tell(each).is_done
    assert world.ear.heard[-1] == RESOLVED
    assert world.ear.heard == sorted(world.ear.heard, key=lambda each: each.at)


def test_another_alert_of_the_rule_is_news_of_its_own() -> None:
    world = World()
    later = notice(since=FIRING.since + timedelta(days=1), at=FIRING.at + timedelta(days=1))
    for each in (FIRING, RESOLVED, later):
        assert world.notifier().tell(each).fate is Fate.SENT


def test_a_destination_that_is_down_for_a_moment_is_tried_again_at_once() -> None:
    world = World(ear=Ear(script=[UnavailableError("500"), UnavailableError("500")]))
    assert world.notifier().tell(FIRING).fate is Fate.SENT
    assert world.pauses == [1, 3]


def test_a_destination_that_stays_down_is_left_to_the_queue() -> None:
    world = World(ear=Ear(script=[UnavailableError("500")] * 3))
    outcome = world.notifier().tell(FIRING)
    assert (outcome.fate, outcome.detail) == (Fate.FAILED, "UnavailableError: 500")
    assert world.notifier().tell(FIRING).fate is Fate.SENT  # its claim was given back


def test_a_destination_is_not_asked_again_before_it_said() -> None:
    world = World(ear=Ear(script=[BusyError("429", wait_s=60)]))
    assert world.notifier().tell(FIRING) == Outcome(Fate.FAILED, "BusyError: 429", 60)
    assert world.pauses == []
    soon = World(ear=Ear(script=[BusyError("429", wait_s=1)]))
    assert soon.notifier().tell(FIRING).fate is Fate.SENT


@pytest.mark.parametrize("fault", [RefusedError("404"), ConfigError("no address")])
def test_what_somebody_must_mend_is_not_tried_again_at_once(fault: Exception) -> None:
    world = World(ear=Ear(script=[fault]))
    outcome = world.notifier().tell(FIRING)
    assert (outcome.fate, world.pauses) == (Fate.FAILED, [])
    assert str(fault) in outcome.detail


def test_nothing_is_sent_while_nobody_can_say_what_was() -> None:
    world = World(records=InMemoryVersionedStore(down=True))
    assert world.notifier().tell(FIRING).fate is Fate.FAILED
    assert world.ear.heard == []


def test_of_two_workers_at_once_one_sends_and_the_other_comes_back() -> None:
    world, inside, on = World(), threading.Event(), threading.Event()

    class Slow(Ear):
        def send(self, notice: Notice) -> None:
            inside.set()
            assert on.wait(10)
            super().send(notice)

    slow = Slow()
    found: list[Outcome] = []
    first = threading.Thread(target=lambda: found.append(world.notifier(channel=slow).tell(FIRING)))
    first.start()
    assert inside.wait(10)
    second = world.notifier().tell(FIRING)
    on.set()
    first.join()
    assert (found[0].fate, second.fate) == (Fate.SENT, Fate.CLAIMED)
    assert 0 < second.wait_s <= CLAIM_S
    assert (slow.heard, world.ear.heard) == ([FIRING], [])


@given(st.lists(st.lists(st.sampled_from(Fault), max_size=6), min_size=1, max_size=4))
def test_whatever_fails_it_is_sent_at_least_once_and_again_only_after_a_lost_mark(
    runs: list[list[Fault]],
) -> None:
    world, store = World(), InMemoryVersionedStore()
    for faults in runs:
        worker = Worker(
            lambda gate: world.notifier(records=FaultyVersions(store, gate)).tell(FIRING)
        )
        for fault in faults:
            if not worker.finished:
                worker.step(fault)
        worker.run()
        world.now_s += CLAIM_S + 1
    assert world.notifier(records=store).tell(FIRING).is_done
    broken = sum(any(each is not Fault.NONE for each in faults) for faults in runs)
    assert 1 <= len(world.ear.heard) <= 1 + broken


def test_retries_back_off_and_keep_to_what_was_asked_for() -> None:
    failed = {"team": Outcome(Fate.FAILED)}
    waits = [wait_before_retry(failed, received=n) for n in range(1, 9)]
    assert waits == [15, 30, 60, 120, 240, 480, 900, 900]
    asked = {"team": Outcome(Fate.FAILED, wait_s=100.5), "other": Outcome(Fate.SENT, wait_s=800)}
    assert wait_before_retry(asked, received=1) == 101
    assert wait_before_retry({"team": Outcome(Fate.FAILED, wait_s=1e6)}, received=1) == 900
