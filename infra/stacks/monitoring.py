"""Counts what was measured: Kinesis -> roll_up -> DynamoDB, merged as time goes by."""

from typing import Any

from aws_cdk import CfnOutput, Stack, aws_dynamodb, aws_kinesis, aws_ssm
from constructs import Construct

from adaptive.delivery.prior import PLACE
from adaptive.settings.monitoring import (
    KeepEventsSettings,
    MergeRollupsSettings,
    RollUpSettings,
    SetStandardsSettings,
)
from infra.constructs.alarm import CountAlarm
from infra.constructs.alerting import Alerting
from infra.constructs.event_consumer import EventConsumer
from infra.constructs.layer import Layer
from infra.constructs.metrics_push import MetricsPush
from infra.constructs.notification import Notification
from infra.constructs.private_bucket import PrivateBucket
from infra.constructs.python_function import RETENTION, PythonFunction
from infra.constructs.raw_events import RawEvents
from infra.constructs.stream_consumer import StreamConsumer
from infra.constructs.versioned_table import versioned_table
from infra.site import Site
from infra.stacks.probes import rollups_parameter

_DAY_S = 86_400


class MonitoringStack(Stack):
    """`beacons` is the stream to count, `dead_letters` where unreadable records go; `rollups` are
    the counts, and `tallies` say how far they are merged. `operations` has the change log, and is
    told what visitors are like.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        site: Site,
        beacons: aws_kinesis.IStream,
        dead_letters: PrivateBucket,
        operations: aws_dynamodb.ITable,
        **props: Any,  # noqa: ANN401 - StackProps
    ) -> None:
        super().__init__(scope, construct_id, **props)
        self._site = site
        self._layer = Layer(self, "CoreLayer", name="core")
        self.rollups = versioned_table(self, "Rollups")
        self.tallies = versioned_table(self, "Tallies")
        self.roll_up = roll_up = self._roll_up(dead_letters)
        # Parallelisation 1, the default: a shard's plans follow each other (adaptive.monitoring).
        StreamConsumer(
            self,
            "RollUpBeacons",
            function=roll_up,
            stream=beacons,
            dead_letters=dead_letters,
            batch_size=2_000,
            window_s=site.cloud.roll_up_window_s,
            behind="RollUpBehind",
            stale="charts, alerts and forecasts.",
        )
        events = RawEvents(
            self,
            "RawEvents",
            kept_days=site.raw_events.kept_days,
            retention=RETENTION[site.cloud.log_days],
        )
        StreamConsumer(
            self,
            "KeepEventsOfBeacons",
            function=self._keep_events(events),
            stream=beacons,
            dead_letters=dead_letters,
            batch_size=2_000,
            window_s=60,
            behind="KeepEventsBehind",
            stale="raw events are missing from queries.",
        )
        CountAlarm(
            self,
            "ReportsLate",
            meaning="Reports reached the stream a day late, and count nowhere.",
            function="roll_up",
            metric="ReportsLate",
            at_least=100,
        )
        merge = self._merge_rollups(operations)
        EventConsumer(self, "MergeRollupsInTime", function=merge, schedule="rate(5 minutes)")
        aws_ssm.StringParameter(
            self,
            "RollupsTableForProbes",
            parameter_name=rollups_parameter(site),
            string_value=self.rollups.table_name,
        )
        self.notification = Notification(self, "Notification", site=site, layer=self._layer)
        standards = self._set_standards()
        EventConsumer(self, "SetStandardsDaily", function=standards, schedule="rate(1 day)")
        self.alerting = Alerting(
            self,
            "Alerting",
            site=site,
            layer=self._layer,
            rollups=self.rollups,
            operations=operations,
            notification=self.notification,
        )
        if site.exports.otlp is not None:
            MetricsPush(
                self,
                "MetricsPush",
                site=site,
                otlp=site.exports.otlp,
                layer=self._layer,
                rollups=self.rollups,
                tallies=self.tallies,
            )
        CfnOutput(self, "RawEventsBucketName", value=events.bucket_name)
        CfnOutput(self, "RollupsTableName", value=self.rollups.table_name)
        CfnOutput(self, "TalliesTableName", value=self.tallies.table_name)

    def _roll_up(self, dead_letters: PrivateBucket) -> PythonFunction:
        site = self._site
        roll_up = PythonFunction(
            self,
            "RollUp",
            folder="monitoring/roll_up",
            traced=False,
            settings=RollUpSettings(
                rollups_table=self.rollups.table_name,
                tallies_table=self.tallies.table_name,
                dead_letter_bucket=dead_letters.bucket_name,
                holdout_share=site.holdout.share,
                holdout_salt=site.holdout.salt,
                lists=site.rollups.lists,
                experience=site.experience.rules,
                outcome_ttl_s=site.sessions.ttl_days * _DAY_S,
            ),
            layers=[self._layer],
            timeout_s=120,
            memory_mib=1024,
            log_days=site.cloud.log_days,
        )
        reading_and_writing = ("dynamodb:BatchGetItem", "dynamodb:PutItem")
        roll_up.allow(*reading_and_writing, on=self.rollups.table_arn)
        roll_up.allow(*reading_and_writing, "dynamodb:Query", on=self.tallies.table_arn)
        roll_up.allow_objects(
            "s3:PutObject",
            bucket=dead_letters,
            below="beacons/",
            because="a dead letter is named by its sequence number",
        )
        return roll_up

    def _keep_events(self, events: RawEvents) -> PythonFunction:
        site = self._site
        keep = PythonFunction(
            self,
            "KeepEvents",
            folder="monitoring/keep_events",
            traced=False,
            settings=KeepEventsSettings(
                event_stream=events.stream.ref,
                holdout_share=site.holdout.share,
                holdout_salt=site.holdout.salt,
                lists=site.rollups.lists,
                sampling=site.raw_events.rules,
            ),
            layers=[self._layer],
            timeout_s=60,
            memory_mib=512,
            log_days=site.cloud.log_days,
        )
        keep.allow("firehose:PutRecordBatch", on=events.stream.attr_arn)
        return keep

    def _merge_rollups(self, operations: aws_dynamodb.ITable) -> PythonFunction:
        merge = PythonFunction(
            self,
            "MergeRollups",
            folder="monitoring/merge_rollups",
            settings=MergeRollupsSettings(
                rollups_table=self.rollups.table_name,
                tallies_table=self.tallies.table_name,
                operations_table=operations.table_name,
                lists=self._site.rollups.lists,
            ),
            layers=[self._layer],
            timeout_s=240,
            memory_mib=512,
            log_days=self._site.cloud.log_days,
        )
        reading_and_writing = ("dynamodb:BatchGetItem", "dynamodb:PutItem")
        merge.allow(*reading_and_writing, "dynamodb:Query", on=self.rollups.table_arn)
        merge.allow(*reading_and_writing, on=self.tallies.table_arn)
        # The table of the policy: of it, only what visitors are like.
        merge.allow(
            *reading_and_writing,
            on=operations.table_arn,
            when={"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [PLACE[0]]}},
        )
        return merge

    def _set_standards(self) -> PythonFunction:
        standards = PythonFunction(
            self,
            "SetStandards",
            folder="monitoring/set_standards",
            settings=SetStandardsSettings(
                tallies_table=self.tallies.table_name, experience=self._site.experience.rules
            ),
            layers=[self._layer],
            timeout_s=300,
            memory_mib=1024,
            log_days=self._site.cloud.log_days,
        )
        actions = ("dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:Query")
        standards.allow(*actions, on=self.tallies.table_arn)
        return standards
