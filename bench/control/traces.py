"""Traces of throughput: read from files, or made like them.

`FAMILIES` holds what was fitted to confiwent/Real-world-bandwidth-traces (MIT): 3G on the move
(Riiser et al., MMSys 2013), wired and Wi-Fi (Akhtar et al., Oboe, SIGCOMM 2018) and slow paths of
real viewers (Puffer, 2021-10-17). The logarithm of the throughput is a first-order autoregression;
its mean and spread differ from trace to trace. The files have no round-trip times: those here are
chosen, as usual for such access.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.control.link import Link

if TYPE_CHECKING:
    import random
    from pathlib import Path

_UNKNOWN_RTT_S = 0.08


@dataclass(frozen=True, slots=True)
class Family:
    """`level` and `spread`: mean and standard deviation over traces of the mean and the standard
    deviation of ln(Mbit/s) within one; `memory` is its correlation from one step to the next.
    """

    rtt_s: float
    step_s: float
    steps: int
    level: tuple[float, float]
    spread: tuple[float, float]
    memory: float


FAMILIES = {
    "hsdpa": Family(0.15, 1.15, 212, (0.26, 0.38), (0.43, 0.07), 0.80),
    "oboe": Family(0.05, 3.4, 48, (0.86, 0.58), (0.25, 0.17), 0.65),
    "puffer": Family(0.06, 2.0, 152, (-0.38, 0.76), (1.53, 0.45), 0.16),
}


def read(folder: Path) -> list[Link]:
    """Every `FAMILY-NUMBER.csv` with its columns seconds and mbps."""
    links = []
    for path in sorted(folder.glob("*-*.csv")):
        with path.open(newline="") as file:
            steps = [(float(row["seconds"]), float(row["mbps"])) for row in csv.DictReader(file)]
        known = FAMILIES.get(family(path.stem))
        rtt_s = known.rtt_s if known else _UNKNOWN_RTT_S
        links.append(Link.of(path.stem, steps, rtt_s=rtt_s))
    return links


def made(chance: random.Random, *, each: int) -> list[Link]:
    """So many of every family."""
    return [
        _made(f"{name}-{number:03}", kind, chance)
        for name, kind in FAMILIES.items()
        for number in range(each)
    ]


def family(name: str) -> str:
    """What stands before the number."""
    return name.rpartition("-")[0]


def _made(name: str, kind: Family, chance: random.Random) -> Link:
    level = chance.gauss(*kind.level)
    spread = max(chance.gauss(*kind.spread), 0.02)
    fresh = math.sqrt(1 - kind.memory**2)
    state = chance.gauss(0, 1)
    steps = []
    for number in range(kind.steps + 1):
        steps.append((number * kind.step_s, math.exp(level + spread * state)))
        state = kind.memory * state + fresh * chance.gauss(0, 1)
    return Link.of(name, steps, rtt_s=kind.rtt_s)
