"""What an answer of the query API costs to compute, over thirteen months of synthetic rollups.

Cells in memory, so that what is timed is ours: which cells, reading them, the figures, the JSON.
What DynamoDB's client adds to take such items apart is timed by itself, on answers of the same
bytes. Views come in 300 an hour and group. The peer is decoding each cell whole (`Rollup.decode`)
before its percentile is taken, for the same series.
"""

import argparse
import base64
import gc
import json
import math
import random
import time
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import botocore.parsers
import botocore.session

from adaptive.monitoring import vital, window
from adaptive.monitoring.dimension import Cell
from adaptive.monitoring.query.distribution import distribution
from adaptive.monitoring.query.figure import figure_of
from adaptive.monitoring.query.overview import overview
from adaptive.monitoring.query.reading import MOST_CELLS, Reading
from adaptive.monitoring.query.reply import Desk, Reply, instant
from adaptive.monitoring.query.scope import Scope, scope_of
from adaptive.monitoring.query.series import series
from adaptive.monitoring.query.span import RANGES, Period
from adaptive.monitoring.query.top import Ranking, top
from adaptive.monitoring.rollup import Field, Rollup
from adaptive.monitoring.vital import VITALS
from adaptive.monitoring.window import MINUTES_PER_DAY, Resolution
from adaptive.ports import Key, KeyRange, Page, Versioned, Write
from adaptive.settings.monitoring import RollupLists
from bench.report import Result, finish, say

_NOW = 29_892_150  # 2026-11-01T10:30Z, a minute
_VALUES = (1, 10, 100)
_SHAPES = 50  # different cells; what they hold repeats, that they are read does not
_READ_UNIT = 8_192  # bytes that one eventually consistent DynamoDB read unit covers
_TARGET_MS = 200
_LISTS = RollupLists(
    page_groups=(),
    countries=tuple(f"{a}{b}" for a in "ABCDEFGHIJ" for b in "ABCDEFGHIJ")[:98],
    releases=(),
    conversions=(),
)


@dataclass
class _Cells:
    """Sorted items by partition, and what reading them costs."""

    partitions: dict[str, list[tuple[str, bytes]]] = field(default_factory=dict)

    def read_ranges(self, ranges: Sequence[KeyRange]) -> Page:
        found = [self._read(each) for each in ranges]
        size = sum(len(sort) + len(body) for items in found for sort, body in items)
        return Page(found, size / _READ_UNIT)

    def _read(self, wanted: KeyRange) -> list[tuple[str, bytes]]:
        items = self.partitions.get(wanted.partition, [])
        first = 0 if wanted.first is None else bisect_left(items, (wanted.first, b""))
        last = len(items)
        if wanted.last is not None:
            last = bisect_right(items, wanted.last, key=lambda item: item[0])
        return items[first:last]


class _Progress:
    """Everything is merged that can be."""

    def read(self, keys: Sequence[Key]) -> dict[Key, Versioned]:
        hour = Resolution.HOUR.start_of(_NOW)
        five = Resolution.FIVE.start_of(_NOW)
        return {key: Versioned(b"", hour if key[1].startswith("1h") else five) for key in keys}

    def read_partition(self, partition: str) -> dict[Key, Versioned]:
        raise NotImplementedError(partition)

    def write(self, writes: Sequence[Write]) -> list[Key]:
        raise NotImplementedError(writes)


