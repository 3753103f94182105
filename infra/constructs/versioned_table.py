"""The table behind the VersionedStore port."""

from aws_cdk import RemovalPolicy, aws_dynamodb
from constructs import Construct


def versioned_table(scope: Construct, construct_id: str) -> aws_dynamodb.Table:
    """Keys `pk` and `sk`; what says when it expires, expires; all else can be brought back."""
    text = aws_dynamodb.AttributeType.STRING
    return aws_dynamodb.Table(
        scope,
        construct_id,
        partition_key=aws_dynamodb.Attribute(name="pk", type=text),
        sort_key=aws_dynamodb.Attribute(name="sk", type=text),
        time_to_live_attribute="expires_at",
        billing_mode=aws_dynamodb.BillingMode.PAY_PER_REQUEST,
        encryption=aws_dynamodb.TableEncryption.AWS_MANAGED,
        point_in_time_recovery_specification=aws_dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=True
        ),
        removal_policy=RemovalPolicy.RETAIN,
    )
