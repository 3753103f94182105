import json

import pytest

from adaptive.delivery.client import UNKNOWN, Client
from adaptive.delivery.prior import FRESH_S, PLACE, STALE_AFTER_S, Priors, PriorWatch, read
from adaptive.delivery.session import Prior
from adaptive.errors import AdaptiveError, PriorsError, UnavailableError
from adaptive.ports import Versioned, Write
from tests.fakes import InMemoryVersionedStore
from tests.samples import beacon

NOON_S = 1_800_000_000
GERMAN_PHONE = Client(country="DE", device_class="phone")
FAST, SLOW = beacon(network={"rtt_ms": 20}), beacon(network={"ect": "3g"})


def prior(name: str, lcp_ms: float = 1_000) -> Prior:
    return Prior(fixed_ms=lcp_ms / 2, moved_ms=lcp_ms / 2, inp_ms=90, of=name)


PRIORS = Priors(
    through=NOON_S // 60,
    cells={name: prior(name) for name in ("DE,phone,fast", "*,phone,slow", "*,phone,*", "*,*,*")},
)


class World:
    def __init__(self, body: bytes | None = PRIORS.model_dump_json().encode()) -> None:
        self.store = InMemoryVersionedStore()
        self.now_s = float(NOON_S)
        self.told: list[AdaptiveError] = []
        self.put(body)
        self.watch = PriorWatch(self.store, now_s=lambda: self.now_s, tell=self.told.append)

    def put(self, body: bytes | None) -> None:
        there = self.store.items.get(PLACE)
        if body is not None:
            version = there.version if there else None
            self.store.write([Write(PLACE, Versioned(body, (version or 0) + 1), version, 2**40)])


@pytest.mark.parametrize(
    ("client", "report", "expected"),
    [
        (GERMAN_PHONE, FAST, "DE,phone,fast"),
        (
            Client(country="DE"),
            beacon(network={"rtt_ms": 20}, device={"mobile": True}),
            "DE,phone,fast",
        ),
        (Client(country="XK", device_class="phone"), FAST, "*,phone,*"),
        (GERMAN_PHONE, SLOW, "*,phone,slow"),
        (GERMAN_PHONE, beacon(), "*,phone,*"),
        (Client(country="DE", device_class="desktop"), FAST, "*,*,*"),
        (UNKNOWN, beacon(), "*,*,*"),
    ],
)
def test_a_visitor_is_held_for_the_nearest_cell_that_was_measured(
    client: Client, report: object, expected: str
) -> None:
    found = World().watch.of(report, client)  # type: ignore[arg-type]
    assert found == prior(expected)


def test_where_nothing_was_measured_what_is_usual_stands_and_nobody_is_told() -> None:
    for body in (None, Priors(through=NOON_S // 60, cells={}).model_dump_json().encode()):
        world = World(body)
        assert world.watch.of(FAST, GERMAN_PHONE) is None
        assert world.told == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"through":-1,"cells":{}}',
        b'{"through":30000000,"cells":{"*,*,*":{"fixed_ms":NaN,"moved_ms":1,"inp_ms":1}}}',
        b'{"through":30000000,"cells":{"*,*,*":{"fixed_ms":-1,"moved_ms":1,"inp_ms":1}}}',
        b'{"through":30000000,"cells":{"*,*,*":{"fixed_ms":1,"moved_ms":1,"inp_ms":1,"lcp_spread":0}}}',
    ],
)
def test_what_cannot_be_read_is_told_and_what_is_usual_stands(body: bytes) -> None:
    with pytest.raises(PriorsError):
        read(body)
    world = World(body)
    assert world.watch.of(FAST, GERMAN_PHONE) is None
    assert [type(each) for each in world.told] == [PriorsError]


def test_priors_nobody_renews_are_forgotten_after_a_day() -> None:
    world = World()
    world.now_s += STALE_AFTER_S
    assert world.watch.of(FAST, GERMAN_PHONE) is not None
    world.now_s += 1
    assert world.watch.of(FAST, GERMAN_PHONE) is None


def test_the_table_is_asked_once_in_five_minutes_and_while_it_is_down_what_was_known_stands() -> (
    None
):
    world = World()
    assert world.watch.of(FAST, GERMAN_PHONE) == prior("DE,phone,fast")
    world.store.down = True
    world.now_s += FRESH_S - 1
    assert world.watch.of(FAST, GERMAN_PHONE) == prior("DE,phone,fast")
    assert world.told == []
    world.now_s += 1
    assert world.watch.of(FAST, GERMAN_PHONE) == prior("DE,phone,fast")
    assert world.watch.of(FAST, GERMAN_PHONE) == prior("DE,phone,fast")
    assert [type(each) for each in world.told] == [UnavailableError]
    world.store.down = False
    newer = PRIORS.model_copy(update={"cells": {"*,*,*": prior("*,*,*", 5_000)}})
    world.put(newer.model_dump_json().encode())
    world.now_s += FRESH_S
    assert world.watch.of(FAST, GERMAN_PHONE) == prior("*,*,*", 5_000)


def test_priors_come_back_as_they_were_kept() -> None:
    assert read(PRIORS.model_dump_json().encode()) == PRIORS
    assert json.loads(PRIORS.model_dump_json())["cells"]["*,*,*"]["of"] == "*,*,*"
