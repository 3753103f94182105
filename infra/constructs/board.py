"""A CloudWatch dashboard: the alarms, how the site feels, and whether all of it keeps up."""

from collections.abc import Iterable

from aws_cdk import ArnFormat, Duration, Stack, aws_cloudwatch
from constructs import Construct

from infra.constructs.alarm import MetricAlarm

_NAMESPACE = "AdaptiveEdge"
_TIERS = ("full", "standard", "lite", "minimal")
_WIDTH = 24
_SUM, _MEAN, _MOST = (
    aws_cloudwatch.Stats.SUM,
    aws_cloudwatch.Stats.AVERAGE,
    aws_cloudwatch.Stats.MAXIMUM,
)


class Board(Construct):
    """Of metrics by the names that functions write and by queries over all of the account's
    functions: a reference to another stack's would forbid that stack to replace it.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, name: str, alarms: Iterable[MetricAlarm]
    ) -> None:
        super().__init__(scope, construct_id)
        aws_cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name=name,
            default_interval=Duration.hours(3),
            widgets=[self._alarms(alarms), _site(), _delivery(), _pipeline(), _functions()],
        )

    def _alarms(self, alarms: Iterable[MetricAlarm]) -> list[aws_cloudwatch.IWidget]:
        shown = []
        for each in sorted(alarms, key=lambda alarm: alarm.alarm_name):
            arn = Stack.of(self).format_arn(
                service="cloudwatch",
                resource="alarm",
                resource_name=each.alarm_name,
                arn_format=ArnFormat.COLON_RESOURCE_NAME,
            )
            shown.append(aws_cloudwatch.Alarm.from_alarm_arn(self, each.alarm_name, arn))
        return [aws_cloudwatch.AlarmStatusWidget(alarms=shown, width=_WIDTH, title="Alarms")]


def _site() -> list[aws_cloudwatch.IWidget]:
    of = "merge_rollups"
    return [
        _graph("Page views in five minutes", _metric(of, "PageViews", _SUM)),
        _graph("p75, ms", *(_metric(of, name, _MEAN) for name in ("LcpP75", "InpP75", "TtfbP75"))),
        _graph("CLS, p75", _metric(of, "ClsP75", _MEAN)),
        _graph("Views with an error, %", _metric(of, "FailingShare", _MEAN)),
    ]


def _delivery() -> list[aws_cloudwatch.IWidget]:
    hits = aws_cloudwatch.MathExpression(
        expression="100 * (hits0 + hits1 + hits2 + hits3) / (all0 + all1 + all2 + all3)",
        label="renditions from the cache, %",
        using_metrics={
            f"{word}{at}": _metric("tally", name, _SUM, tier=tier)
            for at, tier in enumerate(_TIERS)
            for word, name in (("hits", "CacheHits"), ("all", "ImageRequests"))
        },
        period=Duration.minutes(5),
    )
    return [
        _graph("Cache", hits),
        _graph(
            "Image requests by tier",
            *(_metric("tally", "ImageRequests", _SUM, tier=tier) for tier in _TIERS),
        ),
        _graph(
            "Originals in place of renditions (0-1)", _metric("render", "RenderFallback", _MEAN)
        ),
        _graph(
            "Bytes saved by tier",
            *(_metric("tally", "BytesSaved", _SUM, tier=tier) for tier in _TIERS),
        ),
    ]


def _pipeline() -> list[aws_cloudwatch.IWidget]:
    return [
        _graph(
            "Beacons",
            _metric("ingest", "BeaconsAccepted", _SUM),
            _metric("ingest", "BeaconsRejected", _SUM),
        ),
        _graph(
            "Minutes behind",
            _metric("evaluate", "MinutesBehind", _MOST),
            _metric("judge", "MinutesUnjudged", _MOST),
        ),
        _graph("Alerts that fire", _metric("evaluate", "AlertsFiring", _MOST)),
        _graph(
            "Cells, and what cannot be read",
            _metric("merge_rollups", "CellsMerged", _MOST),
            _metric("evaluate", "CellsUnreadable", _SUM),
            _metric("roll_up", "RecordsBuried", _SUM),
        ),
    ]


def _functions() -> list[aws_cloudwatch.IWidget]:
    return [
        _graph("Functions that fail", _query("SUM", "Errors")),
        _graph("Functions that are throttled", _query("SUM", "Throttles")),
        _graph("Duration, ms", _query("AVG", "Duration")),
        _graph("Behind the stream, ms", _query("MAX", "IteratorAge")),
    ]


def _graph(title: str, *metrics: aws_cloudwatch.IMetric) -> aws_cloudwatch.GraphWidget:
    return aws_cloudwatch.GraphWidget(title=title, left=[*metrics], width=6, height=6)


def _metric(service: str, name: str, statistic: str, **dimensions: str) -> aws_cloudwatch.Metric:
    label = next(iter(dimensions.values()), name)
    return aws_cloudwatch.Metric(
        namespace=_NAMESPACE,
        metric_name=name,
        dimensions_map={"service": service, **dimensions},
        statistic=statistic,
        period=Duration.minutes(5),
        label=label,
    )


def _query(statistic: str, name: str) -> aws_cloudwatch.MathExpression:
    """Metrics Insights: the ten functions that have most of it."""
    return aws_cloudwatch.MathExpression(
        expression=f'SELECT {statistic}({name}) FROM SCHEMA("AWS/Lambda", FunctionName)'  # noqa: S608 - CloudWatch's
        f" GROUP BY FunctionName ORDER BY {statistic}() DESC LIMIT 10",
        label="",
        period=Duration.minutes(5),
    )
