"""Kinesis -> Firehose: keeps a sample of raw events for queries, each with its probability."""

import os
import time
from functools import cache
from typing import Any

import boto3

from adaptive.aws.clients import STEADY
from adaptive.aws.event_archive import FirehoseEventArchive
from adaptive.aws.observability import MetricUnit, metrics
from adaptive.aws.stream import answer_to, records_of
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
    return answer_to(records, failed=outcome.failed, kept=outcome.kept, unread=outcome.unread)
