"""What measuring costs: dollars per million page views by item, beside CloudWatch RUM's price.

At 1, 30 and 1,000 million views a month. CPU and bytes are measured by bench.ingest and
bench.agent, run here; what the stream's consumers take, read and write, by feeding them up to an
hour of views as they come at that rate to a shard, in batches as deployed, a view's second report
half a minute after its first. Prices are those of prediction/prices.json. RUM charges for
events; aws-rum-web's are counted on the page of bench.agent, its defaults on. What is not measured
is `assumed`. `saving`: the same with `traces = false` in site.toml.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from adaptive.delivery.ledger import Ledger, Record
from adaptive.monitoring import window
from adaptive.monitoring.roller import Roller
from adaptive.prediction import capacity, cost, prices
from adaptive.prediction.cost import MONTH_S, Function, Month
from bench.report import Result, finish, say
from bench.stream import SITE, Items, NoLetters, Sessions, consumers, stream
from infra import config

_MILLIONS = (1, 30, 1_000)
_BATCH = 2_000  # of roll_up's event source mapping
_SCORE_WINDOW_S, _SCORE_BATCH = 1, 100
_MOST_BEACONS = 30_000  # fed per scale
_PER_VIEW = 2
_SECOND_AFTER_S = 30
_VIEWS_A_SESSION = 5
_MERGES_A_MONTH = MONTH_S / 300
_ASSUMED = {
    "waits_ms": 10,  # of a call of ingest for DynamoDB and Kinesis, of one of the others
    "peak_over_mean": 3,
    "log_bytes": 400,  # a call
    "session_bytes_kept": 1_500,  # 30 days, of five views
    "merge_ms_a_cell": 0.4,
}


@dataclass(frozen=True, slots=True)
class Fed:
    """What the consumers did with some beacons, per beacon but for `cells`: those of a minute."""

    beacons: int
    batches: float
    score_batches: float
    record_bytes: float
    score_s: float
    score_units: float
    roll_up_s: float
    cell_units: float
    plan_units: float
    reads: float
    cells: float


def main() -> None:
    """Measure, multiply, add up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=100, help="to ingest (%(default)s)")
    parser.add_argument("--views", type=int, default=1, help="with each agent (%(default)s)")
    arguments = parser.parse_args()
    ingest = _run("ingest", "--requests", str(arguments.requests), "--starts", "1")
    agent = _run("agent", "--views", str(arguments.views))
    listed = prices.listed()
    events = agent["peers"]["aws-rum-web"]["events_per_view"]
    rum = 1e6 * events * listed["rum_event"]
    site = config.load(SITE)
    found: dict[int, dict[str, Any]] = {}
    saving: dict[int, dict[str, Any]] = {}
    for millions in _MILLIONS:
        month = _month(millions * 1e6, ingest["value"] / 1e6, agent, site.cloud.roll_up_window_s)
        items = cost.measuring(month, listed)
        untraced = {name: usd for name, usd in items.items() if name != "traces"}
        for rows, of in ((found, items), (saving, untraced)):
            rows[millions] = {
                "total": round(sum(of.values()) / millions, 3),
                "over_rum": round(sum(of.values()) / millions / rum, 4),
                "items": {name: round(usd / millions, 3) for name, usd in of.items()},
                "grams_co2e": round(_grams(month) / millions, 1),
            }
        say(f"{millions} million: {found[millions]}")
    ours = found[_MILLIONS[1]]["total"]
    finish(
        Result(
            name="cost",
            value=ours,
            unit=f"USD per million page views, at {_MILLIONS[1]} million a month",
            peer=f"CloudWatch RUM, {events:g} events a view",
            peer_value=rum,
            ratio=ours / rum,
            n=len(_MILLIONS),
        ),
        target_ratio=0.1,
        prices_of=str(listed.as_of),
        unchecked_prices=list(listed.unchecked),
        assumed=_ASSUMED,
        ingest_us=ingest["value"],
        reports_per_view=agent["reports_per_view"],
        saving_over_rum={str(millions): each["over_rum"] for millions, each in saving.items()},
        **{f"at_{millions}_million": figures for millions, figures in found.items()},
    )


