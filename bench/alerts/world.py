"""Seven weeks of a simulated shop's page views, with seasons, noise and known incidents.

Sessions arrive by the hour of the day and of the week; a session has one device, country, browser
and network, which make it fast or slow, and a few views. Traffic and latency wander (autocorrelated
noise, and busy hours are slower), and newsletters triple the traffic for an hour without anything
being wrong. All of it is made up; the shares are round numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.alerts.incident import VALUES, WARM_UP_DAYS, effects_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bench.alerts.incident import Incident

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

DAYS = 30
MINUTES = (WARM_UP_DAYS + DAYS) * 1_440
DAY, WEEK = 1_440, 10_080

_SLOWER = {"IN": 1.9, "BR": 1.6, "JP": 1.1, "phone": 1.25, "tablet": 1.1, "product": 1.15}
_VIEWS_PER_SESSION = 3.0
_OF_A_SESSION = ("country", "device", "browser")


@dataclass(frozen=True, slots=True)
class World:
    """Every view: its minute (ascending), the values of its dimensions, and what was measured."""

    minute: Ints
    values: dict[str, Ints]
    measured: dict[str, Floats]
    counted: dict[str, Ints]


def build(incidents: Sequence[Incident], *, per_minute: float, seed: int) -> World:
    """`per_minute`: views, in the mean."""
    chance = np.random.default_rng(seed)
    time = np.arange(MINUTES)
    arrivals = chance.poisson(_traffic(time, chance) * per_minute / _VIEWS_PER_SESSION)
    session_minute = np.repeat(time, arrivals)
    views = 1 + chance.geometric(1 / (_VIEWS_PER_SESSION - 1), len(session_minute))
    views = np.minimum(views, 12)
    of = np.repeat(np.arange(len(session_minute)), views)
    nth = np.arange(len(of)) - np.repeat(np.cumsum(views) - views, views)
    minute = session_minute[of] + nth * chance.integers(0, 3, len(of))
    kept = minute < MINUTES
    of, minute = of[kept], minute[kept]
    order = np.argsort(minute, kind="stable")
    of, minute = of[order], minute[order]
    values = {name: _drawn(name, len(session_minute), chance)[of] for name in _OF_A_SESSION}
    values["page_group"] = _drawn("page_group", len(of), chance)
    gone, slow, failing, buying, weight = effects_at(minute, values, incidents)
    here = chance.random(len(minute)) >= gone
    of, minute = of[here], minute[here]
    slow = {name: each[here] for name, each in slow.items()}
    failing, buying, weight = failing[here], buying[here], weight[here]
    values = {name: each[here] for name, each in values.items()}
    factor = (
        np.exp(chance.normal(0, 0.35, len(session_minute)))[of] * _latency(time, chance)[minute]
    )
    for name, words in VALUES.items():
        factor *= np.array([_SLOWER.get(word, 1.0) for word, _ in words])[values[name]]
    size = len(minute)
    ttfb = 350 * factor * np.exp(chance.normal(0, 0.4, size)) * slow["ttfb_ms"]
    rest = 1_100 * factor * np.exp(chance.normal(0, 0.4, size)) * slow["lcp_ms"]
    inp = 90 * factor * np.exp(chance.normal(0, 0.6, size)) * slow["inp_ms"]
    product = values["page_group"] == 2  # noqa: PLR2004 - see VALUES
    return World(
        minute,
        values,
        {"ttfb_ms": ttfb, "lcp_ms": ttfb + rest, "inp_ms": inp},
        {
            "failing": (chance.random(size) < 0.008 + failing).astype(np.int64),
            "conversions": (chance.random(size) < 0.03 * product * buying).astype(np.int64),
            "bytes": (600_000 * np.exp(chance.normal(0, 0.5, size)) * weight).astype(np.int64),
        },
    )


def _drawn(name: str, size: int, chance: np.random.Generator) -> Ints:
    shares = np.array([share for _, share in VALUES[name]])
    drawn: Ints = chance.choice(len(shares), size, p=shares / shares.sum())
    return drawn


def _traffic(time: Ints, chance: np.random.Generator) -> Floats:
    """Of the mean: the day's and the week's season, wandering noise, and newsletters."""
    day = 1 + 0.75 * np.sin(2 * np.pi * (time % DAY - 9 * 60) / DAY)
    week = np.where((time // DAY) % 7 >= 5, 0.7, 1.1)  # noqa: PLR2004 - Saturday, Sunday
    level = day * week * np.exp(_wander(chance, 0.12))
    for at in chance.choice(MINUTES - DAY, 6, replace=False):
        level[at : at + 60] *= 3
    return level


def _latency(time: Ints, chance: np.random.Generator) -> Floats:
    """Busy hours are slower, and everything wanders."""
    busy = 1 + 0.12 * np.sin(2 * np.pi * (time % DAY - 9 * 60) / DAY)
    return busy * np.exp(_wander(chance, 0.05))


def _wander(chance: np.random.Generator, spread: float) -> Floats:
    """Noise that is alike for hours, in logarithms."""
    hours = MINUTES // 60 + 2
    steps = np.zeros(hours)
    for hour in range(1, hours):
        steps[hour] = 0.8 * steps[hour - 1] + chance.normal(0, spread * 0.6)
    return np.interp(np.arange(MINUTES), np.arange(hours) * 60, steps)
