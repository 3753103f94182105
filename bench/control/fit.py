"""How near the page model is to real Chromium: predicted against measured LCP, run by run.

`python -m bench.control.fit` prints it, and the constants that fit best. The runs went over
HTTP/1.1 (six files at once, shared alike) under Chromium's own throttle, which knows neither
connecting nor TCP's slow start: so the model is told here, while the sessions of the bench are on
HTTP/2 with both.
"""

from __future__ import annotations

import csv
import statistics
from dataclasses import dataclass, replace
from typing import Any

from adaptive.edge.policy import Tier
from bench.control import shop
from bench.control.link import Link
from bench.control.page import Device, Transport, load
from bench.control.sessions import CODE

_AS_RECORDED = Transport(shakes=0, window=False, at_once=6, weight=1)
_FROM_STEP, _TO_STEP = 0.4, 0.02  # of a constant, while it is searched


@dataclass(frozen=True, slots=True)
class Run:
    """One measured view, and what the model says of it."""

    condition: dict[str, str]
    lcp_ms: float
    predicted_ms: float

    @property
    def error(self) -> float:
        """Of the prediction, over the measured."""
        return abs(self.predicted_ms / self.lcp_ms - 1)


@dataclass(frozen=True, slots=True)
class Constants:
    """Of the processor without slowdown and of the server, ms."""

    parse_ms: float = shop.PARSE_MS
    layout_ms: float = shop.LAYOUT_MS
    paint_ms: float = shop.PAINT_MS
    server_ms: float = Transport().server_ms


def runs(constants: Constants = Constants()) -> list[Run]:
    """Every measured view."""
    with shop.MEASURED_FILE.open(newline="") as file:
        return [_run(row, constants) for row in csv.DictReader(file)]


def _run(row: dict[str, Any], constants: Constants) -> Run:
    slowdown = float(row["cpu_slowdown"])
    cached = CODE if row["warm"] == "1" else frozenset[str]()
    loaded = load(
        next(page for page in shop.pages(Tier(row["tier"])) if page.name == row["page"]),
        Link.steady(float(row["down_kbps"]) / 1_000, rtt_s=float(row["latency_ms"]) / 1_000),
        Device(
            constants.parse_ms * slowdown,
            constants.layout_ms * slowdown,
            constants.paint_ms * slowdown,
        ),
        at_s=0,
        transport=replace(_AS_RECORDED, server_ms=constants.server_ms),
        cached=cached,
    )
    return Run(row, float(row["lcp_ms"]), loaded.lcp_ms)


def median_error(found: list[Run]) -> float:
    """Over all runs."""
    return statistics.median(run.error for run in found)


def best(constants: Constants) -> Constants:
    """Each constant in turn up and down by ever smaller steps, while the mean error falls."""
    step, least = _FROM_STEP, _mean_error(constants)
    while step > _TO_STEP:
        moved = False
        for name in Constants.__slots__:
            for factor in (1 + step, 1 - step):
                tried = replace(constants, **{name: getattr(constants, name) * factor})
                if (error := _mean_error(tried)) < least:
                    constants, least, moved = tried, error, True
        step = step if moved else step / 2
    return constants


def _mean_error(constants: Constants) -> float:
    return statistics.fmean(run.error for run in runs(constants))


def main() -> None:
    """Print every run, the median error by what was varied, and the constants that fit best."""
    found = runs()
    for run in found:
        condition = " ".join(list(run.condition.values())[:6])
        print(f"{condition:45} {run.lcp_ms:6.0f} {run.predicted_ms:6.0f} {run.error:5.0%}")
    for name in ("tier", "warm", "down_kbps", "cpu_slowdown", "page"):
        for value in sorted({run.condition[name] for run in found}):
            some = [run for run in found if run.condition[name] == value]
            print(f"{name} {value}: median error {median_error(some):.1%} of {len(some)}")
    print(f"all: median error {median_error(found):.1%} of {len(found)} runs")
    print(f"the best constants: {best(Constants())}")


if __name__ == "__main__":
    main()
