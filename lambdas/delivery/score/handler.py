"""Kinesis -> sessions: makes every beacon's effect on its session durable, exactly once."""

import gc
import os
import secrets
import time
from functools import cache
from typing import Any

import boto3

from adaptive.aws.clients import STEADY
from adaptive.aws.dead_letters import S3DeadLetters
from adaptive.aws.observability import MetricUnit, metrics, tell_policy_unread
from adaptive.aws.sessions import DynamoSessionStore
from adaptive.aws.stream import answer_to, records_of
from adaptive.aws.tracing import Tracing
from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.delivery.ledger import CONSUMER, Ledger
from adaptive.delivery.policy_watch import PolicyArchive
from adaptive.settings.delivery import ScoreSettings


@cache
def _ledger() -> Ledger:
    # As roll_up: a batch makes no cycles.
    gc.set_threshold(250_000, 50, 50)
    settings = ScoreSettings.load(os.environ)
    dynamodb = boto3.client("dynamodb", config=STEADY)
    s3 = boto3.client("s3", config=STEADY)
    operations = DynamoVersionedStore(dynamodb, table=settings.operations_table)
    return Ledger(
        settings,
        DynamoSessionStore(dynamodb, table=settings.sessions_table),
        S3DeadLetters(s3, bucket=settings.dead_letter_bucket, consumer=CONSUMER),
        PolicyArchive(operations, settings.rules, tell_policy_unread).rules,
    )


@cache
def _tracing() -> Tracing:
    return Tracing(boto3.client("xray", config=STEADY), name=CONSUMER, entropy=secrets.token_hex)


@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """A Kinesis batch in; the records to deliver again out (ReportBatchItemFailures)."""
    began_s = time.time()
    records = records_of(event)
    outcome = _ledger().post(records)
    _tracing().tell(outcome.traces, began_s=began_s, ended_s=time.time())
    metrics.add_metric("RecordsBuried", MetricUnit.Count, outcome.buried)
    return answer_to(
        records,
        failed=outcome.failed,
        sessions=outcome.sessions,
        buried=outcome.buried,
        views=sorted(outcome.views),
    )
