import pytest

from adaptive.delivery.gate import FRESH_S, USABLE_S, Gate
from adaptive.errors import DirectCallError, UnavailableError
from adaptive.ports import OriginSecret
from tests.fakes import InMemoryOriginSecrets


class World:
    def __init__(self, following: str = "following") -> None:
        self.now_s = 0.0
        self.secrets = InMemoryOriginSecrets(OriginSecret("current", following))
        self.gate = Gate(self.secrets, clock=lambda: self.now_s)

    def admits(self, shown: str) -> bool:
        try:
            self.gate.admit(shown)
        except DirectCallError:
            return False
        return True


@pytest.mark.parametrize(
    "shown", ["", "curren", "current ", "CURRENT", "é", "\udc80", "x" * 10_000]
)
def test_a_call_without_the_secret_is_refused(shown: str) -> None:
    assert not World().admits(shown)


def test_both_valid_secrets_are_admitted() -> None:
    world = World()
    assert world.admits("current")
    assert world.admits("following")


def test_a_secret_that_was_not_drawn_yet_admits_nobody() -> None:
    world = World(following="")
    assert not world.admits("")
    assert world.admits("current")


def test_the_secret_is_read_once_in_five_minutes() -> None:
    world = World()
    for world.now_s in range(int(FRESH_S)):
        world.admits("current")
        world.admits("wrong")
    assert world.secrets.reads == 1


def test_a_retired_secret_is_refused_after_five_minutes() -> None:
    world = World()
    assert world.admits("current")
    world.secrets.secret = OriginSecret("following", "third")
    world.now_s = FRESH_S - 1
    assert world.admits("current")
    world.now_s = FRESH_S
    assert not world.admits("current")
    assert world.admits("third")


def test_without_a_secret_nobody_is_admitted() -> None:
    world = World()
    world.secrets.down = True
    with pytest.raises(UnavailableError):
        world.gate.admit("current")
    world.secrets.down = False
    assert world.admits("current")


def test_what_was_read_is_used_for_an_hour_if_it_cannot_be_read_again() -> None:
    world = World()
    assert world.admits("current")
    world.secrets.down = True
    for world.now_s in range(0, USABLE_S + 1, 2):
        assert world.admits("current")
    assert world.secrets.reads < USABLE_S / 10  # a store that is down is not asked by each beacon
    world.now_s = USABLE_S + 20
    with pytest.raises(UnavailableError):
        world.gate.admit("current")
