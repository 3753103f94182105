"""Looks at the site from one Region, as visitors there would: EventBridge -> probe -> rollups at
home.
"""

from typing import Any

from aws_cdk import Aws, CfnOutput, Stack
from constructs import Construct

from adaptive.monitoring.probe import pack, pack_private
from adaptive.settings.monitoring import ProbeSettings
from infra import probes
from infra.constructs.event_consumer import EventConsumer
from infra.constructs.layer import Layer
from infra.constructs.python_function import PythonFunction
from infra.site import Site

TABLE = "AdaptiveMonitoring-Rollups*"


def rollups_parameter(site: Site) -> str:
    """Where the table's name is told to other Regions."""
    return f"/adaptive-edge/{site.site.name}/rollups-table"


class ProbesStack(Stack):
    """`region` is where it looks from, `home` where everything else is."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        site: Site,
        region: str,
        home: str,
        **props: Any,  # noqa: ANN401 - StackProps
    ) -> None:
        super().__init__(scope, construct_id, **props)
        parameter = rollups_parameter(site)
        probe = PythonFunction(
            self,
            "Probe",
            folder="monitoring/probe",
            settings=ProbeSettings(
                location=region,
                home_region=home,
                rollups_parameter=parameter,
                probes=pack(probes.ready(site)),
                private=pack_private(site.probes.private),
            ),
            layers=[
                Layer(self, "CoreLayer", name="core"),
                Layer(self, "ProbingLayer", name="probing"),
            ],
            timeout_s=60,
            memory_mib=512,
            log_days=site.cloud.log_days,
        )
        probe.allow(
            "ssm:GetParameter", on=f"arn:aws:ssm:{home}:{Aws.ACCOUNT_ID}:parameter{parameter}"
        )
        probe.allow_pattern(
            "dynamodb:BatchGetItem",
            "dynamodb:PutItem",
            on=f"arn:aws:dynamodb:{home}:{Aws.ACCOUNT_ID}:table/{TABLE}",
            because="CloudFormation names the table, and no other Region's stack can refer to it",
        )
        EventConsumer(self, "ProbeInTime", function=probe, schedule="rate(1 minute)")
        CfnOutput(self, "ProbeFunctionName", value=probe.function.function_name)
