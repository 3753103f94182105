"""Kinesis -> experiments: adds sessions up by experiment and arm, exactly once."""

import os
from functools import cache
from typing import Any

import boto3

from adaptive.aws.clients import STEADY
from adaptive.aws.dead_letters import S3DeadLetters
from adaptive.aws.observability import MetricUnit, metrics, tell_policy_unread
from adaptive.aws.stream import answer_to, records_of
from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.delivery.policy import initial
from adaptive.delivery.policy_watch import PolicyArchive
from adaptive.experiments.recorder import Recorder
from adaptive.experiments.sighting import CONSUMER
from adaptive.settings.experiments import RecordSettings


@cache
def _recorder() -> Recorder:
    settings = RecordSettings.load(os.environ)
    dynamodb = boto3.client("dynamodb", config=STEADY)
    s3 = boto3.client("s3", config=STEADY)
    operations = DynamoVersionedStore(dynamodb, table=settings.operations_table)
    archive = PolicyArchive(operations, settings.rules, tell_policy_unread)
    first = initial(settings.rules, holdout_share=settings.holdout_share)
    return Recorder(
        settings,
        DynamoVersionedStore(dynamodb, table=settings.experiments_table),
        S3DeadLetters(s3, bucket=settings.dead_letter_bucket, consumer=CONSUMER),
        lambda version: archive.policy(version) or first,
    )


@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """A Kinesis batch in; the records to deliver again out (ReportBatchItemFailures)."""
    records = records_of(event)
    outcome = _recorder().post(records)
    metrics.add_metric("RecordsBuried", MetricUnit.Count, outcome.buried)
    return answer_to(
        records, failed=outcome.failed, sessions=outcome.sessions, buried=outcome.buried
    )
