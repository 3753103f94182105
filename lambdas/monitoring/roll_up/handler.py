"""Kinesis -> rollups: counts every page view into the cells of its minute, exactly once."""

import gc
import os
from functools import cache
from typing import Any

import boto3

from adaptive.aws.clients import STEADY
from adaptive.aws.dead_letters import S3DeadLetters
from adaptive.aws.observability import MetricUnit, metrics
from adaptive.aws.stream import answer_to, records_of
from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.monitoring.report import CONSUMER
from adaptive.monitoring.roller import Roller
from adaptive.settings.monitoring import RollUpSettings


@cache
def _roller() -> Roller:
    # A batch makes tens of thousands of objects and no cycles: look for those between batches.
    gc.set_threshold(250_000, 50, 50)
    settings = RollUpSettings.load(os.environ)
    dynamodb = boto3.client("dynamodb", config=STEADY)
    s3 = boto3.client("s3", config=STEADY)
    return Roller(
        settings,
        DynamoVersionedStore(dynamodb, table=settings.rollups_table),
        DynamoVersionedStore(dynamodb, table=settings.tallies_table),
        S3DeadLetters(s3, bucket=settings.dead_letter_bucket, consumer=CONSUMER),
    )


@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """A Kinesis batch in; the records to deliver again out (ReportBatchItemFailures)."""
    records = records_of(event)
    outcome = _roller().post(records)
    found = {verdict.name.lower(): count for verdict, count in outcome.verdicts.items()}
    metrics.add_metric("ReportsLate", MetricUnit.Count, found["late"])
    metrics.add_metric("ReportsDuplicate", MetricUnit.Count, found["duplicate"])
    metrics.add_metric("RecordsBuried", MetricUnit.Count, outcome.buried)
    return answer_to(records, failed=outcome.failed, buried=outcome.buried, verdicts=found)
