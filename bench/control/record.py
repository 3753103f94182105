"""Real Chromium on the demo shop under throttles: what the page model is fitted to.

`python -m bench.control.record` goes through the deployed local cloud and rewrites measured.csv and
pages.json beside this file; half an hour. Each visitor reads two pages of one tier: the first with
an empty cache, the second with the shop's code and connection warm, as a session's later views are.
Of several rounds the least disturbed counts: the smallest LCP, the smallest INP. Agent and beacons
are blocked, so that the tier stays as asked.
"""

from __future__ import annotations

import argparse
import csv
import json
from dataclasses import replace
from itertools import islice, product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adaptive.edge.policy import TIER_COOKIE, Tier
from bench.control.shop import MEASURED_FILE, PAGES_FILE
from bench.report import say
from local.chromium import browser
from local.loop import PAGES, running_loop
from local.visitors import SLOW_PHONE, Profile, visitor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from local.visitors import Visitor

    Seen = dict[str, Any]

_NETWORKS = ((700, 100), (1_600, 150), (4_000, 60), (10_000, 40))  # kbit/s, ms per request (CDP)
_SLOWDOWNS = (1, 4, 6)
_CLICKS = 3
_TIMEOUT_MS = 120_000
_LATE_MS = 100  # asked for so long after the first: by the layout, not by the document
_REVALIDATED_BYTES = 300
_CONDITION = ("page", "tier", "warm", "down_kbps", "latency_ms", "cpu_slowdown")
_VALUES = ("ttfb_ms", "fcp_ms", "lcp_ms", "load_ms", "inp_ms", "long_tasks", "long_task_ms")

_READ = """() => new Promise(done => {
  let lcp = {}, tasks = 0, task_ms = 0;
  new PerformanceObserver(l => { for (const e of l.getEntries()) lcp = e; })
    .observe({type: "largest-contentful-paint", buffered: true});
  new PerformanceObserver(l => {
    for (const e of l.getEntries()) { tasks++; task_ms += e.duration; }
  }).observe({type: "longtask", buffered: true});
  setTimeout(() => {
    const page = performance.getEntriesByType("navigation")[0];
    const kinds = {css: "style", js: "script"};
    const kind = e => kinds[e.name.split(".").pop()] || "image";
    const resources = performance.getEntriesByType("resource").map(e => ({
      path: new URL(e.name).pathname, kind: kind(e),
      bytes: e.transferSize, start_ms: e.startTime}));
    const fcp = performance.getEntriesByName("first-contentful-paint")[0];
    done({ttfb_ms: page.responseStart, fcp_ms: fcp ? fcp.startTime : 0, lcp_ms: lcp.startTime,
          load_ms: page.loadEventEnd, inp_ms: window.__inp,
          long_tasks: tasks, long_task_ms: task_ms,
          lcp_path: lcp.url ? new URL(lcp.url).pathname : "", document_bytes: page.transferSize,
          resources});
  }, 100);
})"""


