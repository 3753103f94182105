"""`/api/*`: answers the dashboard's and machines' questions about what was measured."""

import os
import time
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

from adaptive.aws.clients import IMPATIENT
from adaptive.aws.items import DynamoItemReader
from adaptive.aws.observability import MetricUnit, logger, metrics
from adaptive.aws.query_api import QueryApi, app_of
from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.delivery.changes import ChangeLog
from adaptive.monitoring.query.reading import Reading
from adaptive.monitoring.query.reply import Desk
from adaptive.settings import QuerySettings

_OUTCOMES = {2: "QueryAnswered", 3: "QueryUnchanged", 4: "QueryRefused", 5: "QueryFailed"}


@cache
def _app() -> APIGatewayHttpResolver:
    settings = QuerySettings.load(os.environ)
    dynamodb = boto3.client("dynamodb", config=IMPATIENT)
    reading = Reading(
        cells=DynamoItemReader(dynamodb, table=settings.rollups_table),
        progress=DynamoVersionedStore(dynamodb, table=settings.tallies_table),
        lists=settings.lists,
    )
    log = ChangeLog(DynamoVersionedStore(dynamodb, table=settings.operations_table))
    return app_of(QueryApi(Desk(reading, time.time), log))


@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401
    """An HTTP API event (payload 2.0) in, an answer, 304 or problem+json out."""
    answer = _app().resolve(event, context)
    status = int(answer["statusCode"])
    metrics.add_metric(_OUTCOMES[status // 100], MetricUnit.Count, 1)
    logger.info("answered", path=event["rawPath"], status=status)
    return answer
