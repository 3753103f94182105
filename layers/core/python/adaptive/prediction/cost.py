"""What measuring page views costs a month, item by item, from what a beacon was measured to need.

And what adapting them saves: egress against what the edge charges for deciding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adaptive.prediction import capacity

if TYPE_CHECKING:
    from adaptive.prediction.prices import Prices

MONTH_S = 730 * 3_600
_PUT_UNIT_BYTES = 25 * 1_024
_GB = 1e9
_TRACED_PER_S, _TRACED_SHARE = 1.0, 0.05  # X-Ray's default rule

_KWH_PER_GB = 0.194
_GRAMS_PER_KWH = 494
"""Of moving bytes, data centre to device: Sustainable Web Design Model 4, operational, with the
world's average grid (https://sustainablewebdesign.org/estimating-digital-emissions/)."""

_WATTS_PER_PROCESSOR = (0.74 + 3.5) / 2
_POWER_USAGE = 1.135
_REGION_GRAMS_PER_KWH = 379
"""Of computing in us-east-1: Cloud Carbon Footprint's coefficients, half idle, not checked anew
(https://www.cloudcarbonfootprint.org/docs/methodology/)."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function as deployed: seconds of a whole processor and of waiting, per call; `traced` if
    X-Ray samples its calls.
    """

    calls: float
    cpu_s: float
    waits_s: float
    memory_mib: int
    log_bytes: float
    traced: bool = True

    def usd(self, prices: Prices) -> float:
        """A month's calls, computing and logs."""
        took_s = capacity.duration_s(self.cpu_s, self.memory_mib, waits_s=self.waits_s)
        each = (
            prices["lambda_request"]
            + capacity.compute_usd(took_s, self.memory_mib, prices)
            + self.log_bytes / _GB * prices["logs_gb"]
        )
        return self.calls * each


@dataclass(frozen=True, slots=True)
class Month:
    """What a month of measuring needs; units are DynamoDB's, `peak` is over the mean."""

    beacons: float
    beacon_bytes: float
    record_bytes: float
    peak: float
    functions: dict[str, Function]
    write_units: dict[str, float]
    read_units: dict[str, float]
    stored_gb: float


def measuring(month: Month, prices: Prices) -> dict[str, float]:
    """Dollars by item."""
    a_second = month.beacons / MONTH_S
    peak_s = a_second * month.peak
    shards = capacity.shards(
        peak_s * month.record_bytes / 1e6, peak_s, consumers=capacity.CONSUMERS
    )
    units_a_record = -(-month.record_bytes // _PUT_UNIT_BYTES)
    found = {
        "cloudfront": month.beacons * prices["cloudfront_https_request"],
        "http_api": month.beacons * prices["http_api_request"],
        "kinesis": shards * MONTH_S / 3_600 * prices["kinesis_shard_hour"]
        + month.beacons * units_a_record * prices["kinesis_put_unit"],
        "traces": traced(month.functions) * prices["xray_trace"],
        "storage": month.stored_gb * prices["dynamodb_gb_month"],
    }
    found |= {f"lambda_{name}": each.usd(prices) for name, each in month.functions.items()}
    for name, units in month.write_units.items():
        found[f"writes_{name}"] = units * prices["dynamodb_write_unit"]
    for name, units in month.read_units.items():
        found[f"reads_{name}"] = units * prices["dynamodb_read_unit"]
    return found


def traced(functions: dict[str, Function]) -> float:
    """Calls a month that X-Ray keeps: the first of each second, and 5 % of the rest."""
    found = 0.0
    for each in functions.values():
        if not each.traced:
            continue
        first = min(each.calls, _TRACED_PER_S * MONTH_S)
        found += first + (each.calls - first) * _TRACED_SHARE
    return found


def adapting(
    *, views: float, requests_per_view: float, saved_bytes_per_view: float, prices: Prices
) -> dict[str, float]:
    """Dollars by item, what is saved being negative; deciding by a CloudFront Function.

    Rendering is not in it: a rendition is made once, and served for a year.
    """
    return {
        "edge": views * requests_per_view * prices["cloudfront_function_request"],
        "egress": -views * saved_bytes_per_view / _GB * prices["cloudfront_gb"],
    }


def grams_co2e(*, moved_bytes: float, processor_s: float) -> float:
    """Of moving bytes to visitors and of computing; estimates, for comparing."""
    moving = moved_bytes / _GB * _KWH_PER_GB * _GRAMS_PER_KWH
    kwh = processor_s / 3_600 * _WATTS_PER_PROCESSOR / 1_000 * _POWER_USAGE
    return moving + kwh * _REGION_GRAMS_PER_KWH
