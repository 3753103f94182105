"""What a minute of `evaluate` costs at 10, 100 and 1,000 rules: read units of DynamoDB, and time.

The real evaluator on stores in memory, with the cells of a site of 60 views a minute. A cold start
reads all that the rules ask for, a warm function what is new. The peer is every rule reading its
cells by itself, as an alarm per rule would.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from adaptive.delivery.changes import ChangeLog
from adaptive.monitoring import dimension, window
from adaptive.monitoring.alerts_store import AlertsStore
from adaptive.monitoring.dimension import Cell, Dimensions
from adaptive.monitoring.evaluator import Evaluator, assemble
from adaptive.monitoring.rollup import Field, Rollup
from adaptive.monitoring.rule import Monitoring
from adaptive.monitoring.rules_file import RulesFile
from adaptive.monitoring.vital import INDEX, code_of
from adaptive.monitoring.window import Resolution
from adaptive.ports import Key, Versioned, Write
from adaptive.prediction.watch import watch as detect
from bench.report import Result, finish, say
from infra import config

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adaptive.monitoring.notice import Notice
    from adaptive.settings.monitoring import RollupLists

_SITE = Path(__file__).parents[1] / "site.toml"
_NOW = 29_430_000 // 60 * 60 + 25
_SIZES = (10, 100, 1_000)
_WEEK = 10_080
_PER_MINUTE = 60
_ANOMALY = 7  # of ten rules
_SPANS = (
    (Resolution.MINUTE, range(-90, 30)),
    (Resolution.FIVE, range(-480, 30, 5)),
    *((Resolution.HOUR, range(week - 240, week + 240, 60)) for week in (-_WEEK, -2 * _WEEK)),
    (Resolution.HOUR, range(-3 * _WEEK - 240, -3 * _WEEK + 240, 60)),
    (Resolution.HOUR, range(-4_800, 0, 60)),
)


@dataclass
class _Items:
    parts: dict[str, dict[Key, Versioned]] = field(default_factory=lambda: defaultdict(dict))

    def read(self, keys: Sequence[Key]) -> dict[Key, Versioned]:
        return {key: self.parts[key[0]][key] for key in keys if key in self.parts[key[0]]}

    def read_partition(self, partition: str) -> dict[Key, Versioned]:
        return dict(self.parts[partition])

    def write(self, writes: Sequence[Write]) -> list[Key]:
        for each in writes:
            self.parts[each.key[0]][each.key] = each.new
        return []


class _NoBus:
    def publish(self, notices: Sequence[Notice]) -> None:
        """Nobody listens."""


def main() -> None:
    """All sizes; the peer at the largest by every tenth rule."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=20, help="warm runs (%(default)s)")
    options = parser.parse_args()
    lists = config.load(_SITE).rollups.lists
    cells = _cells()
    found: dict[str, Any] = {}
    for size in _SIZES:
        evaluator = _evaluator(_rules(size), lists, cells)
        cold_ms = _timed(evaluator, _NOW)
        cold_units = evaluator.counts.meter.units
        warm = [
            (_timed(evaluator, _NOW + minute), evaluator.counts.meter.units)
            for minute in range(1, options.minutes + 1)
        ]
        found[f"rules_{size}"] = {
            "cold_ms": round(cold_ms, 1),
            "cold_units": cold_units,
            "warm_ms": round(median(ms for ms, _ in warm), 1),
            "warm_units": round(median(units for _, units in warm)),
            "warm_units_most": max(units for _, units in warm),
        }
        say(f"{size} rules: {found[f'rules_{size}']}")
    apart = sum(
        _cold_units({name: rule}, lists, cells)
        for name, rule in [*_rules(_SIZES[-1]).items()][::10]
    )
    hundred, thousand = (found[f"rules_{size}"] for size in _SIZES[1:])
    finish(
        Result(
            name="evaluate",
            value=thousand["cold_units"],
            unit="read units of a cold start at 1,000 rules",
            peer="every rule reading by itself",
            peer_value=apart * 10,
            ratio=thousand["cold_units"] / (apart * 10),
            n=options.minutes,
        ),
        warm_ms_1000_by_100=round(thousand["warm_ms"] / hundred["warm_ms"], 2),
        **found,
    )


