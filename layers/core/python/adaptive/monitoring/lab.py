"""Probes' results in the rollups: the cells of family `lab`, by probe and location.

A run counts as a view of its cell: `FAILING` if it failed, `ERRORS` by its faults, and its times as
`ttfb_ms` and `load_ms`, as a browser's navigation would have them, with the phases beside. One run
per minute and location writes one cell, and only where there is none: run twice, it counts once.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from adaptive.monitoring import vital, window
from adaptive.monitoring.dimension import Cell
from adaptive.monitoring.rollup import Field, Rollup
from adaptive.monitoring.window import Resolution
from adaptive.ports import Versioned, Write

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adaptive.monitoring.probing import ProbeResult
    from adaptive.ports import Phases, VersionedStore

FAMILY = "lab"
LATEST = "lab#latest"
"""The partition of what each probe found last, by `probe,location`."""

_SHARD = 0
_KEPT_S = 30 * 86_400
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Latest:
    """What a probe found last at a location; `reason` is empty if all was well."""

    probe: str
    location: str
    minute: int
    reason: str


def rollup_of(result: ProbeResult) -> Rollup:
    """What a run adds to its cell."""
    answers = [step.answer for step in result.steps if step.answer]
    rollup = Rollup()
    fields = rollup.fields
    fields[Field.VIEWS] = fields[Field.MEASURED] = 1
    fields[Field.REQUESTS] = len(result.steps)
    fields[Field.BYTES] = sum(answer.size for answer in answers)
    fields[Field.ERRORS] = sum(len(step.faults) for step in result.steps)
    fields[Field.FAILING] = int(bool(result.reason))
    if answers:
        for name, value in _times(answers[0].phases, [each.phases for each in answers]).items():
            rollup.codes[vital.code_named(name, value)] += 1
    return rollup


def _times(first: Phases, phases: Sequence[Phases]) -> dict[str, float]:
    """The first step has all phases of a new visitor; the whole scenario is what takes long."""
    return {
        "ttfb_ms": first.first_byte_ms,
        "load_ms": sum(each.total_ms for each in phases),
        "dns_ms": first.dns_ms,
        "connect_ms": first.connect_ms,
        "tls_ms": first.tls_ms,
        "wait_ms": first.wait_ms,
        "download_ms": first.download_ms,
    }


def put(cells: VersionedStore, result: ProbeResult, *, location: str, minute: int) -> None:
    """Keep a run's cell and that it was the last one; raises UnavailableError."""
    cell = Cell(FAMILY, f"{result.probe},{location}")
    key = window.key(Resolution.MINUTE, cell, minute, shard=_SHARD)
    new = Versioned(rollup_of(result).encode(), 0)
    cells.write([Write(key, new, None, Resolution.MINUTE.expires_at_s(minute))])
    place = (LATEST, cell.value)
    latest = Versioned(json.dumps({"minute": minute, "reason": result.reason}).encode(), minute)
    for _ in range(_ATTEMPTS):
        there = cells.read([place]).get(place)
        if there and there.version >= minute:
            return
        replacing = there.version if there else None
        if not cells.write([Write(place, latest, replacing, minute * 60 + _KEPT_S)]):
            return


def read_latest(cells: VersionedStore) -> list[Latest]:
    """What every probe found last everywhere, by name."""
    found = []
    for (_, sort), item in sorted(cells.read_partition(LATEST).items()):
        probe, location = sort.split(",")
        found.append(Latest(probe, location, **json.loads(item.body)))
    return found


class Verdict(Enum):
    """What several locations say of a probe together."""

    UP = auto()
    LOCATION_PROBLEM = auto()  # few see it fail: it is between there and the site
    OUTAGE = auto()
    UNKNOWN = auto()  # nobody has looked


def verdict(failing: Mapping[str, bool], *, outage_from: int) -> Verdict:
    """Of locations, by whether it fails there; `outage_from` of them make an outage, or all, where
    there are fewer.
    """
    if not failing:
        return Verdict.UNKNOWN
    count = sum(failing.values())
    if count == 0:
        return Verdict.UP
    return Verdict.OUTAGE if count >= min(outage_from, len(failing)) else Verdict.LOCATION_PROBLEM
