"""What the deployment costs a month, by what CloudWatch measured of it: now, as forecast, and after
each measure; and what each tier saves.

Only what is measured: logs, alarms and storage are not in it (bench/cost.py has all of it).
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import mean
from typing import TYPE_CHECKING, NamedTuple

from adaptive.edge.policy import CONTROL, Tier
from adaptive.monitoring.dimension import Cell
from adaptive.monitoring.rollup import Field
from adaptive.prediction import capacity
from adaptive.prediction.cloud import BEACONS, IMAGES
from adaptive.prediction.cloud import FAMILY as CLOUD
from adaptive.prediction.cost import MONTH_S, grams_co2e

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from adaptive.prediction.advice.recommendation import Recommendation
    from adaptive.prediction.advice.situation import Situation

_HOURS_A_MONTH = MONTH_S / 3_600
_DAYS_A_MONTH = _HOURS_A_MONTH / 24
_LOOKED_BACK_H = 28 * 24
_PUT_UNIT_BYTES = 25 * 1_024
_ALL = Cell("all", "")


@dataclass(frozen=True, slots=True)
class Bill:
    """Dollars a month by item, for so many page views a month."""

    views: float
    items: dict[str, float]

    @property
    def usd(self) -> float:
        """All together."""
        return sum(self.items.values())

    @property
    def usd_per_million(self) -> float | None:
        """Of page views, None without any."""
        return self.usd / self.views * 1e6 if self.views else None

    def scaled(self, factor: float) -> Bill:
        """For so many times the views: all items but shards go with them."""
        items = {name: usd if name in _FIXED else usd * factor for name, usd in self.items.items()}
        return Bill(self.views * factor, items)


_FIXED = {"kinesis_shards"}


class TierWorth(NamedTuple):
    """Dollars a month: egress saved against the holdout's bytes, and what deciding and rendering
    for it cost.
    """

    views: float
    egress_saved: float
    edge: float
    rendering: float


def now(situation: Situation) -> Bill:
    """By the last 28 days, or as much of them as there is."""
    prices, deployed = situation.prices, situation.deployed
    items: dict[str, float] = {}
    for name, size in deployed.functions.items():
        calls, took_ms = (_mean(situation, name, each) for each in ("calls", "duration_ms"))
        each = prices["lambda_request"] + capacity.compute_usd(
            took_ms / 1_000, size.memory_mib, prices
        )
        items[f"lambda_{name}"] = calls * _HOURS_A_MONTH * each
    requests = _mean(situation, "ingest", "calls") * _HOURS_A_MONTH
    items["http_api"] = requests * prices["http_api_request"]
    items["cloudfront"] = requests * prices["cloudfront_https_request"]
    for name in deployed.tables:
        for kind in ("write", "read"):
            units = _mean(situation, name, f"{kind}_units_per_s") * MONTH_S
            items[f"{kind}s_{name}"] = units * prices[f"dynamodb_{kind}_unit"]
    records = _mean(situation, BEACONS, "records_per_s") * MONTH_S
    sent = _mean(situation, BEACONS, "bytes_per_s") * MONTH_S
    if deployed.stream == "provisioned":
        units = max(records, sent / _PUT_UNIT_BYTES)
        shards = deployed.shards * _HOURS_A_MONTH
        items["kinesis_shards"] = shards * prices["kinesis_shard_hour"]
        items["kinesis_records"] = units * prices["kinesis_put_unit"]
    else:
        items["kinesis_on_demand"] = (
            _HOURS_A_MONTH * prices["kinesis_on_demand_hour"]
            + sent / 1e9 * prices["kinesis_on_demand_gb"]
        )
    views = situation.hours(_ALL, "views", last=_LOOKED_BACK_H)
    return Bill(mean(views) * _HOURS_A_MONTH if views else 0.0, items)


def forecast(situation: Situation, bill: Bill) -> tuple[Bill, Bill, Bill] | None:
    """As it would be if every day were like those that are forecast: as expected, and at the ends
    of the 80 % interval of each hour; None without a forecast.
    """
    views = situation.views
    if views is None or not bill.views:
        return None
    expected, low, high = (
        bill.scaled(mean(ends) * _HOURS_A_MONTH / bill.views)
        for ends in (views.expected, views.low_80, views.high_80)
    )
    return expected, low, high


def after(bill: Bill, found: Iterable[Recommendation]) -> dict[str, float]:
    """Dollars a month after each measure by itself; what is paid but once is no monthly cost."""
    return {each.id: bill.usd + (0.0 if each.once else each.usd_a_month) for each in found}


def tiers(situation: Situation) -> Mapping[str, TierWorth]:
    """By the last day's views, against those of the holdout; nothing without a holdout."""
    prices = situation.prices
    control = situation.views_of(Cell("tier", CONTROL)).fields
    if not control[Field.MEASURED]:
        return {}
    untouched = control[Field.BYTES] / control[Field.MEASURED]
    per_view = _mean(situation, IMAGES, "requests") / max(_mean_of_views(situation), 1.0)
    calls = _mean(situation, "render", "calls") * _HOURS_A_MONTH
    rendering = calls * capacity.compute_usd(
        _mean(situation, "render", "duration_ms") / 1_000,
        situation.deployed.functions["render"].memory_mib,
        prices,
    )
    seen = {str(tier): situation.views_of(Cell("tier", str(tier))).fields for tier in Tier}
    whole = sum(fields[Field.VIEWS] for fields in seen.values())
    found = {}
    for name, fields in seen.items():
        if not fields[Field.MEASURED]:
            continue
        views = fields[Field.VIEWS] * _DAYS_A_MONTH
        saved = untouched - fields[Field.BYTES] / fields[Field.MEASURED]
        found[name] = TierWorth(
            views=views,
            egress_saved=views * saved / 1e9 * prices["cloudfront_gb"],
            edge=views * per_view * prices["edge_lambda_request"],
            rendering=rendering * fields[Field.VIEWS] / whole,
        )
    return found


