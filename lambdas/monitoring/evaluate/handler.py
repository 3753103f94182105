"""Every minute: judges the rollups by the site's rules, and tells what begins, goes on and ends."""

import os
import time
from functools import cache
from typing import Any

import boto3

from adaptive.aws.bus import EventBridgeBus
from adaptive.aws.clients import STEADY
from adaptive.aws.observability import MetricUnit, logger, metrics
from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.delivery.changes import ChangeLog
from adaptive.monitoring.alerts_store import AlertsStore
from adaptive.monitoring.evaluator import Evaluator, assemble
from adaptive.monitoring.rules_file import RulesFile
from adaptive.prediction.watch import watch as detect
from adaptive.settings.monitoring import EvaluateSettings


@cache
def _evaluator() -> Evaluator:
    settings = EvaluateSettings.load(os.environ)
    dynamodb = boto3.client("dynamodb", config=STEADY)
    events = boto3.client("events", config=STEADY)
    return assemble(
        RulesFile.load(settings.rules_package),
        detect=detect,
        cells=DynamoVersionedStore(dynamodb, table=settings.rollups_table),
        alerts=AlertsStore(DynamoVersionedStore(dynamodb, table=settings.alerts_table)),
        changes=ChangeLog(DynamoVersionedStore(dynamodb, table=settings.operations_table)),
        bus=EventBridgeBus(events, bus=settings.bus, pause=time.sleep),
    )


@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> None:
    """Any event in: what is to be done follows from the time and from what is done."""
    metrics.add_metric("Evaluations", MetricUnit.Count, 1)
    evaluator = _evaluator()
    outcome = evaluator.run(int(time.time()) // 60)
    meter = evaluator.counts.meter
    metrics.add_metric("MinutesBehind", MetricUnit.Count, outcome.behind)
    metrics.add_metric("MinutesLost", MetricUnit.Count, outcome.lost)
    metrics.add_metric("AlertsFiring", MetricUnit.Count, outcome.firing)
    metrics.add_metric("ReadUnits", MetricUnit.Count, meter.units)
    metrics.add_metric("CellsUnreadable", MetricUnit.Count, meter.unreadable)
    logger.info(
        "evaluated",
        minutes=outcome.minutes,
        behind=outcome.behind,
        firing=outcome.firing,
        notices=outcome.notices,
        won=outcome.won,
        read_units=meter.units,
        cells=meter.cells,
    )
