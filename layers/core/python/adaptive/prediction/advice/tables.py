"""DynamoDB's tables: warm before a peak that would outrun them, and paid for by the hour where the
load is even.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from adaptive.monitoring.dimension import Cell
from adaptive.prediction import capacity
from adaptive.prediction.advice.recommendation import (
    Change,
    Effect,
    Interval,
    Kind,
    Recommendation,
)
from adaptive.prediction.advice.situation import likely, worst
from adaptive.prediction.advice.wording import SHARED, WORTH_USD, at_worst
from adaptive.prediction.cloud import FAMILY as CLOUD
from adaptive.prediction.cost import MONTH_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adaptive.prediction.advice.situation import Situation
    from adaptive.prediction.published import Published

_FULL = 0.7
_WARM_WRITES, _WARM_READS = 4_000, 12_000
"""Of a new table on demand; later it is what the busiest time was, and doubles within minutes
(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput.html)."""
_GROWS = 2
_STEP = 500
_MONTH_H = 28 * 24


def of(situation: Situation) -> Iterator[Recommendation]:
    """For each table by itself, by its writes."""
    for name, table in situation.deployed.tables.items():
        writes = situation.cloud(name, "write_units_per_s")
        if writes is not None:
            yield from _warm(situation, name, table, writes)
            yield from _provision(situation, name, table, writes)


def _warm(
    situation: Situation, name: str, table: str, writes: Published
) -> Iterator[Recommendation]:
    seen = situation.hours(Cell(CLOUD, name), "write_units_per_s", last=_MONTH_H)
    busiest = max(seen, default=0.0) * situation.burst
    warm = max(_WARM_WRITES, _GROWS * busiest)
    place, peak = worst(writes)
    high = writes.high_95[place] * situation.burst
    if high <= _FULL * warm:
        return
    needed = math.ceil(high / _FULL / _STEP) * _STEP
    yield Recommendation(
        kind=Kind.WARM_TABLE,
        subject=name,
        title=f"Warm the table of {name} for {needed:,} writes a second",
        evidence=(
            at_worst(writes, f"write units a second to {name}"),
            (
                f"in its busiest minutes {situation.burst:.1f} times that; the table takes "
                f"{warm:,.0f} at once, by what it has seen"
            ),
        ),
        probability=likely(writes, _FULL * warm / situation.burst),
        due_at=writes.begins_at + place * SHARED.hour,
        effect=Effect(
            family=CLOUD,
            value=name,
            measure="write_units_per_s",
            unit="of what the table takes at once",
            before=_over(peak, warm / situation.burst),
            after=_over(peak, needed / situation.burst),
            limit=_FULL,
        ),
        usd_a_month=(needed - warm) * situation.prices["dynamodb_warm_write_unit"],
        once=True,
        change=Change(
            how="command",
            do=f"aws dynamodb update-table --table-name {table} --warm-throughput "
            f"ReadUnitsPerSecond={_WARM_READS},WriteUnitsPerSecond={needed}",
            undo="# nothing to take back: it is paid once, and binds to nothing",
        ),
        unsplit_because=SHARED.reason,
    )


def _provision(
    situation: Situation, name: str, table: str, writes: Published
) -> Iterator[Recommendation]:
    """Where the mean is above 29 % of the peak, an hour's price is less than its requests'."""
    reads = situation.cloud(name, "read_units_per_s")
    if reads is None:
        return
    prices = situation.prices
    now = then = 0.0
    units = []
    for found, kind in ((writes, "write"), (reads, "read")):
        mean = sum(found.expected) / len(found.expected)
        peak = max(found.high_95) * situation.burst
        if kind == "write" and not capacity.provisioned_table_pays(mean, peak, prices):
            return
        units.append(max(1, math.ceil(peak / _FULL)))
        now += mean * MONTH_S * prices[f"dynamodb_{kind}_unit"]
        then += units[-1] * MONTH_S / 3_600 * prices[f"dynamodb_{kind}_unit_hour"]
    if now - then < WORTH_USD:
        return
    _, peak_writes = worst(writes)
    taken = _over(peak_writes, units[0])
    change = f"aws dynamodb update-table --table-name {table} --billing-mode"
    yield Recommendation(
        kind=Kind.PROVISION_TABLE,
        subject=name,
        title=f"Pay the table of {name} by the hour: its load is even",
        evidence=(at_worst(writes, f"write units a second to {name}"),),
        probability=0.0,
        due_at=None,
        effect=Effect(
            family=CLOUD,
            value=name,
            measure="write_units_per_s",
            unit="of the capacity",
            before=taken,
            after=taken,
            limit=_FULL,
        ),
        usd_a_month=then - now,
        change=Change(
            how="command",
            do=f"{change} PROVISIONED --provisioned-throughput "
            f"ReadCapacityUnits={units[1]},WriteCapacityUnits={units[0]}",
            undo=f"{change} PAY_PER_REQUEST",
        ),
        unsplit_because=SHARED.reason,
    )


def _over(peak: Interval, whole: float) -> Interval:
    return Interval(expected=peak.expected / whole, low=peak.low / whole, high=peak.high / whole)
