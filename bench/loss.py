"""How many page views are counted: real Chromium, each tab closed or left at a random moment.

A view counts as expected once the agent runs in it, asked of the page just before it goes; it is
received if any beacon of it reached the server. Moments are drawn evenly from the first two seconds
after the page was answered. Target: at least 99 %. The default takes a few minutes;
`--views 10000` an hour or so.
"""

import argparse
import random
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Error, Page

from bench.report import Result, finish, say
from local.chromium import browser
from local.recorder import Recorder, recording

_ROOT = Path(__file__).parents[1]
_AT_ONCE = 8
_PER_CONTEXT = 200
_LATEST_S = 2.0
_PAGE = b"""<!doctype html><html><title>Bench</title><script src="/rum.js" defer></script>
<body><h1>A page</h1><p>Some words to paint.</p>"""


@dataclass(slots=True)
class Tally:
    """Paths of the views in which the agent ran, and how many were opened at all."""

    opened: int = 0
    expected: set[str] = field(default_factory=set)


def main() -> None:
    """Open, wait, close; then see what arrived."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--views", type=int, default=400, help="page views (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the moments (%(default)s)")
    options = parser.parse_args()
    chance = random.Random(options.seed)  # noqa: S311 - nothing is kept secret by it
    subprocess.run(["node", "browser/build.mjs", "--agent"], cwd=_ROOT, check=True)  # noqa: S607
    tally = Tally()
    with recording() as recorder, browser() as running:
        recorder.files["/rum.js"] = (_ROOT / "browser/rum/dist/rum.js").read_bytes()
        while tally.opened < options.views:
            _context(
                running, recorder, tally, chance, min(_PER_CONTEXT, options.views - tally.opened)
            )
            say(f"{tally.opened}/{options.views}: {_missing(recorder, tally)} missing so far")
        recorder.wait(lambda: not _missing(recorder, tally), timeout_s=10)
        lost = _missing(recorder, tally)
        told = len({beacon["page"] for beacon in recorder.beacons})
    expected = len(tally.expected)
    finish(
        Result(
            name="loss",
            value=round(100 * (expected - lost) / expected, 3),
            unit="% of views received",
            peer="every view in which the agent ran",
            peer_value=100,
            ratio=round((expected - lost) / expected, 5),
            n=expected,
        ),
        opened=tally.opened,
        received_of_opened=round(told / tally.opened, 4),
        beacons_per_view=round(len(recorder.beacons) / told, 3),
    )


def _context(
    running: Browser, recorder: Recorder, tally: Tally, chance: random.Random, views: int
) -> None:
    """A visitor's profile, and tabs in it, several at once."""
    context = running.new_context()
    blank = context.new_page()  # so that the profile outlives its tabs
    for begin in range(0, views, _AT_ONCE):
        open_pages: list[tuple[float, str, Page]] = []
        for _ in range(min(_AT_ONCE, views - begin)):
            path = f"/v/{tally.opened}"
            tally.opened += 1
            recorder.files[path] = _PAGE
            page = context.new_page()
            page.goto(recorder.url + path, wait_until="commit")
            open_pages.append((time.monotonic() + chance.uniform(0, _LATEST_S), path, page))
        for due, path, page in sorted(open_pages, key=lambda each: each[0]):
            time.sleep(max(0, due - time.monotonic()))
            if _runs(page):
                tally.expected.add(path)
            if chance.random() < 1 / 2:
                page.goto("about:blank", wait_until="commit")
            page.close()
    blank.wait_for_timeout(500)
    context.close()


def _runs(page: Page) -> bool:
    try:
        return bool(page.evaluate("'AdaptiveEdge' in window"))
    except Error:  # the page was between two documents
        return False


def _missing(recorder: Recorder, tally: Tally) -> int:
    return len(tally.expected - {beacon["page"] for beacon in recorder.beacons})


if __name__ == "__main__":
    main()
