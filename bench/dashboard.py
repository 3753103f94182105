"""How fast the dashboard's page is: fast 3G, a processor a quarter as fast, 14 days of history; and
what Lighthouse and axe-core say of it.

Its files and its API are served from this process, so what is measured is the page: neither the
emulator's functions nor CloudFront. The peer is what the issue asks for.
"""

import argparse
import gzip
import json
import os
import statistics
import subprocess
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from bench.report import Result, finish, say
from local.chromium import browser, find_browser
from local.visitors import FAST_DESKTOP, visitor
from tests.dashboard_world import FILES, DashboardWorld, build, serving
from tests.unit.test_history import SETTINGS

ROOT = Path(__file__).parents[1]
# Fast 3G, as WebPageTest and Lighthouse have it.
FAST_3G = replace(
    FAST_DESKTOP, name="fast 3G, 4x CPU", down_kbps=1_600, latency_ms=150, cpu_slowdown=4
)
WANTED_LCP_MS, WANTED_INP_MS, WANTED_SCORE = 1_000, 100, 95
_TAPS = ("7d", "24h", "Vitals", "Delivery", "Where", "Experiments", "Forecast", "Overview")
_VIEWS = (
    *("overview", "vitals", "delivery", "where"),
    *("sessions", "alerts", "experiments", "forecast"),
)
_AXE = ROOT / "node_modules/axe-core/axe.min.js"
# The newest for Node 20. Not in package.json: its 200 packages would be in every set-up.
_LIGHTHOUSE_VERSION = "12.8.2"
_LIGHTHOUSE = ROOT / "build/lighthouse"
_CHROMIUM = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run"


def main() -> None:
    """Load the page several times, press buttons in it, and have it judged."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loads", type=int, default=5, help="of the page (%(default)s)")
    loads = parser.parse_args().loads
    build()
    world = DashboardWorld(SETTINGS, time.time())
    say("simulating 14 days")
    world.fill(days=14)
    measured = []
    with serving(world):
        with browser() as running:
            for number in range(loads):
                with visitor(running, world.url.rstrip("/"), FAST_3G) as someone:
                    measured.append(_visit(someone.page, world.url))
                say(f"load {number + 1} of {loads}: LCP, INP (ms) {measured[-1]}")
            violations = sum(_violations(running, f"{world.url}?view={each}") for each in _VIEWS)
        say("Lighthouse")
        scores = _lighthouse(world.url)
    lcp_ms, inp_ms = (statistics.median(each) for each in zip(*measured, strict=True))
    size = sum(len(gzip.compress(each.read_bytes(), 9)) for each in FILES.iterdir())
    finish(
        Result(
            name="dashboard",
            value=round(lcp_ms),
            unit=f"ms LCP at {FAST_3G.name}, median",
            peer="at most",
            peer_value=WANTED_LCP_MS,
            ratio=round(WANTED_LCP_MS / lcp_ms, 2),
            n=loads,
        ),
        inp_ms=round(inp_ms),
        gzip_bytes=size,
        axe_violations=violations,
        **{f"lighthouse_{name}": score for name, score in scores.items()},
    )


def _visit(page: Page, url: str) -> tuple[float, float]:
    page.goto(url)
    _settle(page)
    lcp_ms: float = page.evaluate("() => window.__lcp")
    for name in _TAPS:
        page.get_by_role("button", name=name, exact=True).first.click()
        _settle(page)
    inp_ms: float = page.evaluate("() => window.__inp")
    return lcp_ms, inp_ms


def _violations(running: Browser, url: str) -> int:
    context = running.new_context(bypass_csp=True)
    try:
        page = context.new_page()
        page.goto(url)
        _settle(page)
        page.add_script_tag(path=_AXE)
        return len(page.evaluate("() => axe.run()")["violations"])
    finally:
        context.close()


def _lighthouse(url: str) -> dict[str, int]:
    """Of a hundred, by category; Lighthouse's own mobile profile."""
    program = _LIGHTHOUSE / "node_modules/.bin/lighthouse"
    if not program.exists():
        package = f"lighthouse@{_LIGHTHOUSE_VERSION}"
        place = ("--prefix", _LIGHTHOUSE)
        subprocess.run(["npm", "install", *place, "--ignore-scripts", package], check=True)  # noqa: S607
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        subprocess.run(
            [
                *(program, url, "--quiet", "--output=json", f"--output-path={report}"),
                "--only-categories=performance,accessibility,best-practices",
                f"--chrome-flags={_CHROMIUM}",
            ],
            check=True,
            env={**os.environ, "CHROME_PATH": str(find_browser())},
        )
        told: dict[str, Any] = json.loads(report.read_text())
    return {
        name.replace("-", "_"): round(100 * each["score"])
        for name, each in told["categories"].items()
    }


def _settle(page: Page) -> None:
    page.locator("main section").first.wait_for()
    page.locator("main [aria-busy=true]").first.wait_for(state="detached")


if __name__ == "__main__":
    main()
