"""The simulation's twenty incidents: what was wrong, where, when, and who should hear of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

WARM_UP_DAYS = 21

VALUES = {
    "page_group": (("front", 0.35), ("category", 0.3), ("product", 0.35)),
    "country": (
        *(("US", 0.32), ("DE", 0.18), ("GB", 0.14), ("FR", 0.1), ("ES", 0.07), ("IT", 0.06)),
        *(("NL", 0.04), ("PL", 0.03), ("IN", 0.03), ("BR", 0.015), ("JP", 0.015)),
    ),
    "device": (("phone", 0.6), ("desktop", 0.35), ("tablet", 0.05)),
    "browser": (
        *(("chrome", 0.55), ("safari", 0.28), ("firefox", 0.06), ("edge", 0.06)),
        *(("samsung", 0.04), ("other", 0.01)),
    ),
}
"""What visitors are told apart by, and how many of them are so."""

_DAY = 1_440


@dataclass(frozen=True, slots=True)
class Incident:
    """`at` day and hour of the judged month, `minutes` long. `page`: worth getting up for.

    `slow` multiplies vitals; `failing` adds to the share of views with an error; `gone` is the
    share of views that do not arrive; `buying` and `weight` multiply conversions and bytes. `ramp`:
    it grows to that over its whole length. `areas` are what it may rightly be told as.
    """

    name: str
    at: tuple[int, float]
    minutes: int
    areas: tuple[str, ...]
    page: bool = True
    where: tuple[str, str] | None = None
    slow: Mapping[str, float] | None = None
    failing: float = 0.0
    gone: float = 0.0
    buying: float = 1.0
    weight: float = 1.0
    ramp: bool = False
    low_traffic: bool = False

    @property
    def start(self) -> int:
        """In minutes of the simulation."""
        return int((WARM_UP_DAYS + self.at[0]) * _DAY + self.at[1] * 60)

    @property
    def end(self) -> int:
        """The minute after."""
        return self.start + self.minutes


_SPEED = ("speed", "inp_ms", "conversions")
_ORIGIN = {"ttfb_ms": 4.0}
_HEAVY = {"lcp_ms": 2.2}
INCIDENTS = (
    Incident("origin slow", (1, 14), 45, _SPEED, slow=_ORIGIN),
    Incident("origin slow at night", (3, 3.5), 60, _SPEED, slow=_ORIGIN, low_traffic=True),
    Incident("origin crawls", (8, 18), 30, _SPEED, slow={"ttfb_ms": 12.0}),
    Incident("images without cache", (5, 11), 90, _SPEED, slow=_HEAVY),
    Incident(
        "Germany's route",
        (2, 16),
        60,
        _SPEED,
        where=("country", "DE"),
        slow={"lcp_ms": 3.0, "ttfb_ms": 3.0},
    ),
    Incident(
        "a French provider",
        (11, 20),
        75,
        _SPEED,
        where=("country", "FR"),
        slow={"lcp_ms": 3.0, "ttfb_ms": 3.0},
    ),
    Incident(
        "Japan's edge",
        (13, 12),
        120,
        _SPEED,
        where=("country", "JP"),
        slow={"lcp_ms": 4.0, "ttfb_ms": 4.0},
        page=False,
        low_traffic=True,
    ),
    Incident(
        "Brazil's edge",
        (24, 15),
        120,
        _SPEED,
        where=("country", "BR"),
        slow={"lcp_ms": 4.0, "ttfb_ms": 4.0},
        page=False,
        low_traffic=True,
    ),
    Incident(
        "phones' images too large", (6, 13), 90, _SPEED, where=("device", "phone"), slow=_HEAVY
    ),
    Incident(
        "tablets' images too large",
        (20, 14),
        90,
        _SPEED,
        where=("device", "tablet"),
        slow={"lcp_ms": 2.6},
        page=False,
        low_traffic=True,
    ),
    Incident(
        "product pages' database",
        (9, 10),
        60,
        _SPEED,
        where=("page_group", "product"),
        slow={"ttfb_ms": 5.0},
    ),
    Incident(
        "category's new banner",
        (16, 15),
        90,
        _SPEED,
        where=("page_group", "category"),
        slow={"lcp_ms": 2.4},
    ),
    Incident("broken release", (4, 15), 40, ("failing", "conversions"), failing=0.15),
    Incident("third party down", (18, 12), 60, ("failing", "conversions"), failing=0.05),
    Incident(
        "product pages' script",
        (12, 17),
        45,
        ("failing", "conversions"),
        where=("page_group", "product"),
        failing=0.2,
    ),
    Incident(
        "Safari cannot parse it",
        (22, 11),
        60,
        ("failing", "conversions"),
        where=("browser", "safari"),
        failing=0.25,
    ),
    Incident("site down", (7, 16), 25, ("views", "conversions"), gone=1.0),
    Incident("half the network gone", (15, 13), 50, ("views", "conversions"), gone=0.75),
    Incident("checkout broken", (26, 12), 150, ("conversions",), buying=0.0),
    Incident("slow creep", (28, 9), 420, _SPEED, slow=_HEAVY, ramp=True, page=False),
)


def effects_at(
    minute: Ints, values: Mapping[str, Ints], incidents: Sequence[Incident]
) -> tuple[Floats, dict[str, Floats], Floats, Floats, Floats]:
    """Of every view: the chance not to arrive, factors of its vitals, the chance to fail on top,
    and factors of its conversions and bytes.
    """
    size = len(minute)
    gone, failing = np.zeros(size), np.zeros(size)
    buying, weight = np.ones(size), np.ones(size)
    slow = {name: np.ones(size) for name in ("ttfb_ms", "lcp_ms", "inp_ms")}
    for each in incidents:
        hit = (minute >= each.start) & (minute < each.end)
        if each.where is not None:
            name, word = each.where
            at = [value for value, _ in VALUES[name]].index(word)
            hit &= values[name] == at
        grown = (minute[hit] - each.start) / each.minutes if each.ramp else 1.0
        gone[hit] = np.maximum(gone[hit], each.gone)
        failing[hit] += each.failing
        buying[hit] *= each.buying
        weight[hit] *= each.weight
        for name, factor in (each.slow or {}).items():
            slow[name][hit] *= 1 + (factor - 1) * grown
    return gone, slow, failing, buying, weight
