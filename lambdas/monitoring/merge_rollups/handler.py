"""Every five minutes: merges rollups of minutes into those of five minutes and of hours."""

import os
import time
from functools import cache
from typing import Any

import boto3

from adaptive.aws.clients import STEADY
from adaptive.aws.observability import MetricUnit, emit, logger
from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.monitoring.headline import headline
from adaptive.monitoring.merging import Merger
from adaptive.settings.monitoring import MergeRollupsSettings


@cache
def _merger() -> Merger:
    settings = MergeRollupsSettings.load(os.environ)
    dynamodb = boto3.client("dynamodb", config=STEADY)
    return Merger(
        DynamoVersionedStore(dynamodb, table=settings.rollups_table),
        DynamoVersionedStore(dynamodb, table=settings.tallies_table),
    )


def lambda_handler(event: dict[str, Any], context: object) -> None:
    """Any event in: what is to be done follows from the time and from what is done."""
    merged = _merger().run(int(time.time()) // 60)
    counted = merged.counted
    if counted.cells:
        emit({"CellsMerged": counted.cells}, MetricUnit.Count)
    if merged.unreadable:
        emit({"CellsUnreadable": merged.unreadable}, MetricUnit.Count)
    for dimension, share in counted.overflow().items():
        emit({"OverflowShare": 100 * share}, MetricUnit.Percent, dimension=dimension)
    if merged.latest is not None:
        found = headline(merged.latest)
        emit(found.counts, MetricUnit.Count)
        emit(found.milliseconds, MetricUnit.Milliseconds)
        emit(found.percent, MetricUnit.Percent)
        emit(found.plain, MetricUnit.NoUnit)
    logger.info("merged", windows=merged.windows, cells=merged.cells, overflow=counted.overflow())
