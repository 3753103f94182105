from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from adaptive.delivery.policy_book import CURRENT, PolicyBook, history_key
from adaptive.delivery.policy_watch import FRESH_S, PolicyArchive, PolicyWatch
from adaptive.delivery.session import SessionId
from adaptive.errors import AdaptiveError, PolicyError, UnavailableError
from adaptive.ports import Versioned
from tests.fakes import InMemoryVersionedStore
from tests.samples import INITIAL, RULES

AT = datetime(2026, 11, 22, tzinfo=UTC)
UNREADABLE = b'{"of": "a later version of the code"}'

SESSION = SessionId("A" * 22)


@dataclass
class World:
    """The table, an operator, and a function that stays warm."""

    store: InMemoryVersionedStore = field(default_factory=InMemoryVersionedStore)
    told: list[AdaptiveError] = field(default_factory=list)
    now_s: float = 0

    def __post_init__(self) -> None:
        self.warm = self.started()

    def started(self) -> PolicyWatch:
        return PolicyWatch(
            self.store,
            INITIAL,
            clock=lambda: self.now_s,
            tell=self.told.append,
        )

    def put(self, **changes: Any) -> None:
        book = PolicyBook(self.store)
        draft = INITIAL.model_copy(update=changes)
        book.put(draft, replacing=book.version, who="me", why="because", at=AT)

    def spoil(self) -> None:
        version = self.store.items[CURRENT].version
        for key in (CURRENT, history_key(version)):
            self.store.items[key] = Versioned(UNREADABLE, version)


def test_until_something_is_put_the_sites_own_policy_serves() -> None:
    world = World()
    assert world.warm.serving() == INITIAL
    assert world.told == []


def test_a_kill_serves_after_ten_seconds_and_the_table_is_not_asked_before() -> None:
    world = World()
    world.warm.serving()
    world.put(kill=True)
    world.now_s = FRESH_S - 0.1
    assert not world.warm.serving().kill
    world.now_s = FRESH_S
    assert world.warm.serving().kill


def test_a_table_that_is_down_keeps_the_last_good_policy_and_is_asked_every_ten_seconds() -> None:
    world = World()
    world.put(kill=True)
    world.warm.serving()
    world.store.down = True
    for second in range(FRESH_S * 3):
        world.now_s = second
        assert world.warm.serving().kill
    assert [type(each) for each in world.told] == [UnavailableError] * 2
    world.store.down = False
    world.put(kill=False)
    world.now_s += FRESH_S
    assert not world.warm.serving().kill


def test_an_unreadable_policy_keeps_the_last_good_one_and_is_told_until_it_is_mended() -> None:
    world = World()
    world.put(holdout_share=0.3)
    world.warm.serving()
    world.put(kill=True)
    world.spoil()
    for turn in (1, 2):
        world.now_s = FRESH_S * turn
        assert world.warm.serving().version == 1
    assert [type(each) for each in world.told] == [PolicyError] * 2
    world.put(kill=True)
    world.now_s = FRESH_S * 3
    assert world.warm.serving().version == 3


def test_who_has_just_started_takes_the_newest_readable_policy() -> None:
    world = World()
    world.put(holdout_share=0.3)
    world.put(holdout_share=0.4)
    world.put(holdout_share=0.5)
    world.spoil()
    assert world.started().serving().holdout_share == 0.4
    world.store.items.clear()
    world.put()
    world.spoil()
    assert world.started().serving() == INITIAL


def test_who_has_just_started_while_the_table_is_down_takes_the_sites_own() -> None:
    world = World()
    world.put(kill=True)
    world.store.down = True
    fresh = world.started()
    assert fresh.serving() == INITIAL
    world.store.down = False
    world.now_s = FRESH_S
    assert fresh.serving().kill


@pytest.mark.parametrize("version", [None, 0])
def test_beacons_from_before_any_policy_have_the_settings_rules(version: int | None) -> None:
    world = World(InMemoryVersionedStore(down=True))
    assert PolicyArchive(world.store, RULES, world.told.append).rules(version, SESSION) == RULES


def test_a_version_is_read_once_and_stays_what_it_was() -> None:
    world = World()
    world.put(default_tier="lite")
    archive = PolicyArchive(world.store, RULES, world.told.append)
    first = archive.rules(1, SESSION)
    assert first.default_tier == "lite"
    world.put()
    world.store.down = True
    assert archive.rules(1, SESSION) is first
    with pytest.raises(UnavailableError):
        archive.rules(2, SESSION)


def test_a_version_that_cannot_be_read_counts_as_the_settings_and_is_told() -> None:
    world = World()
    world.put(default_tier="lite")
    world.spoil()
    archive = PolicyArchive(world.store, RULES, world.told.append)
    assert archive.rules(1, SESSION) == archive.rules(9, SESSION) == RULES
    assert [type(each) for each in world.told] == [PolicyError] * 2
