"""What adaptation is worth to a slow visitor: view 3 adapted against view 3 of the control arm.

Real headless Chromium on slow 4G (1.6 Mbit/s, 150 ms) with a four times slower processor, through
the deployed local cloud. Renditions exist beforehand, as on a live site; both arms have a browser
cache.
"""

import argparse
import statistics

from bench.report import Result, finish, say
from local.loop import Seen, running_loop
from local.visitors import SLOW_PHONE, browser


def main() -> None:
    """Run both arms alternately, so that the machine's moods hit both alike; medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="visitors per arm (%(default)s)")
    runs = parser.parse_args().runs
    adapted: list[Seen] = []
    control: list[Seen] = []
    with running_loop(port=0, say=say) as loop, browser() as running:
        loop.warm(running, say)
        for run in range(1, runs + 1):
            adapted.append(loop.visit(running, SLOW_PHONE)[-1])
            control.append(loop.visit(running, SLOW_PHONE, control=True)[-1])
            say(f"run {run}/{runs}: {_line(adapted[-1])} against {_line(control[-1])}")
    ours, peer = (statistics.median(seen.view.lcp_ms for seen in arm) for arm in (adapted, control))
    our_bytes, peer_bytes = (
        statistics.median(seen.view.bytes for seen in arm) for arm in (adapted, control)
    )
    finish(
        Result(
            name="journey",
            value=ours,
            unit="ms LCP of view 3, median",
            peer="control: untouched originals",
            peer_value=peer,
            ratio=peer / ours,
            n=runs,
        ),
        bytes=our_bytes,
        peer_bytes=peer_bytes,
        bytes_ratio=our_bytes / peer_bytes,
        inp_ms=statistics.median(seen.view.inp_ms for seen in adapted),
        peer_inp_ms=statistics.median(seen.view.inp_ms for seen in control),
        blocked_ms=statistics.median(seen.view.blocked_ms for seen in adapted),
        peer_blocked_ms=statistics.median(seen.view.blocked_ms for seen in control),
        tiers=sorted(str(seen.view.tier) for seen in adapted),
    )


def _line(seen: Seen) -> str:
    return f"{seen.view.tier} {seen.view.lcp_ms:,.0f} ms, {seen.view.bytes / 1_000:,.0f} KB"


if __name__ == "__main__":
    main()
