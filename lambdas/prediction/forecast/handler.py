"""Every hour: forecasts page views and vitals, and how likely they leave their objectives."""

import os
import time
from functools import cache
from typing import Any

import boto3

from adaptive.aws.clients import STEADY
from adaptive.aws.cloud_series import CloudWatchSeries
from adaptive.aws.observability import logger
from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.delivery.changes import ChangeLog
from adaptive.prediction.cloud import CloudHours
from adaptive.prediction.outlook import Outlook
from adaptive.settings.prediction import ForecastSettings


@cache
def _outlook() -> Outlook:
    settings = ForecastSettings.load(os.environ)
    dynamodb = boto3.client("dynamodb", config=STEADY)
    return Outlook(
        DynamoVersionedStore(dynamodb, table=settings.rollups_table),
        DynamoVersionedStore(dynamodb, table=settings.predictions_table),
        settings,
        CloudHours(CloudWatchSeries(boto3.client("cloudwatch", config=STEADY)), settings.watched)
        if settings.watched
        else None,
        ChangeLog(DynamoVersionedStore(dynamodb, table=settings.operations_table)),
    )


def lambda_handler(event: dict[str, Any], context: object) -> None:
    """Any event in: what is to be done follows from the time and from what is stored."""
    outcome = _outlook().run(int(time.time()) // 60)
    logger.info(
        "forecast",
        groups=outcome.groups,
        series=outcome.series,
        likely_breaches=outcome.likely_breaches,
    )
