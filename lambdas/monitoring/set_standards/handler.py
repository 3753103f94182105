"""Daily: measures the site's own medians and bounce risk, which sessions are held against."""

import os
import time
from functools import cache
from typing import Any

import boto3

from adaptive.aws.clients import STEADY
from adaptive.aws.observability import logger
from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.monitoring.standards import Measuring
from adaptive.settings.monitoring import SetStandardsSettings


@cache
def _measuring() -> Measuring:
    settings = SetStandardsSettings.load(os.environ)
    dynamodb = boto3.client("dynamodb", config=STEADY)
    tallies = DynamoVersionedStore(dynamodb, table=settings.tallies_table)
    return Measuring(settings.experience, tallies)


def lambda_handler(event: dict[str, Any], context: object) -> None:
    """Any event in: the last seven days are what counts."""
    found = _measuring().run(int(time.time()) // 60)
    logger.info(
        "measured",
        sessions=found.sessions,
        visible_ms=found.visible_ms,
        depth=found.depth,
        curve_is_own=found.curve_is_own,
    )
