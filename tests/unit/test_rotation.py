from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptive.delivery.gate import FRESH_S, Gate
from adaptive.delivery.rotation import Turn, turn
from adaptive.errors import DirectCallError, UnavailableError
from adaptive.ports import OriginSecret
from tests.fakes import InMemoryOriginHeader, InMemoryOriginSecrets

EDGES = 3


class World:
    """CloudFront's edges, each a while behind, and two warm functions behind them."""

    def __init__(self, following: str = "value-1") -> None:
        self.now_s = 0.0
        self.numbers = count(2)
        self.secrets = InMemoryOriginSecrets(OriginSecret("value-0", following))
        self.header = InMemoryOriginHeader(edges=["value-0"] * EDGES, told="value-0")
        self.gates = [Gate(self.secrets, clock=lambda: self.now_s) for _ in range(2)]

    def turn(self) -> Turn:
        self.now_s += FRESH_S  # a week, in truth
        return turn(self.secrets, self.header, lambda: f"value-{next(self.numbers)}")

    def catch_up(self, edge: int) -> None:
        self.header.edges[edge] = self.header.told

    def deploy(self) -> None:
        """CloudFormation sets the header to what is current."""
        self.header.told = self.secrets.secret.current

    def beacon(self, edge: int, gate: int) -> None:
        self.gates[gate].admit(self.header.edges[edge] or "")


def test_a_rotation_takes_two_turns_and_waits_for_every_edge() -> None:
    world = World()
    assert world.turn() is Turn.STARTED
    world.catch_up(0)
    assert world.turn() is Turn.WAITING
    assert world.secrets.secret == OriginSecret("value-0", "value-1")
    for edge in range(EDGES):
        world.catch_up(edge)
    assert world.turn() is Turn.FINISHED
    assert world.secrets.secret == OriginSecret("value-1", "value-2")
    for gate in world.gates:
        with pytest.raises(DirectCallError):
            gate.admit("value-0")


def test_a_new_site_first_draws_what_follows() -> None:
    world = World(following="")
    assert world.turn() is Turn.PREPARED
    assert world.secrets.secret == OriginSecret("value-0", "value-2")
    assert world.header.told == "value-0"


@pytest.mark.parametrize("broken", ["secrets", "header"])
def test_a_turn_that_fails_changes_nothing(broken: str) -> None:
    world = World()
    getattr(world, broken).down = True
    with pytest.raises(UnavailableError):
        world.turn()
    assert world.secrets.secret == OriginSecret("value-0", "value-1")
    assert world.header.told == "value-0"


EVENTS = st.one_of(
    st.just(("turn",)),
    st.just(("deploy",)),
    st.tuples(st.just("catch_up"), st.integers(0, EDGES - 1)),
    st.tuples(st.just("beacon"), st.integers(0, EDGES - 1), st.integers(0, 1)),
)


@given(st.lists(EVENTS, max_size=60))
def test_no_beacon_is_ever_refused_whatever_edges_functions_and_deployments_do(
    events: list[tuple[str, *tuple[int, ...]]],
) -> None:
    world = World()
    for name, *where in events:
        getattr(world, name)(*where)
    for edge in range(EDGES):
        for gate in range(len(world.gates)):
            world.beacon(edge, gate)