class Footprint(NamedTuple):
    """Grams of CO2e per million page views, as served and as the holdout's bytes would make it
    (None without a holdout); both with what the functions compute.
    """

    served: float
    untouched: float | None


def footprint(situation: Situation) -> Footprint | None:
    """By the last day's bytes and what CloudWatch measured of functions; None without views."""
    views = _mean_of_views(situation)
    served = _bytes_per_view(situation, [Cell("tier", str(tier)) for tier in Tier])
    if served is None or not views:
        return None
    processor_s = sum(
        _mean(situation, name, "calls")
        * capacity.processor_s(_mean(situation, name, "duration_ms") / 1_000, size.memory_mib)
        for name, size in situation.deployed.functions.items()
    )

    def grams(bytes_per_view: float) -> float:
        return grams_co2e(moved_bytes=bytes_per_view * 1e6, processor_s=processor_s / views * 1e6)

    untouched = _bytes_per_view(situation, [Cell("tier", CONTROL)])
    return Footprint(grams(served), None if untouched is None else grams(untouched))


def _bytes_per_view(situation: Situation, cells: Iterable[Cell]) -> float | None:
    seen = [situation.views_of(cell).fields for cell in cells]
    measured = sum(fields[Field.MEASURED] for fields in seen)
    return sum(fields[Field.BYTES] for fields in seen) / measured if measured else None


def _mean(situation: Situation, part: str, measure: str) -> float:
    """Of the hours that were measured."""
    values = situation.hours(Cell(CLOUD, part), measure, last=_LOOKED_BACK_H)
    return mean(values) if values else 0.0


def _mean_of_views(situation: Situation) -> float:
    views = situation.hours(_ALL, "views", last=_LOOKED_BACK_H)
    return mean(views) if views else 0.0
