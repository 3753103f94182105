"""Notices of alerts, from the bus by way of a queue: tells every destination, once."""

import os
import time
from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import boto3

from adaptive.aws.clients import STEADY
from adaptive.aws.destination_secrets import DestinationSecrets
from adaptive.aws.https_channel import HttpsChannel
from adaptive.aws.observability import MetricUnit, logger, metrics
from adaptive.aws.public_https import Network
from adaptive.aws.queue import PutOff, events_of, put_off
from adaptive.aws.topic import SnsChannel
from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.monitoring import cloudwatch_alarm
from adaptive.monitoring.notifier import Notifier
from adaptive.monitoring.routing import TOPIC, Routing
from adaptive.settings.monitoring import NotifySettings

if TYPE_CHECKING:
    from adaptive.monitoring.notice import Notice
    from adaptive.ports import Channel


def compose(settings: NotifySettings, network: Network, pause: Callable[[float], None]) -> Routing:
    """Every destination of the settings, to be reached over `network`."""
    secrets = DestinationSecrets(
        boto3.client("secretsmanager", config=STEADY),
        secret_id=settings.destination_secret,
        clock=time.monotonic,
    )
    channels: dict[str, Channel[Notice]] = {
        name: HttpsChannel(name, each.kind, settings.site, secrets, network, time.time)
        for name, each in settings.destinations.items()
    }
    channels[TOPIC] = SnsChannel(boto3.client("sns", config=STEADY), topic=settings.topic)
    sent = DynamoVersionedStore(boto3.client("dynamodb", config=STEADY), table=settings.sent_table)
    return Routing(
        settings,
        {
            name: Notifier(name, channel, sent, time.time, pause)
            for name, channel in channels.items()
        },
    )


@cache
def _outside() -> tuple[NotifySettings, Routing, Any]:
    settings = NotifySettings.load(os.environ)
    return settings, compose(settings, Network(), time.sleep), boto3.client("sqs", config=STEADY)


@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """A batch of SQS in; the messages to deliver again out (ReportBatchItemFailures)."""
    settings, routing, sqs = _outside()
    return notify(event, routing, partial(put_off, sqs, queue_url=settings.queue_url))


def notify(event: dict[str, Any], routing: Routing, put_off: PutOff) -> dict[str, Any]:
    """What the handler does with its batch, less where its parts come from."""
    failed = []
    for message in events_of(event):
        if (notice := cloudwatch_alarm.notice_in(message.event)) is None:
            continue
        result = routing.tell(notice)
        if wait_s := result.wait_s(received=message.received):
            put_off(message=message, wait_s=wait_s)
            failed.append({"itemIdentifier": message.message_id})
        metrics.add_metric("NoticesFailed", MetricUnit.Count, len(result.failures))
        logger.info("notice", id=notice.id, rule=notice.rule, phase=notice.phase, told=result.told)
    return {"batchItemFailures": failed}
