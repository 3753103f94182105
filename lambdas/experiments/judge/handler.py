"""Every minute: promotes experiments by evidence, and rolls them back by proof of harm."""

import os
import time
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3

from adaptive.aws.bus import EventBridgeBus
from adaptive.aws.clients import STEADY
from adaptive.aws.observability import MetricUnit, logger, metrics
from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.delivery.policy import initial
from adaptive.delivery.policy_book import PolicyBook
from adaptive.experiments.caution import Caution
from adaptive.experiments.consequences import Consequences
from adaptive.experiments.judge import Judge
from adaptive.experiments.registry import Registry
from adaptive.monitoring.alerts_store import AlertsStore
from adaptive.settings.experiments import JudgeSettings


def _now() -> datetime:
    return datetime.now(UTC)


@cache
def _judge() -> Judge:
    settings = JudgeSettings.load(os.environ)
    dynamodb = boto3.client("dynamodb", config=STEADY)
    events = boto3.client("events", config=STEADY)
    registry = Registry(DynamoVersionedStore(dynamodb, table=settings.experiments_table))
    consequences = Consequences(
        registry,
        PolicyBook(DynamoVersionedStore(dynamodb, table=settings.operations_table)),
        EventBridgeBus(events, bus=settings.alert_bus, pause=time.sleep),
        initial(settings.rules, holdout_share=settings.holdout_share),
        _now,
    )
    alerts = AlertsStore(DynamoVersionedStore(dynamodb, table=settings.alerts_table))
    return Judge(registry, consequences, Caution(alerts, _now).is_due)


@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> None:
    """Any event in: what is to be done follows from the time and from what is known."""
    period = _judge().run(_now())
    metrics.add_metric("ExperimentsRunning", MetricUnit.Count, period.running)
    metrics.add_metric("MinutesUnjudged", MetricUnit.Count, period.behind_s / 60)
    metrics.add_metric("ExperimentsFrozen", MetricUnit.Count, len(period.frozen))
    logger.info(
        "judged",
        running=period.running,
        moved=period.moved,
        frozen=period.frozen,
        contended=period.contended,
    )
