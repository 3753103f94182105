"""How much of each thing a load needs, and which way of paying for it is cheaper.

Loads are peaks: the upper bound of a forecast's interval, not its middle.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adaptive.prediction.prices import Prices

_SHARD_MB_S, _SHARD_RECORDS_S, _SHARD_READ_MB_S = 1.0, 1_000.0, 2.0
_SHARD_FULL = 0.7
CONSUMERS = 2
"""Of the stream of beacons: score and roll_up."""
_HOUR_S = 3_600
_FULL_PROCESSOR_MIB = 1_769
"""https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html"""


def concurrency(requests_per_s: float, duration_s: float, *, headroom: float = 0.3) -> int:
    """How many run at once by Little's law, and some more."""
    return math.ceil(requests_per_s * duration_s * (1 + headroom))


def shards(mb_per_s: float, records_per_s: float, *, consumers: int) -> int:
    """Of a Kinesis stream, each at most 70 % full; every consumer reads everything once."""
    fullest = max(
        mb_per_s / _SHARD_MB_S,
        records_per_s / _SHARD_RECORDS_S,
        mb_per_s * consumers / _SHARD_READ_MB_S,
    )
    return max(1, math.ceil(fullest / _SHARD_FULL))


def shard_records(bytes_each: float) -> float:
    """Records a second that a full shard takes and hands to `CONSUMERS`."""
    megabytes = bytes_each / 1e6
    return min(
        _SHARD_RECORDS_S,
        _SHARD_MB_S / megabytes,
        _SHARD_READ_MB_S / (megabytes * CONSUMERS),
    )


def table_breaks_even(prices: Prices) -> float:
    """Utilisation of a DynamoDB table's provisioned writes, above which they are cheaper than on
    demand: 29 % at list prices.
    """
    return prices["dynamodb_write_unit_hour"] / (_HOUR_S * prices["dynamodb_write_unit"])


def concurrency_breaks_even(prices: Prices) -> float:
    """Utilisation of a function's provisioned concurrency, above which it is cheaper than running
    on demand: 60 % at list prices.
    """
    saved = prices["lambda_arm_gb_s"] - prices["lambda_arm_provisioned_run_gb_s"]
    return prices["lambda_arm_provisioned_gb_s"] / saved


def provisioned_table_pays(
    mean_units_per_s: float, peak_units_per_s: float, prices: Prices
) -> bool:
    """Whether a DynamoDB table that is provisioned for its peak is cheaper than on demand."""
    return mean_units_per_s > peak_units_per_s * table_breaks_even(prices)


def provisioned_concurrency_pays(mean_running: float, peak_running: float, prices: Prices) -> bool:
    """Whether a function's provisioned concurrency is cheaper than running on demand."""
    return mean_running > peak_running * concurrency_breaks_even(prices)


@dataclass(frozen=True, slots=True)
class Size:
    """A function's memory, how long a call then takes and what a million calls cost."""

    memory_mib: int
    duration_ms: float
    usd_per_million: float


def memory(
    durations_ms: Mapping[int, float], prices: Prices, *, at_most_ms: float = math.inf
) -> Size | None:
    """The cheapest of the sizes whose durations were logged, if it is fast enough; None if none is.

    Power Tuning's method (https://github.com/alexcasalboni/aws-lambda-power-tuning) without its
    load: a size nobody ran is not guessed.
    """
    sizes = [
        Size(mib, ms, 1e6 * compute_usd(ms / 1e3, mib, prices) + 1e6 * prices["lambda_request"])
        for mib, ms in durations_ms.items()
        if ms <= at_most_ms
    ]
    return min(sizes, key=lambda size: (size.usd_per_million, size.duration_ms), default=None)


def compute_usd(duration_s: float, memory_mib: int, prices: Prices) -> float:
    """Of a call of a function on arm64, less its request."""
    return duration_s * memory_mib / 1_024 * prices["lambda_arm_gb_s"]


def processor_s(duration_s: float, memory_mib: int) -> float:
    """How much of whole processors a call had, waiting included: below 1,769 MiB a part of one."""
    return duration_s * memory_mib / _FULL_PROCESSOR_MIB


def duration_s(cpu_s: float, memory_mib: int, *, waits_s: float) -> float:
    """How long a call takes that needs so much of a whole processor and waits for others so long:
    below 1,769 MiB a function gets a part of one.
    """
    return cpu_s * max(1.0, _FULL_PROCESSOR_MIB / memory_mib) + waits_s
