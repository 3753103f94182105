"""An alarm, named as its page in docs/runbooks/: what to do when it goes off."""

from typing import ClassVar

from aws_cdk import Duration, Stack, aws_cloudwatch, aws_cloudwatch_actions, aws_sns
from constructs import Construct

_NAMESPACE = "AdaptiveEdge"
_MISSING = {
    False: aws_cloudwatch.TreatMissingData.NOT_BREACHING,
    True: aws_cloudwatch.TreatMissingData.BREACHING,
}


class MetricAlarm(Construct):
    """Goes off when a metric reaches `at_least` in so many `periods` of it running, or is missing
    in them if that is bad.

    `notify` hears its state changes on EventBridge's default bus and tells people, as a page if
    `meaning` begins with "[page]". What notify itself may be the cause of goes to `topic`, too.
    """

    def __init__(  # noqa: PLR0913 - every one of them differs between alarms
        self,
        scope: Construct,
        symptom: str,
        *,
        meaning: str,
        metric: aws_cloudwatch.IMetric,
        at_least: float,
        periods: int = 3,
        topic: aws_sns.ITopic | None = None,
        missing_is_bad: bool = False,
    ) -> None:
        super().__init__(scope, symptom)
        self.alarm_name = name = f"{Stack.of(self).stack_name}{symptom}"
        alarm = aws_cloudwatch.Alarm(
            self,
            "Alarm",
            alarm_name=name,
            alarm_description=f"{meaning} See docs/runbooks/{name}.md.",
            metric=metric,
            threshold=at_least,
            comparison_operator=aws_cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            evaluation_periods=periods,
            treat_missing_data=_MISSING[missing_is_bad],
        )
        if topic:
            alarm.add_alarm_action(aws_cloudwatch_actions.SnsAction(topic))


class _FunctionAlarm(MetricAlarm):
    _statistic: ClassVar[str]
    _periods: ClassVar[int]

    def __init__(
        self,
        scope: Construct,
        symptom: str,
        *,
        meaning: str,
        function: str,
        metric: str,
        at_least: float,
    ) -> None:
        super().__init__(
            scope,
            symptom,
            meaning=meaning,
            metric=aws_cloudwatch.Metric(
                namespace=_NAMESPACE,
                metric_name=metric,
                dimensions_map={"service": function},
                statistic=self._statistic,
                period=Duration.minutes(5),
            ),
            at_least=at_least,
            periods=self._periods,
        )


class CountAlarm(_FunctionAlarm):
    """Goes off when a function's metric adds up to `at_least` in five minutes."""

    _statistic = aws_cloudwatch.Stats.SUM
    _periods = 1


class Alarm(_FunctionAlarm):
    """Goes off when the average of a function's metric reaches `at_least` in three periods of five
    minutes running.
    """

    _statistic = aws_cloudwatch.Stats.AVERAGE
    _periods = 3
