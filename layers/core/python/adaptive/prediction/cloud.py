"""Series of the deployment itself, by the hour: what CloudWatch measured of functions, tables, the
stream and the CDN.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adaptive.delivery.tally import ORIGINAL
from adaptive.edge.policy import Tier
from adaptive.monitoring.dimension import Cell
from adaptive.ports import Metric

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adaptive.ports import CloudSeries
    from adaptive.settings.prediction import Watched

FAMILY = "cloud"
"""Its values are parts of the deployment."""

BEACONS, IMAGES = "beacons", "images"
HIT_RATE = "hit_rate"
_HOUR_S = 3_600
_CONSUMERS = ("score", "roll_up")
_FUNCTION = {
    "concurrency": ("ConcurrentExecutions", "Maximum"),
    "duration_ms": ("Duration", "Average"),
    "throttles": ("Throttles", "Sum"),
    "calls": ("Invocations", "Sum"),
}
_TABLE = {
    "write_units_per_s": ("ConsumedWriteCapacityUnits", "Sum"),
    "read_units_per_s": ("ConsumedReadCapacityUnits", "Sum"),
    "throttles": ("WriteThrottleEvents", "Sum"),
}
_STREAM = {
    "records_per_s": ("IncomingRecords", "Sum"),
    "bytes_per_s": ("IncomingBytes", "Sum"),
    "throttles": ("WriteProvisionedThroughputExceeded", "Sum"),
    "iterator_age_ms": ("GetRecords.IteratorAgeMilliseconds", "Maximum"),
}
_PER_S = "_per_s"
_TALLIED = {"requests": "ImageRequests", "hits": "CacheHits"}

Hours = dict[Cell, dict[int, dict[str, float]]]
"""By part and hour, the values of its measures."""


@dataclass(frozen=True, slots=True)
class CloudHours:
    """What is `watched`, read by the hour."""

    series: CloudSeries
    watched: Watched

    @property
    def cells(self) -> list[Cell]:
        """The parts that there are."""
        parts = dict.fromkeys(part for part, _, _ in _metrics(self.watched))
        return [Cell(FAMILY, part) for part in parts]

    def read(self, hours: range) -> Hours:
        """Of hours since the epoch; raises UnavailableError."""
        asked = [*_metrics(self.watched)]
        answers = self.series.read(
            [metric for _, _, metric in asked],
            first_s=hours.start * _HOUR_S,
            end_s=hours.stop * _HOUR_S,
            step_s=_HOUR_S,
        )
        found: Hours = {}
        for (part, measure, _), values in zip(asked, answers, strict=True):
            by_hour = found.setdefault(Cell(FAMILY, part), {})
            for at_s, value in values.items():
                of_hour = by_hour.setdefault(at_s // _HOUR_S, {})
                each = value / _HOUR_S if measure.endswith(_PER_S) else value
                of_hour[measure] = of_hour.get(measure, 0.0) + each
        for by_hour in found.values():
            for values_of_hour in by_hour.values():
                _derive(values_of_hour)
        return found


def _metrics(watched: Watched) -> Iterator[tuple[str, str, Metric]]:
    """Part, measure and metric; what several tell of one measure adds up."""
    for part, name in watched.functions.items():
        dimensions = (("FunctionName", name),)
        ages = {"iterator_age_ms": ("IteratorAge", "Maximum")} if part in _CONSUMERS else {}
        for measure, (metric, statistic) in {**_FUNCTION, **ages}.items():
            yield part, measure, Metric("AWS/Lambda", metric, dimensions, statistic)
    for part, name in watched.tables.items():
        for measure, (metric, statistic) in _TABLE.items():
            dimensions = (("TableName", name),)
            yield part, measure, Metric("AWS/DynamoDB", metric, dimensions, statistic)
    for measure, (metric, statistic) in _STREAM.items():
        dimensions = (("StreamName", watched.stream),)
        yield BEACONS, measure, Metric("AWS/Kinesis", metric, dimensions, statistic)
    for measure, metric in _TALLIED.items():
        for tier in (*map(str, Tier), ORIGINAL):
            tallied = (("service", "tally"), ("tier", tier))
            yield IMAGES, measure, Metric("AdaptiveEdge", metric, tallied, "Sum")


def _derive(values: dict[str, float]) -> None:
    """How many ran at once in the mean, by Little's law; and what share of images was cached."""
    if "calls" in values and "duration_ms" in values:
        values["running"] = values["calls"] * values["duration_ms"] / 1_000 / _HOUR_S
    hits = values.pop("hits", 0.0)
    if values.get("requests"):
        values[HIT_RATE] = min(1.0, hits / values["requests"])
