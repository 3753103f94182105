"""Every five minutes: merges rollups of minutes into those of five minutes and of hours, and with
each hour measures anew what visitors are like.
"""

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
from adaptive.monitoring.priors import Surveying
from adaptive.settings.monitoring import MergeRollupsSettings


@cache
def _work() -> tuple[Merger, Surveying]:
    settings = MergeRollupsSettings.load(os.environ)
    dynamodb = boto3.client("dynamodb", config=STEADY)
    rollups, tallies, operations = (
        DynamoVersionedStore(dynamodb, table=table)
        for table in (settings.rollups_table, settings.tallies_table, settings.operations_table)
    )
    return Merger(rollups, tallies), Surveying(rollups, tallies, operations, settings.lists)


def lambda_handler(event: dict[str, Any], context: object) -> None:
    """Any event in: what is to be done follows from the time and from what is done."""
    merger, surveying = _work()
    merged = merger.run(int(time.time()) // 60)
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
    if (priors := surveying.run()) is not None:
        logger.info("surveyed", through=priors.through, cells=len(priors.cells))
