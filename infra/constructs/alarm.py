"""An alarm, named as its page in docs/runbooks/: what to do when it goes off."""

from aws_cdk import Duration, Stack, aws_cloudwatch
from constructs import Construct

_NAMESPACE = "AdaptiveEdge"
_TREAT_MISSING = aws_cloudwatch.TreatMissingData.NOT_BREACHING


class Alarm(Construct):
    """Goes off when the average of a function's metric reaches `at_least` in three periods of five
    minutes running.

    Its state changes are on EventBridge's default bus, whoever wants to hear of them.
    """

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
        super().__init__(scope, symptom)
        name = f"{Stack.of(self).stack_name}{symptom}"
        aws_cloudwatch.Alarm(
            self,
            "Alarm",
            alarm_name=name,
            alarm_description=f"{meaning} See docs/runbooks/{name}.md.",
            metric=aws_cloudwatch.Metric(
                namespace=_NAMESPACE,
                metric_name=metric,
                dimensions_map={"service": function},
                statistic=aws_cloudwatch.Stats.AVERAGE,
                period=Duration.minutes(5),
            ),
            threshold=at_least,
            comparison_operator=aws_cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            evaluation_periods=3,
            treat_missing_data=_TREAT_MISSING,
        )
