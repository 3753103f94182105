"""Judges what is counted: `evaluate`, every minute, its table, and the alarm on its absence."""

from aws_cdk import CfnOutput, Duration, aws_cloudwatch, aws_dynamodb
from constructs import Construct

from adaptive.settings.monitoring import EvaluateSettings
from infra.constructs.alarm import MetricAlarm
from infra.constructs.event_consumer import EventConsumer
from infra.constructs.layer import Layer
from infra.constructs.notification import Notification
from infra.constructs.python_function import PythonFunction
from infra.constructs.rules_layer import PACKAGE, RulesLayer
from infra.constructs.versioned_table import versioned_table
from infra.site import Site


class Alerting(Construct):
    """`rollups` is what is judged, `operations` has the changes that may be to blame."""

    def __init__(  # noqa: PLR0913 - it stands between all of them
        self,
        scope: Construct,
        construct_id: str,
        *,
        site: Site,
        layer: Layer,
        rollups: aws_dynamodb.ITable,
        operations: aws_dynamodb.ITable,
        notification: Notification,
    ) -> None:
        super().__init__(scope, construct_id)
        self.alerts = versioned_table(self, "Alerts")
        evaluate = PythonFunction(
            self,
            "Evaluate",
            folder="monitoring/evaluate",
            settings=EvaluateSettings(
                rollups_table=rollups.table_name,
                alerts_table=self.alerts.table_name,
                operations_table=operations.table_name,
                bus=notification.bus.event_bus_name,
                rules_package=PACKAGE,
            ),
            layers=[layer, RulesLayer(self, "Rules", site=site)],
            timeout_s=120,
            memory_mib=1024,
            log_days=site.cloud.log_days,
        )
        reading = ("dynamodb:BatchGetItem", "dynamodb:Query")
        evaluate.allow(*reading, on=rollups.table_arn)
        evaluate.allow(*reading, "dynamodb:PutItem", on=self.alerts.table_arn)
        evaluate.allow("dynamodb:Query", on=operations.table_arn)
        notification.publishing(evaluate)
        EventConsumer(self, "EveryMinute", function=evaluate, schedule="rate(1 minute)")
        MetricAlarm(
            self,
            "EvaluationStopped",
            meaning="[page] Nothing has been judged for ten minutes: no alert can come.",
            metric=aws_cloudwatch.Metric(
                namespace="AdaptiveEdge",
                metric_name="MinutesBehind",
                dimensions_map={"service": "evaluate"},
                statistic=aws_cloudwatch.Stats.MAXIMUM,
                period=Duration.minutes(5),
            ),
            at_least=10,
            periods=2,
            missing_is_bad=True,
        )
        CfnOutput(scope, "AlertsTableName", value=self.alerts.table_name)
        CfnOutput(scope, "EvaluateFunctionName", value=evaluate.function.function_name)
