"""Every policy on the same sessions: what the Performance Score and the tier controller achieve.

`make -s bench-control TRACES=DIR` replays real traces; without them, traces are made like those
(bench/control/traces.py). docs/control.md says what is simulated, and defines utility.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

from bench.control import fit, report, traces
from bench.control.judge import Worth
from bench.control.policies import SITE
from bench.control.trials import Trials
from bench.report import Result, finish, say

_MADE_PER_FAMILY = 40
_BROADBAND = 8


def main() -> None:
    """Play, print the tables, and the JSON line last."""
    parser = argparse.ArgumentParser(prog="make -s bench-control", description=__doc__)
    parser.add_argument("--traces", type=Path, help="a folder of FAMILY-NUMBER.csv")
    parser.add_argument("--part", choices=("design", "held-out"), help="even or odd files only")
    parser.add_argument("--seed", type=int, default=1, help="of the sessions (%(default)s)")
    parser.add_argument("--write", action="store_true", help="the tables into docs/control.md")
    options = parser.parse_args()
    chance = random.Random(options.seed)  # noqa: S311 - a simulation
    if options.traces:
        links = traces.read(options.traces)
    else:
        links = traces.made(chance, each=_MADE_PER_FAMILY)
    if options.part:
        links = links[options.part == "held-out" :: 2]
    if not links:
        parser.error(f"no FAMILY-NUMBER.csv in {options.traces}")
    say(f"{len(links)} traces, three processors each")
    worth = Worth(SITE.rules.target, SITE.rules.value, SITE.rules.penalty)
    trials = Trials.of(links, worth, seed=options.seed)
    broadband = Trials.of([link.scaled(_BROADBAND) for link in links], worth, seed=options.seed)
    tables = report.tables(trials, broadband)
    print(tables)
    if options.write:
        report.write(tables, real=options.traces is not None)
    ours, oracle = trials.utility("ours"), trials.utility("oracle")
    runs = fit.runs()
    finish(
        Result(
            name="control",
            value=ours,
            unit="utility per view",
            peer="oracle, who knows the trace",
            peer_value=oracle,
            ratio=ours / oracle,
            n=trials.views,
        ),
        **report.figures(trials, broadband),
        fit_median_error=fit.median_error(runs),
        fit_runs=len(runs),
    )


if __name__ == "__main__":
    main()
