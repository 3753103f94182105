"""`/api/*`: answers the dashboard's and machines' questions about what was measured."""

import os
import time
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

from adaptive.aws.bus import EventBridgeBus
from adaptive.aws.clients import IMPATIENT
from adaptive.aws.files import S3FileStore
from adaptive.aws.observability import MetricUnit, logger, metrics
from adaptive.aws.query_api import app_of
from adaptive.aws.query_parts import Outside, Tables, api_of
from adaptive.settings.monitoring import QuerySettings

_OUTCOMES = {2: "QueryAnswered", 3: "QueryUnchanged", 4: "QueryRefused", 5: "QueryFailed"}


@cache
def _app() -> APIGatewayHttpResolver:
    settings = QuerySettings.load(os.environ)
    events = boto3.client("events", config=IMPATIENT)
    outside = Outside(
        Tables.of(boto3.client("dynamodb", config=IMPATIENT), settings),
        S3FileStore(boto3.client("s3", config=IMPATIENT), bucket=settings.site_bucket),
        EventBridgeBus(events, bus=settings.alert_bus, pause=time.sleep),
        time.time,
        lambda: datetime.now(UTC),
    )
    return app_of(api_of(settings, outside))


@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401
    """An HTTP API event (payload 2.0) in, an answer, 304 or problem+json out."""
    answer = _app().resolve(event, context)
    status = int(answer["statusCode"])
    metrics.add_metric(_OUTCOMES[status // 100], MetricUnit.Count, 1)
    # Not the path: it may name a session.
    logger.info("answered", place="/".join(event["rawPath"].split("/")[:3]), status=status)
    return answer
