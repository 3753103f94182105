"""CloudFront's access logs, of which we take what is not about visitors: see `tally.FIELDS`."""

from aws_cdk import Aws, Stack, aws_cloudfront, aws_iam, aws_logs
from constructs import Construct

from adaptive.delivery.tally import FIELDS
from infra.constructs.private_bucket import PrivateBucket

FOLDER = "AWSLogs/"
"""Where CloudFront's delivery puts everything, whatever else is configured."""

_KEPT_DAYS = 7
_DELIVERY = aws_iam.ServicePrincipal("delivery.logs.amazonaws.com")


class AccessLogs(Construct):
    """`bucket` gets a gzipped file of JSON lines several times an hour, told to EventBridge.

    The local cloud has no log delivery (context `log_delivery=none`): `local.cdn` writes there.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, distribution: aws_cloudfront.Distribution
    ) -> None:
        super().__init__(scope, construct_id)
        self.bucket = PrivateBucket(
            self,
            "Bucket",
            kept_days=_KEPT_DAYS,
            unlogged_because="CloudFront writes and tally reads: CloudTrail knows who else does",
        )
        self.bucket.tell_event_bridge()
        sources = f"arn:{Aws.PARTITION}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}:delivery-source:*"
        self.bucket.add_to_resource_policy(
            aws_iam.PolicyStatement(
                actions=["s3:PutObject"],
                resources=[self.bucket.arn_for_objects(f"{FOLDER}{Aws.ACCOUNT_ID}/*")],
                principals=[_DELIVERY],
                conditions={
                    "StringEquals": {
                        "aws:SourceAccount": Aws.ACCOUNT_ID,
                        "s3:x-amz-acl": "bucket-owner-full-control",
                    },
                    "ArnLike": {"aws:SourceArn": sources},
                },
            )
        )
        if self.node.try_get_context("log_delivery") != "none":
            self._deliver(distribution)

    def _deliver(self, distribution: aws_cloudfront.Distribution) -> None:
        name = f"{Stack.of(self).stack_name}-access-logs"
        arn = f"arn:{Aws.PARTITION}:cloudfront::{Aws.ACCOUNT_ID}:distribution/"
        source = aws_logs.CfnDeliverySource(
            self,
            "Source",
            name=name,
            log_type="ACCESS_LOGS",
            resource_arn=f"{arn}{distribution.distribution_id}",
        )
        destination = aws_logs.CfnDeliveryDestination(
            self,
            "Destination",
            name=name,
            destination_resource_arn=self.bucket.bucket_arn,
            output_format="json",
        )
        delivery = aws_logs.CfnDelivery(
            self,
            "Delivery",
            delivery_source_name=name,
            delivery_destination_arn=destination.attr_arn,
            record_fields=[*FIELDS],
        )
        delivery.add_resource_dependency(source)
        if self.bucket.policy:
            delivery.node.add_dependency(self.bucket.policy)
