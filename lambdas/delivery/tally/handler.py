"""A new access log of CloudFront: adds up requests, cache hits and bytes by tier, as metrics and to
the hours that the dashboard shows.
"""

import os
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3

from adaptive.aws import access_logs
from adaptive.aws.clients import STEADY
from adaptive.aws.files import S3FileStore
from adaptive.aws.observability import MetricUnit, emit, logger
from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.delivery.delivered import DeliveredBook, sent_of
from adaptive.delivery.tally import tally
from adaptive.edge import policy
from adaptive.edge.policy import Policy
from adaptive.settings.delivery import TallySettings


@cache
def _outside() -> tuple[Policy, Any, S3FileStore, DeliveredBook]:
    settings = TallySettings.load(os.environ)
    s3 = boto3.client("s3", config=STEADY)
    dynamodb = boto3.client("dynamodb", config=STEADY)
    book = DeliveredBook(DynamoVersionedStore(dynamodb, table=settings.delivered_table))
    return policy.load(settings.policy), s3, S3FileStore(s3, bucket=settings.site_bucket), book


def lambda_handler(event: dict[str, Any], context: object) -> None:
    """An S3 event by way of EventBridge; raises what a retry can heal."""
    log = event["detail"]
    bucket, key = log["bucket"]["name"], log["object"]["key"]
    site, s3, files, book = _outside()
    found = tally(access_logs.lines(s3, bucket=bucket, key=key), site, files)
    if found.hour and found.tiers:
        sent = {tier: sent_of(count) for tier, count in found.tiers.items()}
        at = datetime.fromisoformat(f"{found.hour}:00").replace(tzinfo=UTC)
        book.add(sent, log=key, at=at)
    for tier, count in found.tiers.items():
        for image_format, requests in count.requests_by_format.items():
            requested = {"VariantRequests": requests}
            emit(requested, MetricUnit.Count, tier=tier, format=image_format)
        total = count.total
        of_tier = {"ImageRequests": total.requests, "CacheHits": total.hits}
        emit({**of_tier, "ImageFailures": total.failures}, MetricUnit.Count, tier=tier)
        in_bytes = {"BytesSent": total.bytes_sent, "BytesSaved": count.bytes_saved}
        emit(in_bytes, MetricUnit.Bytes, tier=tier)
    emit({"LogLinesUnread": found.unread}, MetricUnit.Count)
    logger.info("tallied", log=key, tiers=sorted(found.tiers), unread=found.unread)
