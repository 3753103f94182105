"""By what page views are told apart, and which cells a view is counted in.

Not the full cross product: a view is counted in `all`, under each of its eight values, and in six
pairs, which answer where something concentrates and how the arms compare within a segment; and
apart from these, as it would have been at `full`. What a value may be is a closed list, from
`site.toml` where the site decides: everything else is `other`, nothing at all is `none`. So the
cells are bounded whatever is sent, and the rule needs no memory: any order, any machine, any merge
gives the same cells.
"""

from __future__ import annotations

from functools import cache, lru_cache
from itertools import product
from math import prod
from typing import TYPE_CHECKING, NamedTuple, Self, get_args

from adaptive.delivery import connection
from adaptive.edge.policy import CONTROL, Tier
from adaptive.settings.rules import Connection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adaptive.settings.monitoring import RollupLists

OTHER = "other"
NONE = "none"
TREATMENT = "treatment"

DEVICES = ("phone", "tablet", "desktop")
BROWSERS = ("chrome", "safari", "firefox", "edge", "samsung", OTHER)
CONNECTIONS: tuple[str, ...] = get_args(Connection)
TIERS = (*map(str, Tier), CONTROL)
ARMS = (CONTROL, TREATMENT)


class Dimensions(NamedTuple):
    """What a page view is told apart by; `NONE` where nothing is known."""

    page_group: str
    country: str
    device: str
    connection: str
    browser: str
    tier: str
    release: str
    arm: str

    @classmethod
    def read(cls, text: str) -> Self:
        """As they are kept: joined by commas."""
        return cls._make(text.split(","))


Family = tuple[str, ...]
"""Names of dimensions that cells are told apart by, together."""

FAMILIES: tuple[Family, ...] = (
    (),
    *((name,) for name in Dimensions._fields),
    ("tier", "arm"),
    ("device", "connection"),
    ("release", "page_group"),
    ("device", "arm"),
    ("connection", "arm"),
    ("page_group", "arm"),
)
CELLS_PER_VIEW = len(FAMILIES)

AT_FULL = "at_full"
"""A family apart, by what priors are told apart by: its cells hold nothing but vital.AT_FULL."""
AT_FULL_BY: Family = ("country", "device", "connection")


class Cell(NamedTuple):
    """One group of page views: family `country+arm`, value `DE,control`; `all` has none."""

    family: str
    value: str


@cache
def family_name(family: Family) -> str:
    """As it stands in keys."""
    return "+".join(family) or "all"


_PLACES = tuple(
    (family_name(family), tuple(map(Dimensions._fields.index, family))) for family in FAMILIES
)


@lru_cache(maxsize=8_192)
def cells_of(values: Dimensions) -> tuple[Cell, ...]:
    """One cell per family."""
    return tuple(
        Cell(name, ",".join([values[place] for place in places])) for name, places in _PLACES
    )


def at_full_cells(lists: RollupLists) -> Iterator[Cell]:
    """All there can be."""
    choices = values_of(lists)
    for values in product(*(choices[name] for name in AT_FULL_BY)):
        yield Cell(AT_FULL, ",".join(values))


def most_cells(lists: RollupLists) -> int:
    """How many cells there can be: the most writes of a shard's batch per minute that it tells
    of.
    """
    choices = choices_of(lists)
    return sum(prod(choices[name] for name in family) for family in (*FAMILIES, AT_FULL_BY))


def choices_of(lists: RollupLists) -> dict[str, int]:
    """How many values each dimension can have."""
    return {name: len(values) for name, values in values_of(lists).items()}


def values_of(lists: RollupLists) -> dict[str, tuple[str, ...]]:
    """What each dimension can be."""
    return {
        "page_group": (*lists.page_groups, OTHER, NONE),
        "country": (*lists.countries, OTHER, NONE),
        "device": (*DEVICES, NONE),
        "connection": (*CONNECTIONS, NONE),
        "browser": (*BROWSERS, NONE),
        "tier": (*TIERS, NONE),
        "arm": (*ARMS, NONE),
        "release": (*lists.releases, OTHER, NONE),
    }


def listed(value: str | None, allowed: tuple[str, ...]) -> str:
    """The value if it is on the list, OTHER if not, NONE if there is none."""
    if value is None:
        return NONE
    return value if value in allowed else OTHER


def connection_of(*, ect: str | None, rtt_ms: float | None, tcp_ms: float | None) -> str:
    """The class of a connection, NONE where nothing tells."""
    return connection.connection_of(ect=ect, rtt_ms=rtt_ms, tcp_ms=tcp_ms) or NONE
