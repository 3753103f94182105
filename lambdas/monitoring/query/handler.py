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
from adaptive.aws.sessions import DynamoSessionStore
from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.delivery import policy
from adaptive.delivery.changes import ChangeLog
from adaptive.delivery.policy_book import PolicyBook
from adaptive.monitoring.alerts_store import AlertsStore
from adaptive.monitoring.query.operating import Operating
from adaptive.monitoring.query.reading import Reading
from adaptive.monitoring.query.reply import Desk
from adaptive.monitoring.query.visit import Visits
from adaptive.settings.monitoring import QuerySettings

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
    operations = DynamoVersionedStore(dynamodb, table=settings.operations_table)
    desk = Desk(reading, time.time)
    book = PolicyBook(operations)
    first = policy.initial(settings.rules, holdout_share=settings.holdout_share)
    sessions = DynamoSessionStore(dynamodb, table=settings.sessions_table)
    return app_of(
        QueryApi(
            desk=desk,
            log=ChangeLog(operations),
            operating=Operating(desk, book, first),
            visits=Visits(desk, sessions, book, first, settings.holdout_salt),
            watched=AlertsStore(DynamoVersionedStore(dynamodb, table=settings.alerts_table)),
        )
    )


@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401
    """An HTTP API event (payload 2.0) in, an answer, 304 or problem+json out."""
    answer = _app().resolve(event, context)
    status = int(answer["statusCode"])
    metrics.add_metric(_OUTCOMES[status // 100], MetricUnit.Count, 1)
    # Not the path: it may name a session.
    logger.info("answered", place="/".join(event["rawPath"].split("/")[:3]), status=status)
    return answer