def main() -> None:
    """Every network on every processor at every tier, the pages in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="of all conditions (%(default)s)")
    parser.add_argument("--visitors", type=int, help="end a round after so many")
    parser.add_argument("--out", type=Path, default=MEASURED_FILE.parent, help="a folder")
    options = parser.parse_args()
    rounds: list[list[Seen]] = []
    with running_loop(port=0, say=say) as loop, browser() as running:
        _warm(running, loop.base_url)
        for number in range(options.rounds):
            say(f"round {number + 1}/{options.rounds}")
            rounds.append(list(_round(running, loop.base_url, options.visitors)))
    keep(rounds, options.out)


def keep(rounds: list[list[Seen]], folder: Path) -> None:
    """Write the least disturbed views, and what the pages weigh."""
    with (folder / MEASURED_FILE.name).open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow((*_CONDITION, *_VALUES))
        for runs in zip(*rounds, strict=True):
            least = min(runs, key=lambda run: float(run["lcp_ms"]))
            values = {**least, "inp_ms": min(run["inp_ms"] for run in runs)}
            row = [values[name] for name in _CONDITION]
            table.writerow([*row, *(round(values[name]) for name in _VALUES)])
    pages = _pages([view for views in rounds for view in views])
    (folder / PAGES_FILE.name).write_text(_one_page_a_line(pages), encoding="utf-8")


def _round(running: Browser, base_url: str, visitors: int | None) -> Iterator[Seen]:
    conditions = product(_NETWORKS, _SLOWDOWNS, Tier)
    for number, (network, slowdown, tier) in enumerate(islice(conditions, visitors)):
        profile = replace(
            SLOW_PHONE, down_kbps=network[0], latency_ms=network[1], cpu_slowdown=slowdown
        )
        first = number + number // len(Tier)
        pages = (PAGES[first % len(PAGES)], PAGES[(first + 1) % len(PAGES)])
        yield from _visit(running, base_url, profile, tier=tier, pages=pages)


def _visit(
    running: Browser, base_url: str, profile: Profile, *, tier: Tier, pages: tuple[str, str]
) -> Iterator[Seen]:
    cookies = {TIER_COOKIE: str(tier)}
    with visitor(running, base_url, profile, cookies=cookies) as someone:
        devtools = someone.page.context.new_cdp_session(someone.page)
        devtools.send("Network.enable")
        devtools.send("Network.setBlockedURLs", {"urls": ["*/rum"]})
        for warm, page in enumerate(pages):
            seen = {
                "page": page,
                "tier": str(tier),
                "warm": warm,
                "down_kbps": profile.down_kbps,
                "latency_ms": profile.latency_ms,
                "cpu_slowdown": profile.cpu_slowdown,
                **_view(someone, base_url + page),
            }
            say(f"{page} {tier} {profile.down_kbps} kbit/s: LCP {seen['lcp_ms']:.0f} ms")
            yield seen


def _view(someone: Visitor, url: str) -> Seen:
    page = someone.page
    page.goto(url, wait_until="load", timeout=_TIMEOUT_MS)
    for _ in range(_CLICKS):
        page.locator("[data-add-to-basket]").first.click(timeout=_TIMEOUT_MS)
    seen: Seen = page.evaluate(_READ)
    return seen


def _warm(running: Browser, base_url: str) -> None:
    """Have the renditions made, as a live site has behind it."""
    for tier in Tier:
        say(f"making the renditions of tier {tier}")
        cookies = {TIER_COOKIE: str(tier)}
        with visitor(running, base_url, SLOW_PHONE.unthrottled(), cookies=cookies) as someone:
            for page in PAGES:
                someone.look(page)


def _pages(views: list[Seen]) -> dict[str, dict[str, Any]]:
    """Page -> tier -> document's bytes, which item is the hero, and the items as `page.Item` takes
    them.
    """
    sizes = {
        (view["tier"], each["path"]): each["bytes"]
        for view in views
        for each in view["resources"]
        if each["bytes"] > _REVALIDATED_BYTES
    }
    found: dict[str, dict[str, Any]] = {}
    for view in views:
        tier, resources = view["tier"], view["resources"]
        begun_ms = min(each["start_ms"] for each in resources)
        items: list[list[Any]] = []
        hero = -1
        asked: dict[str, Seen] = {}
        for each in resources:
            asked.setdefault(each["path"], each)
        for each in asked.values():
            if (size := sizes.get((tier, each["path"]))) is None:
                continue
            is_hero = each["path"] == view["lcp_path"]
            late = each["kind"] == "image" and each["start_ms"] > begun_ms + _LATE_MS
            hero = len(items) if is_hero else hero
            items.append([each["kind"], size, is_hero or each["kind"] == "style", late])
        page = {"document_bytes": view["document_bytes"], "hero": hero, "items": items}
        found.setdefault(view["page"], {}).setdefault(tier, page)
    return found


def _one_page_a_line(pages: dict[str, dict[str, Any]]) -> str:
    lines = (
        f'"{name}": {{\n'
        + ",\n".join(f'"{tier}": {json.dumps(page)}' for tier, page in by_tier.items())
        + "}"
        for name, by_tier in sorted(pages.items())
    )
    return "{" + ",\n".join(lines) + "}\n"


if __name__ == "__main__":
    main()