def _run(name: str, *options: str) -> dict[str, Any]:
    say(f"— {name}")
    command = [sys.executable, "-m", f"bench.{name}", *options]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def _month(views: float, ingest_s: float, agent: dict[str, Any], window_s: float) -> Month:
    beacons = views * agent["reports_per_view"]
    peak = _ASSUMED["peak_over_mean"]
    record = len(next(stream(1, 2)))
    peak_s = beacons / MONTH_S * peak
    shards = capacity.shards(peak_s * record / 1e6, peak_s, consumers=2)
    fed = _feed(beacons / MONTH_S / shards, window_s)
    say(f"{views:,.0f} views: {shards} shards, {fed}")
    waits_s, log = _ASSUMED["waits_ms"] / 1e3, _ASSUMED["log_bytes"]
    batches, score_batches = beacons * fed.batches, beacons * fed.score_batches
    merged = fed.cells * _MERGES_A_MONTH
    return Month(
        beacons=beacons,
        beacon_bytes=agent["sent_bytes_per_view"] / agent["reports_per_view"],
        record_bytes=fed.record_bytes,
        peak=peak,
        functions={
            "ingest": Function(beacons, ingest_s, waits_s, 512, log),
            "score": Function(
                score_batches,
                fed.score_s / fed.score_batches,
                waits_s / fed.score_batches,
                512,
                log,
                traced=False,
            ),
            "roll_up": Function(
                batches,
                fed.roll_up_s / fed.batches,
                waits_s * fed.cells / 8,
                1_024,
                log,
                traced=False,
            ),
            "merge": Function(
                _MERGES_A_MONTH,
                fed.cells * _ASSUMED["merge_ms_a_cell"] / 1e3,
                waits_s * fed.cells / 8,
                512,
                log,
            ),
        },
        write_units={
            "score": beacons * fed.score_units,
            "cells": beacons * fed.cell_units,
            "plans": beacons * fed.plan_units,
            # Twice each (fresh and final), five minutes and a twelfth of it hours.
            "merge": merged * 2 * (1 + 1 / 12),
        },
        read_units={
            "ingest": beacons,
            "score": beacons,
            "roll_up": beacons * fed.reads,
            "merge": merged * 2 * (5 * shards + 1 + 2 / 12),
        },
        stored_gb=beacons / _PER_VIEW / _VIEWS_A_SESSION * _ASSUMED["session_bytes_kept"] / 1e9,
    )


def _feed(per_s: float, window_s: float) -> Fed:
    """Beacons as they come to one shard, an hour of them or as many as there is time for."""
    score, roll_up = consumers()
    count = int(min(per_s * 3_600, _MOST_BEACONS)) // _PER_VIEW * _PER_VIEW
    reports = [*stream(count, _PER_VIEW, per_s=per_s)]
    records = [Record(number, data) for number, data in enumerate(_apart(reports, per_s), start=1)]
    batches = _batches(records, min(_BATCH, per_s * window_s))
    scored = _batches(records, min(_SCORE_BATCH, per_s * _SCORE_WINDOW_S))
    sessions, cells, tallies = Sessions(), _Counted(), _Counted()
    score_s = _seconds(scored, Ledger(score, sessions, NoLetters(), lambda *_: score.rules).post)
    roll_up_s = _seconds(batches, Roller(roll_up, cells, tallies, NoLetters()).post)
    minutes = {window.read_sort(sort) for _, sort in cells.items}
    return Fed(
        beacons=count,
        batches=len(batches) / count,
        score_batches=len(scored) / count,
        record_bytes=sum(len(record.data) for record in islice(records, 1_000)) / min(count, 1_000),
        score_s=score_s / count,
        score_units=sessions.units / count,
        roll_up_s=roll_up_s / count,
        cell_units=cells.units / count,
        plan_units=tallies.units / count,
        reads=(cells.asked + tallies.asked) / count,
        cells=len(minutes) / len({minute for _, minute in minutes}),
    )


def _batches(records: list[Record], size: float) -> list[list[Record]]:
    whole = max(1, round(size))
    return [records[at : at + whole] for at in range(0, len(records), whole)]


def _apart(reports: Sequence[bytes], per_s: float) -> Iterator[bytes]:
    """The second of each two that much later."""
    later = int(per_s / _PER_VIEW * _SECOND_AFTER_S)
    for place in range(len(reports) // _PER_VIEW + later):
        yield from reports[_PER_VIEW * place : _PER_VIEW * place + 1]
        if place >= later:
            yield reports[_PER_VIEW * (place - later) + 1]


class _Counted(Items):
    asked = 0

    def read(self, keys: Sequence[Any]) -> dict[Any, Any]:
        self.asked += len(keys)
        return super().read(keys)


def _seconds(batches: list[list[Record]], consume: Callable[[list[Record]], object]) -> float:
    """Of processor time."""
    began = time.process_time()
    for batch in batches:
        consume(batch)
    return time.process_time() - began


def _grams(month: Month) -> float:
    processor_s = sum(each.calls * each.cpu_s for each in month.functions.values())
    return cost.grams_co2e(moved_bytes=month.beacons * month.beacon_bytes, processor_s=processor_s)


if __name__ == "__main__":
    main()
