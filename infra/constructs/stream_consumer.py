"""A function fed from a Kinesis stream: in order per shard, retried, nothing lost silently."""

from typing import cast

import jsii
from aws_cdk import Duration, aws_cloudwatch, aws_kinesis, aws_lambda, aws_s3
from aws_cdk.aws_lambda_event_sources import KinesisEventSource
from constructs import Construct

from infra.constructs.alarm import MetricAlarm
from infra.constructs.python_function import PythonFunction

_BEHIND_MS = 300_000
_RETRIES = 20
"""Lambda backs off to about a minute, so a fault outside gets some 15 minutes to pass."""


class StreamConsumer(Construct):
    """A batch given up on goes to `dead_letters`, payload included, below `aws/lambda/`.

    Lambda waits up to `window_s` for a batch to reach `batch_size`. An alarm named `behind` goes
    off when what it reads has been on the stream for five minutes; `stale` says what that means.
    """

    def __init__(  # noqa: PLR0913 - every one of them differs between consumers
        self,
        scope: Construct,
        construct_id: str,
        *,
        function: PythonFunction,
        stream: aws_kinesis.IStream,
        dead_letters: aws_s3.Bucket,
        batch_size: int,
        window_s: int,
        behind: str,
        stale: str,
    ) -> None:
        super().__init__(scope, construct_id)
        function.function.add_event_source(
            KinesisEventSource(
                stream,
                starting_position=aws_lambda.StartingPosition.TRIM_HORIZON,
                batch_size=batch_size,
                max_batching_window=Duration.seconds(window_s),
                parallelization_factor=1,
                report_batch_item_failures=True,
                bisect_batch_on_error=True,
                retry_attempts=_RETRIES,
                max_record_age=Duration.hours(6),
                on_failure=cast("aws_lambda.IEventSourceDlq", _FailedBatches(dead_letters)),
            )
        )
        function.allow_objects(
            "s3:PutObject",
            bucket=dead_letters,
            below="aws/lambda/",
            because="Lambda names the objects of batches given up on",
        )
        function.allow("s3:ListBucket", on=dead_letters.bucket_arn)
        MetricAlarm(
            self,
            behind,
            meaning=f"Five minutes of beacons wait to be read: {stale}",
            metric=function.function.metric(
                "IteratorAge",
                statistic=aws_cloudwatch.Stats.MAXIMUM,
                period=Duration.minutes(1),
            ),
            at_least=_BEHIND_MS,
            periods=5,
        )


@jsii.implements(aws_lambda.IEventSourceDlq)
class _FailedBatches:
    """CDK's S3OnFailureDestination would grant reading, deleting and more; this grants nothing."""

    def __init__(self, bucket: aws_s3.IBucket) -> None:
        self._bucket = bucket

    def bind(
        self,
        target: aws_lambda.IEventSourceMapping,  # noqa: ARG002 - CDK's signature
        target_handler: aws_lambda.IFunction,  # noqa: ARG002
    ) -> aws_lambda.DlqDestinationConfig:
        return aws_lambda.DlqDestinationConfig(destination=self._bucket.bucket_arn)
