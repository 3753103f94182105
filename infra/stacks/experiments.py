"""Proves what adaptation is worth: Kinesis -> record -> DynamoDB -> judge -> the policy."""

from typing import Any

from aws_cdk import CfnOutput, Duration, Stack, aws_cloudwatch, aws_dynamodb, aws_kinesis
from constructs import Construct

from adaptive.settings.experiments import JudgeSettings, RecordSettings
from infra.constructs.alarm import MetricAlarm
from infra.constructs.event_consumer import EventConsumer
from infra.constructs.layer import Layer
from infra.constructs.notification import Notification
from infra.constructs.private_bucket import PrivateBucket
from infra.constructs.python_function import PythonFunction
from infra.constructs.stream_consumer import StreamConsumer
from infra.constructs.versioned_table import versioned_table
from infra.site import Site

_READING_AND_WRITING = ("dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:Query")


class ExperimentsStack(Stack):
    """`beacons` is the stream to count, `operations` the table with the policy, `alerts` the one
    with the error budgets, `notification` who is told of a roll-back.
    """

    def __init__(  # noqa: PLR0913 - what the other stacks have
        self,
        scope: Construct,
        construct_id: str,
        *,
        site: Site,
        beacons: aws_kinesis.IStream,
        operations: aws_dynamodb.ITable,
        alerts: aws_dynamodb.ITable,
        dead_letters: PrivateBucket,
        notification: Notification,
        **props: Any,  # noqa: ANN401 - StackProps
    ) -> None:
        super().__init__(scope, construct_id, **props)
        self._site = site
        self._operations = operations
        self._layer = Layer(self, "CoreLayer", name="core")
        self.experiments = versioned_table(self, "Experiments")
        # Parallelisation 1, the default: a shard's plans follow each other (adaptive.experiments).
        StreamConsumer(
            self,
            "RecordBeacons",
            function=self._record(dead_letters),
            stream=beacons,
            dead_letters=dead_letters,
            batch_size=2_000,
            window_s=10,
            behind="RecordBehind",
            stale="experiments are judged by less.",
        )
        judge = self._judge(notification, alerts)
        EventConsumer(self, "JudgeInTime", function=judge, schedule="rate(1 minute)")
        CfnOutput(self, "ExperimentsTableName", value=self.experiments.table_name)
        CfnOutput(self, "JudgeFunctionName", value=judge.function.function_name)

    def _record(self, dead_letters: PrivateBucket) -> PythonFunction:
        site = self._site
        record = PythonFunction(
            self,
            "Record",
            folder="experiments/record",
            traced=False,
            settings=RecordSettings(
                experiments_table=self.experiments.table_name,
                operations_table=self._operations.table_name,
                dead_letter_bucket=dead_letters.bucket_name,
                holdout_share=site.holdout.share,
                holdout_salt=site.holdout.salt,
                rules=site.rules,
                countries=site.rollups.countries,
                conversions=site.rollups.conversions,
                currency=site.outcomes.currency,
                cap_cents=site.outcomes.cap_cents,
                experience=site.experience.rules,
            ),
            layers=[self._layer],
            timeout_s=120,
            memory_mib=512,
            log_days=site.cloud.log_days,
        )
        record.allow(*_READING_AND_WRITING, on=self.experiments.table_arn)
        record.allow("dynamodb:BatchGetItem", on=self._operations.table_arn)
        record.allow_objects(
            "s3:PutObject",
            bucket=dead_letters,
            below="beacons/",
            because="a dead letter is named by its sequence number",
        )
        return record

    def _judge(self, notification: Notification, alerts: aws_dynamodb.ITable) -> PythonFunction:
        site = self._site
        judge = PythonFunction(
            self,
            "Judge",
            folder="experiments/judge",
            settings=JudgeSettings(
                experiments_table=self.experiments.table_name,
                operations_table=self._operations.table_name,
                alerts_table=alerts.table_name,
                alert_bus=notification.bus.event_bus_name,
                holdout_share=site.holdout.share,
                rules=site.rules,
            ),
            layers=[self._layer],
            timeout_s=50,
            memory_mib=512,
            log_days=site.cloud.log_days,
        )
        judge.allow(*_READING_AND_WRITING, on=self.experiments.table_arn)
        judge.allow("dynamodb:BatchGetItem", "dynamodb:PutItem", on=self._operations.table_arn)
        judge.allow("dynamodb:BatchGetItem", on=alerts.table_arn)
        notification.publishing(judge)
        MetricAlarm(
            self,
            "JudgingStopped",
            meaning="[page] Nothing has been judged for ten minutes: no harm would be rolled back.",
            metric=aws_cloudwatch.Metric(
                namespace="AdaptiveEdge",
                metric_name="MinutesUnjudged",
                dimensions_map={"service": "judge"},
                statistic=aws_cloudwatch.Stats.MAXIMUM,
                period=Duration.minutes(5),
            ),
            at_least=10,
            periods=2,
            missing_is_bad=True,
        )
        return judge
