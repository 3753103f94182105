"""Every minute, if asked for: pushes the site's figures to a receiver of OTLP/HTTP."""

import os
import time
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3

from adaptive.aws.clients import IMPATIENT, STEADY
from adaptive.aws.items import DynamoItemReader
from adaptive.aws.observability import MetricUnit, logger, metrics
from adaptive.aws.otlp_receiver import HeaderSecrets, OtlpReceiver
from adaptive.aws.public_https import Network
from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.errors import AdaptiveError
from adaptive.monitoring.query.otlp import request_of
from adaptive.monitoring.query.overview import overview
from adaptive.monitoring.query.reading import Reading
from adaptive.monitoring.query.reply import Desk
from adaptive.monitoring.query.span import Period
from adaptive.settings.monitoring import PushMetricsSettings


@dataclass(frozen=True, slots=True)
class Push:
    """The figures of `desk`, and who is told of them."""

    settings: PushMetricsSettings
    desk: Desk
    receiver: OtlpReceiver

    def run(self) -> str:
        """Why it was not pushed, or nothing. It is not pushed later: a minute on there are newer
        figures.
        """
        period = Period(word=self.settings.range)
        try:
            answer = overview(self.desk, period).answer
            self.receiver.push(request_of(answer, site=self.settings.site))
        except AdaptiveError as error:
            return str(error)
        return ""


def compose(settings: PushMetricsSettings, network: Network) -> Push:
    """To be reached over `network`."""
    dynamodb = boto3.client("dynamodb", config=IMPATIENT)
    reading = Reading(
        cells=DynamoItemReader(dynamodb, table=settings.rollups_table),
        progress=DynamoVersionedStore(dynamodb, table=settings.tallies_table),
        lists=settings.lists,
    )
    secrets = boto3.client("secretsmanager", config=STEADY)
    headers = HeaderSecrets(secrets, settings.header_secret)
    receiver = OtlpReceiver(settings.url, settings.headers, headers, network)
    return Push(settings, Desk(reading, time.time), receiver)


@cache
def _push() -> Push:
    return compose(PushMetricsSettings.load(os.environ), Network())


@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> None:
    """A scheduled event in."""
    reason = _push().run()
    metrics.add_metric("PushesFailed", MetricUnit.Count, bool(reason))
    logger.info("pushed" if not reason else "not pushed", reason=reason)
