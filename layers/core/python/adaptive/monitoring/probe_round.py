"""The probes of one minute: as many at once as there are threads, none begun too late."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from adaptive.monitoring import lab

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from adaptive.monitoring.probe import Probe
    from adaptive.monitoring.probing import Prober, ProbeResult
    from adaptive.ports import VersionedStore

AT_ONCE = 4
ROUND_S = 55
"""How long a round may take, with a function's timeout of 60 s."""


@dataclass(frozen=True, slots=True)
class Round:
    """Probes at one location; `clock` is in seconds and only goes forwards."""

    probes: Sequence[Probe]
    location: str
    prober: Prober
    cells: VersionedStore
    clock: Callable[[], float]

    def run(self, minute: int) -> tuple[list[ProbeResult], int]:
        """What the due ones found, and how many were not begun; raises UnavailableError if a
        result cannot be kept: run again, nothing is counted twice.
        """
        ends_at = self.clock() + ROUND_S
        due = [probe for probe in self.probes if probe.is_due(minute)]

        def run_in_time(probe: Probe) -> ProbeResult | None:
            if self.clock() + probe.budget_s > ends_at:
                return None
            found = self.prober.run(probe)
            lab.put(self.cells, found, location=self.location, minute=minute)
            return found

        with ThreadPoolExecutor(AT_ONCE) as threads:
            results = [found for found in threads.map(run_in_time, due) if found]
        return results, len(due) - len(results)


def minute_of(event_time: str) -> int:
    """Of a scheduled event's `time`, `2026-11-22T09:14:00Z`: the same whenever it is retried."""
    return int(datetime.fromisoformat(event_time).timestamp()) // 60
