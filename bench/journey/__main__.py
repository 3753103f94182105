"""What adaptation is worth to a slow visitor, against the best that a static site does.

Real headless Chromium as a phone (412 CSS px at 2.625) on an emulated network and processor reads
the shop: `originals`; the static site in WebP and in AVIF (bench/journey/static_site.py), the peer;
`adapted` through the deployed local cloud, pinned at `minimal`, and as a visitor gets it on view 3
after being measured on two. Renditions exist and are polished (`adaptive-site polish`, minutes in
the first run), servers' caches are warm; browsers' are empty on view 1. Builds take turns, so that
the machine's moods hit all alike; figures are medians.

LCP and long tasks are the browser's own, until it rests: nobody touches the page, except in the
views that measure a visitor. Blocking time is what each long task takes above 50 ms.
"""

import argparse
import signal
import statistics
from contextlib import ExitStack
from dataclasses import asdict
from typing import Any

from playwright.sync_api import Browser

from adaptive.edge.policy import CONTROL, TIER_COOKIE, Tier
from bench.journey.pictures import Look, reference
from bench.journey.static_site import make_pictures, static_site
from bench.journey.visits import (
    AVIF,
    AVIF_THIRD,
    CONTEXT,
    MINIMAL,
    NETWORKS,
    ORIGINALS,
    ROWS,
    THIRD,
    WEBP,
    Build,
    builds,
)
from bench.report import Result, finish, say
from local.adaptive_site import polishing
from local.adaptive_site.polishing import Polisher
from local.adaptive_site.terminal import ProgressBars
from local.chromium import browser
from local.loop import Loop, running_loop
from local.visitors import SLOW_PHONE, PageView

LOSSLESS = "lossless at the widths of"

Samples = dict[str, list[PageView]]


def main() -> None:
    """Every build on every network, then the pictures; the first network's figures lead."""
    options = _options()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the cloud stops in order
    _polish()
    with ExitStack() as stack:
        loop = stack.enter_context(running_loop(port=0, say=say))
        running = stack.enter_context(browser())
        loop.warm(running, say)
        static = {each: stack.enter_context(static_site(each)) for each in ("webp", "avif")}
        for base_url in static.values():
            make_pictures(running, base_url, SLOW_PHONE.unthrottled())
        measured = {
            name: _take_turns(
                name,
                running,
                builds(loop, static, three_views=name == options.three_views),
                options,
            )
            for name in options.profile
        }
        looks = _looks(running, loop, static)
    _finish(measured, looks, options.runs)


def _polish() -> None:
    """In a run of its own: the local CDN forgets what it has only when it ends."""
    with running_loop(port=0, say=say) as loop, browser() as running:
        loop.warm(running, say)
        some = polishing.renditions(loop.files, (), loop.site)
        say(f"polishing {len(some)} renditions")
        with ProgressBars() as progress:
            done = polishing.run(some, Polisher.of(loop.site, loop.files), progress)
        say(done.sentence)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make -s bench-journey", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="visitors per build (%(default)s)")
    parser.add_argument(
        "--context-runs",
        type=int,
        default=1,
        help="the same for originals and WebP, which take long and tell little (%(default)s)",
    )
    parser.add_argument("--profile", nargs="+", default=list(NETWORKS), choices=list(NETWORKS))
    parser.add_argument(
        "--three-views",
        default="slow-4g",
        choices=list(NETWORKS),
        help="where visitors go on to view 3 (%(default)s)",
    )
    return parser.parse_args()


def _take_turns(
    network: str, running: Browser, all_builds: dict[str, Build], options: argparse.Namespace
) -> Samples:
    samples: Samples = {}
    names = list(all_builds)
    for run in range(options.runs):
        for name in names[run % len(names) :] + names[: run % len(names)]:
            if name in CONTEXT and len(samples.get(name, ())) >= options.context_runs:
                continue
            for row, view in all_builds[name].visit(running, NETWORKS[network]).items():
                samples.setdefault(row, []).append(view)
                say(f"{network} {run + 1}/{options.runs} {row}: {_line(view)}")
    return samples


def _line(view: PageView) -> str:
    tier = f"{view.tier}, " if view.tier else ""
    return (
        f"{tier}LCP {view.lcp_ms:,.0f} ms, {view.bytes / 1_000:,.0f} KB,"
        f" blocked {view.blocked_ms:,.0f} ms"
    )


def _looks(running: Browser, loop: Loop, static: dict[str, str]) -> dict[str, Look]:
    say("judging the pictures")
    profile = SLOW_PHONE.unthrottled()
    with reference(running, loop.base_url, profile, {TIER_COOKIE: CONTROL}) as pictures:
        return {
            ORIGINALS: pictures.look(loop.base_url, {TIER_COOKIE: CONTROL}),
            WEBP: pictures.look(static["webp"], {}),
            AVIF: pictures.look(static["avif"], {}),
            **{
                f"{name}: {tier}": pictures.look(
                    loop.base_url, {TIER_COOKIE: str(tier)}, lossless=name == LOSSLESS
                )
                for name in ("adapted", LOSSLESS)
                for tier in Tier
            },
        }


def _finish(measured: dict[str, Samples], looks: dict[str, Look], runs: int) -> None:
    figures = {
        network: {row: _figures(samples[row]) for row in ROWS if row in samples}
        for network, samples in measured.items()
    }
    for network, rows in figures.items():
        say(f"\n{NETWORKS[network].name}")
        for row, each in rows.items():
            say(
                f"  {row:28} LCP {each['lcp_ms']:7,.0f} ms  {each['bytes'] / 1_000:7,.0f} KB "
                f" blocked {each['blocked_ms']:6,.0f} ms  n {each['n']}  {each['tiers']}"
            )
    say("\nSSIMULACRA2 as displayed")
    for row, look in looks.items():
        say(f"  {row:28} {'  '.join(f'{name} {score}' for name, score in look.scores.items())}")
    first = figures[next(iter(figures))]
    further: dict[str, Any] = {}
    for network, rows in figures.items():
        for name, ours, peer in (("", MINIMAL, AVIF), ("view3_", THIRD, AVIF_THIRD)):
            if ours not in rows:
                continue
            prefix = f"{network.replace('-', '_')}_{name}"
            further[f"{prefix}lcp_ratio"] = rows[peer]["lcp_ms"] / rows[ours]["lcp_ms"]
            further[f"{prefix}bytes_ratio"] = rows[ours]["bytes"] / rows[peer]["bytes"]
            further[f"{prefix}blocked_ratio"] = rows[ours]["blocked_ms"] / rows[peer]["blocked_ms"]
    finish(
        Result(
            name="journey",
            value=first[MINIMAL]["lcp_ms"],
            unit="ms LCP at minimal, median",
            peer="srcset + AVIF, full script",
            peer_value=first[AVIF]["lcp_ms"],
            ratio=first[AVIF]["lcp_ms"] / first[MINIMAL]["lcp_ms"],
            n=runs,
        ),
        **further,
        hero_ssimulacra2=looks[MINIMAL].hero,
        peer_hero_ssimulacra2=looks[AVIF].hero,
        networks=figures,
        looks={row: asdict(look) for row, look in looks.items()},
    )


def _figures(views: list[PageView]) -> dict[str, Any]:
    medians = {
        name: statistics.median(getattr(view, name) for view in views)
        for name in ("lcp_ms", "bytes", "requests", "blocked_ms")
    }
    tiers = sorted({view.tier for view in views if view.tier})
    return {**medians, "n": len(views), "tiers": tiers}


if __name__ == "__main__":
    main()
