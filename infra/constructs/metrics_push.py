"""Figures for those who do not scrape: `push_metrics`, its secret, and the alarm on its failing."""

import json

from aws_cdk import CfnOutput, RemovalPolicy, aws_dynamodb, aws_secretsmanager
from constructs import Construct

from adaptive.settings.monitoring import PushMetricsSettings
from infra.acknowledge import acknowledge
from infra.constructs.alarm import CountAlarm
from infra.constructs.event_consumer import EventConsumer
from infra.constructs.layer import Layer
from infra.constructs.python_function import PythonFunction
from infra.sections.monitoring import Otlp
from infra.site import Site

_MERGED = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["merged"]}}


class MetricsPush(Construct):
    """`rollups` is what is told of; `tallies` say how far they are merged."""

    def __init__(  # noqa: PLR0913 - it stands between all of them
        self,
        scope: Construct,
        construct_id: str,
        *,
        site: Site,
        otlp: Otlp,
        layer: Layer,
        rollups: aws_dynamodb.ITable,
        tallies: aws_dynamodb.ITable,
    ) -> None:
        super().__init__(scope, construct_id)
        secret = aws_secretsmanager.Secret(
            self,
            "Headers",
            description="Values of the headers that figures are pushed with, by name",
            generate_secret_string=aws_secretsmanager.SecretStringGenerator(
                secret_string_template=json.dumps({}), generate_string_key="adaptive-unused"
            ),
            removal_policy=RemovalPolicy.DESTROY,
        )
        acknowledge(
            secret,
            "AwsSolutions-SMG4",
            because="the keys are others' to rotate; `./adaptive-ops otlp-header` puts a new one",
        )
        push = PythonFunction(
            self,
            "PushMetrics",
            folder="monitoring/push_metrics",
            settings=PushMetricsSettings(
                site=site.site.name,
                rollups_table=rollups.table_name,
                tallies_table=tallies.table_name,
                url=otlp.url,
                headers=otlp.headers,
                header_secret=secret.secret_arn,
                range=otlp.range,
                lists=site.rollups.lists,
            ),
            layers=[layer],
            timeout_s=30,
            memory_mib=512,
            log_days=site.cloud.log_days,
        )
        push.allow("dynamodb:Query", on=rollups.table_arn)
        push.allow("dynamodb:BatchGetItem", on=tallies.table_arn, when=_MERGED)
        push.allow("secretsmanager:GetSecretValue", on=secret.secret_arn)
        schedule = f"rate({otlp.every_minutes} minute{'s' * (otlp.every_minutes > 1)})"
        EventConsumer(self, "InTime", function=push, schedule=schedule)
        CountAlarm(
            self,
            "MetricsNotPushed",
            meaning="The receiver of OTLP does not take our figures: charts there stand still.",
            function="push_metrics",
            metric="PushesFailed",
            at_least=max(1, 5 // otlp.every_minutes),
        )
        CfnOutput(scope, "OtlpHeaderSecretArn", value=secret.secret_arn)