def _cold_units(rules: dict[str, Any], lists: RollupLists, cells: _Items) -> int:
    evaluator = _evaluator(rules, lists, cells)
    evaluator.run(_NOW)
    return evaluator.counts.meter.units


def _timed(evaluator: Evaluator, minute: int) -> float:
    """Milliseconds of processor time."""
    began = time.process_time()
    evaluator.run(minute)
    return (time.process_time() - began) * 1_000


def _evaluator(rules: dict[str, Any], lists: RollupLists, cells: _Items) -> Evaluator:
    monitoring = Monitoring.model_validate_json(json.dumps({"rules": rules}))
    return assemble(
        RulesFile(monitoring=monitoring, lists=lists),
        detect=detect,
        cells=cells,
        alerts=AlertsStore(_Items()),
        changes=ChangeLog(_Items()),
        bus=_NoBus(),
    )


def _rules(count: int) -> dict[str, Any]:
    """Of every kind, over every dimension, in many windows and with many limits."""
    groups = ((), ("page_group",), ("country",), ("device",), ("browser",), ("connection",))
    found = {}
    for number in range(count):
        rule: dict[str, Any] = {
            "severity": "ticket",
            "why": "It is one of many.",
            "runbook": "none",
            "by": groups[number % len(groups)],
            "window_minutes": ((3, 15), (5,), (10, 60), (30,))[number // 6 % 4],
        }
        if number % 5 == 0:
            rule |= {"kind": "change", "metric": "failing", "rises": 1 + number / 100}
        elif number % 5 == 1:
            rule |= {"kind": "change", "metric": "lcp_ms", "percentile": 75, "rises": 2}
        elif number % 10 == _ANOMALY:
            rule |= {"kind": "anomaly", "metric": "lcp_ms", "percentile": 75}
            rule["window_minutes"] = ((1,), (5,))[number // 10 % 2]
        else:
            limit = 20_000 + 10 * number
            rule |= {"kind": "threshold", "metric": "lcp_ms", "percentile": 75, "above": limit}
        found[f"rule-{number}"] = rule
    return found


def _cells() -> _Items:
    chance = random.Random(7)  # noqa: S311 - reproducible, not secret
    items = _Items()
    for resolution, starts in _SPANS:
        for minute in starts:
            start = resolution.start_of(_NOW + minute)
            sums: dict[Cell, Rollup] = defaultdict(Rollup)
            for _ in range(_PER_MINUTE * min(resolution.minutes, 5)):
                _count_view(sums, chance)
            shard = 0 if resolution is Resolution.MINUTE else None
            items.write(
                [
                    Write(
                        window.key(resolution, cell, start, shard=shard),
                        Versioned(rollup.encode(), 1),
                        None,
                        expires_at_s=2**40,
                    )
                    for cell, rollup in sums.items()
                ]
            )
    return items


def _count_view(sums: dict[Cell, Rollup], chance: random.Random) -> None:
    values = Dimensions(
        page_group=chance.choice(["front", "category", "product"]),
        country=chance.choice(["US", "US", "GB", "DE", "FR", "ES", "IT", "other"]),
        device=chance.choice(["phone", "phone", "desktop"]),
        connection=chance.choice(["fast", "medium", "slow"]),
        browser=chance.choice(["chrome", "chrome", "safari", "firefox"]),
        tier=chance.choice(["full", "standard", "lite"]),
        release="v42",
        arm="treatment",
    )
    measured = {
        "lcp_ms": chance.lognormvariate(7.6, 0.6),
        "ttfb_ms": chance.lognormvariate(6.2, 0.6),
        "inp_ms": chance.lognormvariate(4.6, 0.7),
        "load_ms": chance.lognormvariate(7.9, 0.6),
    }
    codes = Counter(code_of(INDEX[name], value) for name, value in measured.items())
    for cell in dimension.cells_of(values):
        rollup = sums[cell]
        rollup.fields[Field.VIEWS] += 1
        rollup.fields[Field.FAILING] += chance.random() < 0.01  # noqa: PLR2004 - made up
        rollup.codes.update(codes)


if __name__ == "__main__":
    main()
