"""Every minute, from every Region of the site: runs the probes that are due, keeps results."""

import os
import time
from functools import cache
from typing import Any

import boto3

from adaptive.aws.clients import STEADY
from adaptive.aws.curl import CurlFetcher, Reach
from adaptive.aws.observability import MetricUnit, logger, metrics
from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.errors import ConfigError
from adaptive.monitoring import probe
from adaptive.monitoring.probe_round import Round, minute_of
from adaptive.monitoring.probing import Prober
from adaptive.ports import Fetcher, VersionedStore
from adaptive.settings.monitoring import ProbeSettings


@cache
def _outside() -> tuple[ProbeSettings, VersionedStore]:
    settings = ProbeSettings.load(os.environ)
    home = settings.home_region
    parameters = boto3.client("ssm", region_name=home, config=STEADY)
    try:
        found = parameters.get_parameter(Name=settings.rollups_parameter)
    except parameters.exceptions.ParameterNotFound as error:
        raise ConfigError(f"{settings.rollups_parameter} is not in {home}") from error
    dynamodb = boto3.client("dynamodb", region_name=home, config=STEADY)
    return settings, DynamoVersionedStore(dynamodb, table=found["Parameter"]["Value"])


@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> None:
    """A scheduled event in."""
    settings, _ = _outside()
    run(event, CurlFetcher(Reach(private=probe.unpack_private(settings.private))))


def run(event: dict[str, Any], fetcher: Fetcher) -> None:
    """What the handler does, with a network to be named."""
    settings, cells = _outside()
    prober = Prober(fetcher, time.monotonic, time.time())
    probes = probe.unpack(settings.probes)
    of = Round(probes, settings.location, prober, cells, time.monotonic)
    results, skipped = of.run(minute_of(event["time"]))
    failed = {each.probe: each.reason for each in results if each.reason}
    metrics.add_metric("ProbesRun", MetricUnit.Count, len(results))
    metrics.add_metric("ProbesFailed", MetricUnit.Count, len(failed))
    metrics.add_metric("ProbesSkipped", MetricUnit.Count, skipped)
    logger.info("probed", location=settings.location, run=len(results), failed=failed)
