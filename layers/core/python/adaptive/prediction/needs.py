"""How much of each capacity the forecast's upper end will need, beside what there is; and how well
what is paid by the hour would be used.
"""

from __future__ import annotations

import re
from collections import defaultdict
from statistics import mean
from typing import TYPE_CHECKING, NamedTuple

from adaptive.prediction import capacity
from adaptive.prediction.cloud import BEACONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from adaptive.prediction.advice.situation import Situation
    from adaptive.prediction.published import Published

_MEGABYTE = 1e6
_REPORT = re.compile(
    r"^REPORT RequestId: .*?\tDuration: (?P<ms>[0-9.]+) ms\t.*?Memory Size: (?P<mib>[0-9]+) MB"
)


class Need(NamedTuple):
    """`utilisation` is the mean over the upper end (0-1); `pays_by_the_hour` above its
    break-even.
    """

    what: str
    needed: float
    there: float | None
    utilisation: float
    pays_by_the_hour: bool | None = None


def of(situation: Situation) -> Iterator[Need]:
    """What is forecast, part by part."""
    burst = situation.burst
    for name in situation.deployed.functions:
        running = situation.cloud(name, "running")
        if running is not None:
            peak = max(running.high_95) * burst
            yield Need(
                f"{name}: calls at once",
                # Little's law is in `running`: calls a second by seconds each.
                capacity.concurrency(peak, 1.0),
                situation.deployed.functions[name].reserved
                or situation.deployed.account_concurrency,
                _used(running),
                capacity.provisioned_concurrency_pays(
                    mean(running.expected), max(running.high_95), situation.prices
                ),
            )
    records = situation.cloud(BEACONS, "records_per_s")
    sent = situation.cloud(BEACONS, "bytes_per_s")
    if records and sent:
        yield Need(
            "stream: shards",
            capacity.shards(
                max(sent.high_95) * burst / _MEGABYTE,
                max(records.high_95) * burst,
                consumers=capacity.CONSUMERS,
            ),
            situation.deployed.shards if situation.deployed.stream == "provisioned" else None,
            _used(records),
        )
    for name in situation.deployed.tables:
        for kind in ("write", "read"):
            units = situation.cloud(name, f"{kind}_units_per_s")
            if units is not None:
                peak = max(units.high_95) * burst
                yield Need(
                    f"{name}: {kind} units a second",
                    peak,
                    None,
                    _used(units) / burst,
                    capacity.provisioned_table_pays(mean(units.expected), peak, situation.prices),
                )


def durations_ms(lines: Iterable[str]) -> dict[int, float]:
    """Mean duration by memory size, from the lines that Lambda logs after each call; what is no
    such line is passed over.
    """
    found: dict[int, list[float]] = defaultdict(list)
    for line in lines:
        if match := _REPORT.match(line):
            found[int(match["mib"])].append(float(match["ms"]))
    return {mib: mean(each) for mib, each in found.items()}


def _used(found: Published) -> float:
    top = max(found.high_95)
    return mean(found.expected) / top if top else 0.0
