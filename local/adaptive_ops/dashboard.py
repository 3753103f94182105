"""`adaptive-ops publish-dashboard`: the page's files into the deployed stack."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from uuid import uuid4

import boto3
import typer

from infra import config
from local.adaptive_site.account import PATIENT, REGION, answered, outputs_of
from local.adaptive_site.terminal import say, told
from local.dashboard.files import BUILT, STACK, publish_dashboard

_SITE_FILE = Path(__file__).parents[2] / "site.toml"


def publish(
    stack: Annotated[str, typer.Option(help="The stack that serves the dashboard.")] = STACK,
) -> None:
    """Upload the dashboard as built in build/dashboard, and how its page signs in."""
    with told():
        site = config.load(_SITE_FILE).site.name
        with answered():
            names = ("FilesBucketName", "DistributionId", "ClientId", "SignInDomain")
            outputs = outputs_of(stack, *names, "DashboardUrl")
            domain = outputs_of("AdaptiveEdge", "DistributionDomainName")["DistributionDomainName"]
            s3 = boto3.client("s3", region_name=REGION, config=PATIENT)
            uploaded = publish_dashboard(
                s3, outputs, site=site, images=f"https://{domain}/", folder=BUILT
            )
            if uploaded:
                cloudfront = boto3.client("cloudfront", region_name=REGION, config=PATIENT)
                cloudfront.create_invalidation(
                    DistributionId=outputs["DistributionId"],
                    InvalidationBatch={
                        "Paths": {"Quantity": 1, "Items": ["/*"]},
                        "CallerReference": uuid4().hex,
                    },
                )
    say(f"{uploaded} files were new at {outputs['DashboardUrl']}")
