"""Serves visitors: CloudFront over a bucket, `edge_request` before the cache, `render` behind."""

from pathlib import Path
from typing import Any

from aws_cdk import Aws, CfnOutput, Stack, aws_cloudfront, aws_lambda
from constructs import Construct

from adaptive.edge import policy
from adaptive.settings.delivery import (
    DropRenditionsSettings,
    RenderSettings,
    RotateSecretSettings,
    TallySettings,
)
from infra.constructs import access_logs
from infra.constructs.access_logs import AccessLogs
from infra.constructs.alarm import Alarm
from infra.constructs.edge_function import EdgeFunction
from infra.constructs.edge_twin import EdgeTwin
from infra.constructs.event_consumer import EventConsumer
from infra.constructs.layer import Layer
from infra.constructs.private_bucket import PrivateBucket
from infra.constructs.python_function import PythonFunction
from infra.constructs.site_distribution import Api, Origins, SiteDistribution
from infra.constructs.versioned_table import versioned_table
from infra.site import Site

_TURN_DAYS = 7  # two turns are one rotation of the origin's secret


class EdgeStack(Stack):
    """All that a page load touches; must be in us-east-1, where Lambda@Edge lives. `delivered` is
    the table of what was delivered (adaptive.delivery.delivered), `bucket` the site's.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        site: Site,
        api: Api,
        edge_package: Path,
        **props: Any,  # noqa: ANN401 - StackProps
    ) -> None:
        super().__init__(scope, construct_id, **props)
        self._layer = Layer(self, "CoreLayer", name="core")
        bucket = PrivateBucket(
            self,
            "SiteBucket",
            unlogged_because="only CloudFront and render read it; beacons measure every page view",
        )
        edge_request: EdgeFunction | EdgeTwin
        if site.delivery.edge_runtime == "function":
            edge_request = EdgeTwin(self, "EdgeTwin", site=site)
        else:
            folder = "delivery/edge_request"
            edge_request = EdgeFunction(self, "EdgeRequest", folder=folder, staged=edge_package)
        self.render = render = self._render(site, bucket)
        url = render.function.add_function_url(auth_type=aws_lambda.FunctionUrlAuthType.AWS_IAM)
        served = SiteDistribution(
            self,
            "Site",
            site=site,
            origins=Origins(bucket=bucket, render=url, api=api),
            edge_request=edge_request,
        )
        distribution = served.distribution
        self.bucket = bucket
        self.delivered = versioned_table(self, "Delivered")
        self.site_domain = distribution.distribution_domain_name
        self._drop_renditions(site, bucket, distribution)
        self._rotate_secret(site, api, served, edge_request)
        self._observe(site, bucket, distribution)
        CfnOutput(self, "DeliveredTableName", value=self.delivered.table_name)
        CfnOutput(self, "SiteBucketName", value=bucket.bucket_name)
        CfnOutput(self, "RenderFunctionName", value=render.function.function_name)
        CfnOutput(self, "DistributionId", value=distribution.distribution_id)
        CfnOutput(self, "DistributionDomainName", value=distribution.distribution_domain_name)

    def _render(self, site: Site, bucket: PrivateBucket) -> PythonFunction:
        render = PythonFunction(
            self,
            "Render",
            folder="delivery/render",
            settings=RenderSettings(
                site_bucket=bucket.bucket_name,
                policy=policy.dump(site.image_policy),
                quality_floor=site.quality_floor,
                displayed_quality=site.displayed_quality,
                pixel_limit=site.render.pixel_limit,
                browser_ttl_s=site.render.browser_ttl_s,
                cdn_ttl_s=site.render.cdn_ttl_s,
                origin=site.origin.settings if site.origin else None,
            ),
            layers=[
                self._layer,
                Layer(self, "ImagingLayer", name="imaging"),
            ],
            timeout_s=25,
            memory_mib=2048,
            log_days=site.cloud.log_days,
        )
        # Listing turns S3's 403 for a missing original into a 404.
        render.allow("s3:ListBucket", on=bucket.bucket_arn)
        for prefix in site.delivery.image_prefixes:
            render.allow_objects(
                "s3:GetObject",
                "s3:PutObject",
                bucket=bucket,
                below=prefix.removeprefix("/"),
                because="any image below the prefix may be asked for",
            )
            render.allow_objects(
                "s3:DeleteObject",
                bucket=bucket,
                below=f"{prefix.removeprefix('/')}*.lock",
                because="a lock lies beside the rendition that is being made",
            )
            render.allow_objects(
                "s3:DeleteObject",
                bucket=bucket,
                below=f"{prefix.removeprefix('/')}*/*w.*",
                because="a rendition is withdrawn if its original was replaced meanwhile",
            )
        return render

    def _drop_renditions(
        self, site: Site, bucket: PrivateBucket, distribution: aws_cloudfront.Distribution
    ) -> None:
        drop = PythonFunction(
            self,
            "DropRenditions",
            folder="delivery/drop_renditions",
            settings=DropRenditionsSettings(
                site_bucket=bucket.bucket_name,
                distribution_id=distribution.distribution_id,
                policy=policy.dump(site.image_policy),
            ),
            layers=[self._layer],
            timeout_s=60,
            memory_mib=512,
            log_days=site.cloud.log_days,
        )
        drop.allow("s3:ListBucket", on=bucket.bucket_arn)
        for prefix in site.delivery.image_prefixes:
            drop.allow_objects(
                "s3:PutObject",
                "s3:DeleteObject",
                bucket=bucket,
                below=prefix.removeprefix("/"),
                because="any image below the prefix may be replaced",
            )
        drop.allow("cloudfront:CreateInvalidation", on=_arn_of(distribution))
        bucket.tell_event_bridge()
        ours = [*(f"*/{width}w.*.*" for width in site.delivery.widths), "*.lock", "*/replaced"]
        others = [{"anything-but": {"wildcard": ours}}]
        EventConsumer(
            self,
            "OriginalReplaced",
            function=drop,
            pattern={
                "source": ["aws.s3"],
                "detail-type": ["Object Created", "Object Deleted"],
                "detail": {"bucket": {"name": [bucket.bucket_name]}, "object": {"key": others}},
            },
        )

    def _rotate_secret(
        self,
        site: Site,
        api: Api,
        served: SiteDistribution,
        edge_request: EdgeFunction | EdgeTwin,
    ) -> None:
        rotate = PythonFunction(
            self,
            "RotateSecret",
            folder="delivery/rotate_secret",
            settings=RotateSecretSettings(
                origin_secret=api.secret.secret_arn,
                distribution_id=served.distribution.distribution_id,
            ),
            layers=[self._layer],
            timeout_s=60,
            memory_mib=256,
            log_days=site.cloud.log_days,
        )
        rotate.allow(
            "secretsmanager:GetSecretValue",
            "secretsmanager:PutSecretValue",
            on=api.secret.secret_arn,
        )
        rotate.allow(
            "cloudfront:GetDistribution",
            "cloudfront:GetDistributionConfig",
            "cloudfront:UpdateDistribution",
            on=_arn_of(served.distribution),
        )
        # Who updates a distribution must be allowed to give it what it has already.
        if served.firewall:
            rotate.allow("wafv2:GetWebACL", on=served.firewall.attr_arn)
        if isinstance(edge_request, EdgeFunction):
            rotate.allow(
                "lambda:GetFunction",
                "lambda:EnableReplication",
                on=edge_request.on_viewer_request.function_version.edge_arn,
            )
        EventConsumer(self, "SecretIsOld", function=rotate, schedule=f"rate({_TURN_DAYS} days)")

    def _observe(
        self, site: Site, bucket: PrivateBucket, distribution: aws_cloudfront.Distribution
    ) -> None:
        Alarm(
            self,
            "RenderFallback",
            meaning="Visitors get originals, or nothing, where renditions should be made.",
            function="render",
            metric="RenderFallback",
            at_least=0.05,
        )
        logs = AccessLogs(self, "AccessLogs", distribution=distribution)
        tally = PythonFunction(
            self,
            "Tally",
            folder="delivery/tally",
            settings=TallySettings(
                site_bucket=bucket.bucket_name,
                delivered_table=self.delivered.table_name,
                policy=policy.dump(site.image_policy),
            ),
            layers=[self._layer],
            timeout_s=120,
            memory_mib=512,
            log_days=site.cloud.log_days,
        )
        tally.allow("dynamodb:BatchGetItem", "dynamodb:PutItem", on=self.delivered.table_arn)
        # Listing turns S3's 403 for a rendition dropped since into a 404.
        tally.allow("s3:ListBucket", on=bucket.bucket_arn)
        for prefix in site.delivery.image_prefixes:
            tally.allow_objects(
                "s3:GetObject",
                bucket=bucket,
                below=prefix.removeprefix("/"),
                because="a rendition knows how large its original is",
            )
        tally.allow_objects(
            "s3:GetObject",
            bucket=logs.bucket,
            below=access_logs.FOLDER,
            because="CloudFront names its logs",
        )
        EventConsumer(
            self,
            "AccessLogWritten",
            function=tally,
            pattern={
                "source": ["aws.s3"],
                "detail-type": ["Object Created"],
                "detail": {
                    "bucket": {"name": [logs.bucket.bucket_name]},
                    "object": {"key": [{"prefix": access_logs.FOLDER}]},
                },
            },
        )
        CfnOutput(self, "AccessLogBucketName", value=logs.bucket.bucket_name)


def _arn_of(distribution: aws_cloudfront.Distribution) -> str:
    name = f"distribution/{distribution.distribution_id}"
    return f"arn:{Aws.PARTITION}:cloudfront::{Aws.ACCOUNT_ID}:{name}"
