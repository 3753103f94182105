"""The CloudSeries port on CloudWatch, by GetMetricData."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from adaptive.aws.clients import answering

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_cloudwatch import CloudWatchClient

    from adaptive.ports import Metric

_MOST_METRICS = 500  # of one call
_MOST_POINTS = 100_800


class CloudWatchSeries:
    """Each metric that is asked for costs $0.00001."""

    def __init__(self, client: CloudWatchClient) -> None:
        self._client = client

    def read(
        self, metrics: Sequence[Metric], *, first_s: int, end_s: int, step_s: int
    ) -> list[dict[int, float]]:
        """See the port; as many at once as a call may answer, page by page."""
        points = max(1, (end_s - first_s) // step_s)
        at_once = max(1, min(_MOST_METRICS, _MOST_POINTS // points))
        found: list[dict[int, float]] = [{} for _ in metrics]
        pages = self._client.get_paginator("get_metric_data")
        for first in range(0, len(metrics), at_once):
            batch = metrics[first : first + at_once]
            with answering("CloudWatch"):
                for page in pages.paginate(
                    MetricDataQueries=[
                        _query(place, metric, step_s) for place, metric in enumerate(batch, first)
                    ],
                    StartTime=datetime.fromtimestamp(first_s, UTC),
                    EndTime=datetime.fromtimestamp(end_s, UTC),
                ):
                    for result in page["MetricDataResults"]:
                        values = found[int(result["Id"][1:])]
                        for at, value in zip(result["Timestamps"], result["Values"], strict=True):
                            values[int(at.timestamp())] = value
        return found


def _query(place: int, metric: Metric, step_s: int) -> Any:  # noqa: ANN401 - boto3's typed dict
    return {
        "Id": f"m{place}",
        "MetricStat": {
            "Metric": {
                "Namespace": metric.namespace,
                "MetricName": metric.name,
                "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions],
            },
            "Period": step_s,
            "Stat": metric.statistic,
        },
    }
