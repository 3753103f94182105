"""Every hour: recommends what to do about what is forecast, and tells what came of it."""

import os
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3

from adaptive.aws.clients import STEADY
from adaptive.aws.observability import logger
from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.delivery.policy_book import PolicyBook
from adaptive.monitoring.alerts_store import AlertsStore
from adaptive.prediction import prices
from adaptive.prediction.advice.book import AdviceBook
from adaptive.prediction.adviser import Adviser
from adaptive.settings.prediction import RecommendSettings


@cache
def _adviser() -> Adviser:
    settings = RecommendSettings.load(os.environ)
    dynamodb = boto3.client("dynamodb", config=STEADY)
    predictions = DynamoVersionedStore(dynamodb, table=settings.predictions_table)
    return Adviser(
        rollups=DynamoVersionedStore(dynamodb, table=settings.rollups_table),
        predictions=predictions,
        policies=PolicyBook(DynamoVersionedStore(dynamodb, table=settings.operations_table)),
        alerts=AlertsStore(DynamoVersionedStore(dynamodb, table=settings.alerts_table)),
        book=AdviceBook(predictions),
        prices=prices.listed(),
        settings=settings,
    )


def lambda_handler(event: dict[str, Any], context: object) -> None:
    """Any event in: what is to be done follows from the time and from what is stored."""
    done = _adviser().run(datetime.now(UTC))
    logger.info("recommend", proposed=done.proposed, measured=done.measured)
