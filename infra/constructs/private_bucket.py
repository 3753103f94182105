"""A bucket for what must not be lost or seen: encrypted, TLS only, outliving its stack."""

from aws_cdk import Duration, RemovalPolicy, aws_s3
from constructs import Construct

from infra.acknowledge import acknowledge


class PrivateBucket(aws_s3.Bucket):
    """`unlogged_because` says why nobody needs to know who read what (cdk-nag's S1)."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        unlogged_because: str,
        kept_days: int | None = None,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            encryption=aws_s3.BucketEncryption.S3_MANAGED,
            block_public_access=aws_s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=aws_s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            lifecycle_rules=[aws_s3.LifecycleRule(expiration=Duration.days(kept_days))]
            if kept_days
            else None,
            removal_policy=RemovalPolicy.RETAIN,
        )
        acknowledge(self, "AwsSolutions-S1", because=unlogged_because)

    def tell_event_bridge(self) -> None:
        """Of every object created or deleted; CDK's own way is a function of CDK's with rights on
        every bucket.
        """
        resource = self.node.default_child
        assert isinstance(resource, aws_s3.CfnBucket)  # noqa: S101 - narrows CDK's IConstruct
        resource.add_property_override(
            "NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled",
            True,  # noqa: FBT003 - CDK's signature
        )
