"""Kinesis -> Firehose: keeps a sample of raw events for queries, each with its probability."""

import os
import time
from functools import cache
from typing import Any

import boto3

from adaptive.aws.clients import STEADY
from adaptive.aws.event_archive import FirehoseEventArchive
from adaptive.aws.observability import MetricUnit, logger, metrics
from adaptive.aws.stream import records_of
from adaptive.monitoring.keeper import Keeper
from adaptive.settings.monitoring import KeepEventsSettings


@cache
def _keeper() -> Keeper:
    settings = KeepEventsSettings.load(os.environ)
    client = boto3.client("firehose", config=STEADY)
    archive = FirehoseEventArchive(client, stream=settings.event_stream, pause=time.sleep)
    return Keeper(settings, archive)


@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """A Kinesis batch in; the records to deliver again out (ReportBatchItemFailures)."""
    records = records_of(event)
    outcome = _keeper().post(records)
    metrics.add_metric("EventsKept", MetricUnit.Count, outcome.kept)
    metrics.add_metric("RecordsFailed", MetricUnit.Count, len(outcome.failed))
    logger.info(
        "batch",
        records=len(records),
        kept=outcome.kept,
        unread=outcome.unread,
        failed=len(outcome.failed),
    )
    return {"batchItemFailures": [{"itemIdentifier": str(number)} for number in outcome.failed]}
