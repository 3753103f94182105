"""An original was replaced or deleted: drops its renditions, in the bucket and in the CDN."""

import os
from functools import cache
from typing import Any

import boto3

from adaptive.aws.clients import STEADY
from adaptive.aws.edge_cache import CloudFrontCache
from adaptive.aws.files import S3FileStore
from adaptive.aws.observability import MetricUnit, logger, metrics
from adaptive.delivery.replacement import Replacement
from adaptive.edge import policy
from adaptive.errors import UnavailableError
from adaptive.settings.delivery import DropRenditionsSettings


@cache
def _replacement() -> Replacement:
    settings = DropRenditionsSettings.load(os.environ)
    client = boto3.client("cloudfront", config=STEADY)
    return Replacement(
        policy=policy.load(settings.policy),
        files=S3FileStore(boto3.client("s3", config=STEADY), bucket=settings.site_bucket),
        cache=CloudFrontCache(client, distribution_id=settings.distribution_id),
    )


@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> None:
    """An S3 event by way of EventBridge; raises what a retry can heal."""
    path = f"/{event['detail']['object']['key']}"
    try:
        dropped = _replacement().drop(path, event_id=event["id"])
    except UnavailableError as error:
        metrics.add_metric(type(error).__name__, MetricUnit.Count, 1)
        raise
    metrics.add_metric("RenditionsDropped", MetricUnit.Count, dropped)
    logger.info("dropped", path=path, renditions=dropped)
