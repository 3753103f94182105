"""Runs every bench, one after the other, and writes the table in docs/performance.md."""

import argparse
import datetime as dt
import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.report import say

_PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
_BENCHES = {
    **dict.fromkeys(("edge", "fuzz", "cache", "images", "loop", "journey"), ()),
    **dict.fromkeys(
        ("agent", "loss", "ingest", "stream", "query", "dashboard", "experiments", "optimiser"), ()
    ),
    **dict.fromkeys(("forecast", "anomaly"), ()),
    **dict.fromkeys(("alerts", "evaluate", "sampling", "cost"), ()),
    "control": ("--write",),
}
_BEGIN, _END = "<!-- begin table -->\n", "<!-- end table -->\n"
_HEAD = "| bench | ours | peer | ratio | n | day | further |\n" + 7 * "| --- " + "|\n"
_COMMAND = "make -s bench-"
_WHOLE_FROM = 1_000  # larger figures are shown without decimals
_STANDARD = {"name", "value", "unit", "peer", "peer_value", "ratio", "n"}


def main() -> None:
    """Run, then replace what stands between the page's markers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(_BENCHES)}")
    parser.add_argument(
        "--kept", type=Path, metavar="DIR", help="outputs of earlier runs, NAME.out: nothing is run"
    )
    options = parser.parse_args()
    names = options.names or [*_BENCHES]
    if unknown := set(names) - set(_BENCHES):
        parser.error(f"no bench of the table: {', '.join(sorted(unknown))}")
    page = _PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(_BEGIN)
    old, _, after = rest.partition(_END)
    rows = {
        row.split("`")[1].removeprefix(_COMMAND): row
        for row in old.splitlines(keepends=True)
        if _COMMAND in row
    }
    if options.kept:
        rows |= {name: _kept_row(options.kept / f"{name}.out") for name in names}
    else:
        today = dt.datetime.now(dt.UTC).date()
        rows |= {name: _row(_run(name, *_BENCHES[name]), today) for name in names}
    where = f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    ordered = (rows[name] for name in _BENCHES if name in rows)
    table = f"On {where}.\n\n{_HEAD}{''.join(ordered)}"
    _PAGE.write_text(f"{before}{_BEGIN}{table}{_END}{after}", encoding="utf-8")
    print(table)


def _run(name: str, *options: str) -> dict[str, Any]:
    say(f"— {name}")
    done = subprocess.run(
        [sys.executable, "-m", f"bench.{name}", *options],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return _result(done.stdout)


def _kept_row(file: Path) -> str:
    day = dt.datetime.fromtimestamp(file.stat().st_mtime, dt.UTC).date()
    return _row(_result(file.read_text(encoding="utf-8")), day)


def _result(stdout: str) -> dict[str, Any]:
    lines = stdout.splitlines()
    result: dict[str, Any] = next(json.loads(each) for each in lines[::-1] if each[:1] == "{")
    return result


def _row(result: dict[str, Any], day: dt.date) -> str:
    further = _listed({name: each for name, each in result.items() if name not in _STANDARD})
    cells = (
        f"`{_COMMAND}{result['name']}`",
        f"{_shown(result['value'])} {result['unit']}",
        f"{_shown(result['peer_value'])} ({result['peer']})",
        _shown(result["ratio"]),
        str(result["n"]),
        str(day),
        further,
    )
    return f"| {' | '.join(cells)} |\n"


def _listed(figures: Mapping[str, Any]) -> str:
    """Names and values; a group of figures in brackets, groups of groups only in the JSON."""
    return ", ".join(
        f"{name} ({_listed(value)})" if isinstance(value, dict) else f"{name} {_shown(value)}"
        for name, value in figures.items()
        if not (isinstance(value, dict) and any(isinstance(each, dict) for each in value.values()))
    )


def _shown(value: object) -> str:
    if isinstance(value, float) and abs(value) < _WHOLE_FROM:
        return f"{value:.3g}"
    return f"{value:,.0f}" if isinstance(value, int | float) else str(value)


if __name__ == "__main__":
    main()
