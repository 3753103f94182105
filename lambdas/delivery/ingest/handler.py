"""`/rum`: takes beacons in and answers with the tier of the visitor's next page."""

import os
import secrets
import time
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3

from adaptive.aws import http, tracing
from adaptive.aws.clients import BRIEF, IMPATIENT
from adaptive.aws.observability import (
    MetricUnit,
    logger,
    metrics,
    tell_policy_unread,
    tell_priors_unread,
)
from adaptive.aws.origin_secret import SecretsManagerSecret
from adaptive.aws.sessions import DynamoSessionStore
from adaptive.aws.stream import KinesisBeaconStream
from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.delivery.budget import Budget
from adaptive.delivery.doors import door_at
from adaptive.delivery.foreign import Sender
from adaptive.delivery.gate import ORIGIN_HEADER, Gate
from adaptive.delivery.intake import Intake
from adaptive.delivery.policy import initial
from adaptive.delivery.policy_watch import PolicyWatch
from adaptive.delivery.prior import PriorWatch
from adaptive.edge.policy import RECIPE_COOKIE, SESSION_COOKIE, TIER_COOKIE, VISITOR_COOKIE
from adaptive.errors import AdaptiveError
from adaptive.settings.delivery import IngestSettings


@cache
def _intake() -> Intake:
    settings = IngestSettings.load(os.environ)
    dynamodb = boto3.client("dynamodb", config=IMPATIENT)
    kinesis = boto3.client("kinesis", config=IMPATIENT)
    operations = DynamoVersionedStore(
        boto3.client("dynamodb", config=BRIEF), table=settings.operations_table
    )
    watch = PolicyWatch(
        operations,
        initial(settings.rules, holdout_share=settings.holdout_share),
        clock=time.monotonic,
        tell=tell_policy_unread,
    )
    return Intake(
        settings=settings,
        policy=watch.serving,
        sessions=DynamoSessionStore(dynamodb, table=settings.sessions_table),
        stream=KinesisBeaconStream(kinesis, stream=settings.beacon_stream, pause=time.sleep),
        now=lambda: datetime.now(UTC),
        entropy=secrets.token_bytes,
        session_budget=Budget(settings.session_beacons_per_minute, clock=time.monotonic),
        sender_budget=Budget(settings.sender_beacons_per_minute, clock=time.monotonic),
        trace=lambda: tracing.current(os.environ),
        prior=PriorWatch(operations, now_s=time.time, tell=tell_priors_unread).of,
    )


@cache
def _gate() -> Gate:
    settings = IngestSettings.load(os.environ)
    client = boto3.client("secretsmanager", config=IMPATIENT)
    secret = SecretsManagerSecret(client, secret_id=settings.origin_secret)
    return Gate(secret, clock=time.monotonic)


@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> http.Response:
    """An HTTP API event (payload 2.0) in; 202 or 204, problem+json with Retry-After for 429 and 503
    out.
    """
    try:
        request = http.Request.of_event(event)
        _gate().admit(request.headers.get(ORIGIN_HEADER, ""))
        door = door_at(request.path)
        request.require(methods=door.methods, media_types=door.media_types)
        tier, recipe = map(request.cookies.get, (TIER_COOKIE, RECIPE_COOKIE))
        receipt = _intake().take(
            door.translate(request.payload, Sender.of(tier, at_s=time.time(), recipe=recipe)),
            session=request.cookies.get(SESSION_COOKIE),
            returning=request.cookies.get(VISITOR_COOKIE),
            client=request.client,
            sender=request.sender,
        )
    except AdaptiveError as error:
        metrics.add_metric(type(error).__name__, MetricUnit.Count, 1)
        logger.warning("refused", reason=str(error))
        return http.problem_of(error)
    metrics.add_metric("BeaconsAccepted", MetricUnit.Count, receipt.accepted)
    metrics.add_metric("BeaconsRejected", MetricUnit.Count, len(receipt.rejected))
    # On the metrics' own line: another would be a quarter of the CPU that is ours (bench.ingest).
    metrics.add_metadata("tier", receipt.tier_word)
    metrics.add_metadata("views", receipt.views)
    return http.thanks(request, receipt, in_full=door.answers)