def main() -> None:
    """Time every endpoint at each number of values."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--views", type=int, default=300, help="an hour and group (%(default)s)")
    parser.add_argument("--times", type=int, default=20, help="each question (%(default)s)")
    arguments = parser.parse_args()
    gc.set_threshold(50_000, 50, 50)
    chance = random.Random(7)  # noqa: S311 - reproducible, not secret
    shapes = [_rollup(chance, arguments.views).encode() for _ in range(_SHAPES)]
    found: dict[str, dict[str, float]] = {}
    for values in _VALUES:
        desk = Desk(Reading(_filled(shapes, values), _Progress(), _LISTS), lambda: _NOW * 60.0)
        for name, (asked, days) in _questions(desk, values).items():
            reply, p95_ms = _timed(asked, arguments.times)
            row = {"p95_ms": round(p95_ms, 1), "days": days, "read_units": round(reply.units)}
            found[f"{name}_{values}"] = row
            say(f"{values} values, {name}: {row}")
    whole = Desk(Reading(_filled(shapes, 1), _Progress(), _LISTS), lambda: _NOW * 60.0)
    peer_ms = _peer_ms(whole)
    ours = found["series_by_hour_1"]
    finish(
        Result(
            name="query",
            value=ours["p95_ms"],
            unit="ms (p95) of compute for 13 months by the hour",
            peer="decoding every cell whole",
            peer_value=round(peer_ms, 1),
            ratio=ours["p95_ms"] / peer_ms,
            n=arguments.times,
        ),
        target_ms=_TARGET_MS,
        read_units=ours["read_units"],
        client_ms=round(_client_ms(shapes), 1),
        cell_bytes=round(sum(map(len, shapes)) / len(shapes)),
        p95_ms={name: row["p95_ms"] for name, row in found.items()},
        days={name: row["days"] for name, row in found.items()},
        endpoint_read_units={name: row["read_units"] for name, row in found.items()},
    )


def _questions(desk: Desk, values: int) -> dict[str, tuple[Callable[[], Reply], float]]:
    """Each over as many days, 395 at most, as its groups allow; and how many those are."""
    lcp = figure_of("lcp_ms", None)
    scope = _scope(values)
    days = min(RANGES["13mo"] // MINUTES_PER_DAY, MOST_CELLS // values // 24 - 1)
    first = instant(_NOW - days * MINUTES_PER_DAY)
    period = Period(first=first, step="1h")
    by_day = Period(first=first, step="1d")
    span = period.span(_NOW)
    return {
        "series_by_hour": (lambda: series(desk, lcp, scope, span), days),
        "series_by_day": (lambda: series(desk, lcp, scope, by_day.span(_NOW)), days),
        "distribution": (
            lambda: distribution(desk, "lcp_ms", scope, by_day.span(_NOW, whole=True)),
            days,
        ),
        "top": (
            lambda: top(desk, Ranking(lcp, scope, False, 0, 10), by_day, None),  # noqa: FBT003
            days,
        ),
        **({"overview": (lambda: overview(desk, Period("24h")), 1)} if values == 1 else {}),
    }


def _scope(values: int) -> Scope:
    if values == 1:
        return scope_of()
    names = _names(values)
    return scope_of(["country"], [f"country:{name}" for name in names])


def _names(values: int) -> list[str]:
    return [*_LISTS.countries, "other", "none"][:values]


def _filled(shapes: list[bytes], values: int) -> _Cells:
    """Every hour of thirteen months, for everybody and for each value."""
    cells: dict[str, list[tuple[str, bytes]]] = defaultdict(list)
    groups = [Cell("all", "")]
    groups += [Cell("country", name) for name in _names(values)] if values > 1 else []
    last = Resolution.HOUR.start_of(_NOW)
    for number, at in enumerate(range(last - RANGES["13mo"], last, 60)):
        for place, cell in enumerate(groups):
            partition, sort = window.key(Resolution.HOUR, cell, at)
            cells[partition].append((sort, shapes[(number + place) % len(shapes)]))
    return _Cells({name: sorted(items) for name, items in cells.items()})


def _rollup(chance: random.Random, views: int) -> Rollup:
    codes: Counter[int] = Counter()
    for index, each in enumerate(VITALS):
        for _ in range(views):
            value = chance.lognormvariate(math.log(each.good * 0.7), 0.6)
            codes[vital.code_of(index, min(value, each.most))] += 1
    made = Rollup(codes=codes)
    made.fields[Field.VIEWS] = views
    return made


def _timed(asked: Callable[[], Reply], times: int) -> tuple[Reply, float]:
    """Milliseconds of processor time, the JSON included."""
    took = []
    for _ in range(times):
        began = time.process_time()
        reply = asked()
        reply.answer.model_dump_json()
        took.append((time.process_time() - began) * 1_000)
    return reply, sorted(took)[math.ceil(0.95 * times) - 1]


def _peer_ms(desk: Desk) -> float:
    span = Period("13mo", step="1h").span(_NOW)
    found = desk.reading.read(scope_of(), span, now=_NOW)
    bodies = [body for steps in found.groups.values() for each in steps.values() for body in each]
    began = time.process_time()
    for body in bodies:
        Rollup.decode(body).quantile("lcp_ms", 0.75)
    return (time.process_time() - began) * 1_000


def _client_ms(shapes: list[bytes]) -> float:
    """What botocore takes to parse thirteen months of hours, a month at a time."""
    model = botocore.session.get_session().get_service_model("dynamodb")
    parser = botocore.parsers.create_parser("json")
    items = [
        {
            "sk": {"S": f"#2026-11-01T10:{number:04}"},
            "body": {"B": base64.b64encode(shapes[number % len(shapes)]).decode()},
        }
        for number in range(30 * 24)
    ]
    body = json.dumps({"Items": items, "Count": len(items)}).encode()
    shape = model.operation_model("Query").output_shape
    if shape is None:
        raise AssertionError("Query answers nothing")
    began = time.process_time()
    for _ in range(13):
        parser.parse({"status_code": 200, "headers": {}, "body": body}, shape)
    return (time.process_time() - began) * 1_000


if __name__ == "__main__":
    main()
