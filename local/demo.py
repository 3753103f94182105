"""The whole loop on this machine: local cloud, deployed app, a simulated fortnight, shop, CDN and
two real visitors.

`make demo` runs this; `make demo ARGS="--exit"` ends after the table.
"""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import time
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from adaptive.errors import AdaptiveError, UnavailableError
from local.chromium import browser, find_browser
from local.history.filling import DAYS
from local.loop import PAGES, running_loop
from local.visitors import FAST_DESKTOP, SLOW_PHONE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from local.loop import Loop, Seen

_PORT = 8080
_REPORTS = 4
_BREATH_S = 5


def main() -> int:
    """Run the demo; 1 with a sentence on standard error if it cannot be run."""
    options = _options()
    console = Console(stderr=True, highlight=False)
    began = time.monotonic()

    def say(text: str) -> None:
        console.print(f"[dim]{time.monotonic() - began:4.0f} s[/]  {text}")

    for stop in (signal.SIGINT, signal.SIGTERM):  # a shell starts background jobs without SIGINT
        signal.signal(stop, signal.default_int_handler)
    try:
        find_browser()
        with running_loop(port=options.port, say=say) as loop:
            _fill(loop, say)
            with browser() as running:
                loop.warm(running, say)
                say("two visitors read three pages each")
                visits = [
                    (profile.name, loop.visit(running, profile))
                    for profile in (SLOW_PHONE, FAST_DESKTOP)
                ]
            Console().print(_table(visits))
            if not options.exit:
                _stay(loop, console)
    except AdaptiveError as error:
        console.print(str(error), style="bold red", markup=False, soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        console.print()
    say("everything is stopped")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--exit", action="store_true", help="end after the table")
    parser.add_argument(
        "--port", type=int, default=_PORT, help="of the shop on 127.0.0.1 (%(default)s)"
    )
    return parser.parse_args()


def _table(visits: Sequence[tuple[str, Sequence[Seen]]]) -> Table:
    table = Table(title="What each visitor got, view by view (ms; Performance Score)")
    for name in ("visitor", "page", "tier"):
        table.add_column(name, no_wrap=True)
    for name in ("reqs", "KB", "LCP", "INP", "score"):
        table.add_column(name, justify="right", no_wrap=True)
    for name, seen in visits:
        for number, each in enumerate(seen):
            view = each.view
            table.add_row(
                name if number == 0 else "",
                view.path,
                view.tier or "(full)",
                str(view.requests),
                f"{view.bytes / 1_000:,.0f}",
                f"{view.lcp_ms:,.0f}",
                f"{view.inp_ms:,.0f}",
                "-" if each.score is None else f"{each.score:.0f}",
                end_section=number == len(seen) - 1,
            )
    return table


def _fill(loop: Loop, say: Callable[[str], None]) -> None:
    say(f"simulating {DAYS} days of visitors, marked as such")

    def progress(done: int, of: int) -> None:
        if done * _REPORTS // of > (done - 1) * _REPORTS // of:
            say(f"simulated {done} of {of} hours")

    cells = loop.history.fill(_this_minute(), progress=progress)
    say(f"{cells:,} cells of rollups were new")


def _this_minute() -> int:
    return int(time.time()) // 60


def _stay(loop: Loop, console: Console) -> None:
    loop.run_now("Forecast")  # else its view is empty for up to an hour
    console.print(f"\nThe shop:  [bold]{loop.base_url}/[/]")
    for page in PAGES:
        console.print(f"           {loop.base_url}{page}")
    dashboard = loop.dashboard
    console.print(
        f"Dashboard: [bold]{dashboard.url}[/], user [bold]{dashboard.operator.name}[/],"
        f" password [bold]{dashboard.operator.password}[/]"
    )
    console.print("           the first forecast is being made, and there in a minute or two")
    console.print(
        "Try a tier: in the browser's console, [bold]document.cookie = 'ae_tier=minimal'[/],"
        " then reload.\nSimulated visitors keep coming: they are counted, but load nothing."
        " Requests are logged in .local/cdn.log. [bold]Ctrl-C[/] stops everything."
    )
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            with contextlib.suppress(UnavailableError):  # busy; the next turn makes up for it
                loop.history.fill(_this_minute())
            time.sleep(_BREATH_S)


if __name__ == "__main__":
    sys.exit(main())
