"""Where alerts are posted to: sets an address, and tries all of them."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import boto3
import typer

from adaptive.aws.bus import EventBridgeBus
from adaptive.aws.destination_secrets import DestinationSecrets
from adaptive.errors import ConfigError
from adaptive.monitoring.notice import Notice, Phase, notice_id
from adaptive.monitoring.webhook import Webhook
from adaptive.settings.monitoring import DestinationKind, Severity
from infra import config
from local.adaptive_site.account import PATIENT, REGION, answered, outputs_of
from local.adaptive_site.terminal import say, secret, told

_STACK = "AdaptiveMonitoring"
_SITE = Path(__file__).parents[2] / "site.toml"


def address(
    name: Annotated[str, typer.Argument(help="As in site.toml: [notify.destinations.NAME].")],
    site: Annotated[Path, typer.Option(help="Another site.toml.")] = _SITE,
) -> None:
    """Set where alerts for one destination are posted to: its URL, or PagerDuty's routing key.

    It is asked for without showing it, or read from standard input.
    """
    with told():
        destinations = config.load(site).notify.destinations
        if name not in destinations:
            known = ", ".join(destinations) or "none yet"
            raise ConfigError(f"site.toml has no [notify.destinations.{name}], but: {known}")
        kind = destinations[name].kind
        put_address(name, kind, secret(f"{kind} address"))
        say(f"{name} hears within five minutes; ./adaptive-ops test-notice tries it")


def put_address(name: str, kind: DestinationKind, text: str) -> None:
    """Check it as `notify` will, and keep it; raises ConfigError."""
    if kind not in {DestinationKind.PAGERDUTY, DestinationKind.PAGERDUTY_EU}:
        Webhook.parse(text, name=name)
    elif not (text.isascii() and text.isalnum() and len(text) == 32):  # noqa: PLR2004 - theirs
        raise ConfigError(f"the routing key of {name} has 32 letters and digits")
    with answered():
        secret_id = outputs_of(_STACK, "DestinationSecretArn")["DestinationSecretArn"]
        client = boto3.client("secretsmanager", region_name=REGION, config=PATIENT)
    DestinationSecrets(client, secret_id=secret_id, clock=time.monotonic).put(name, text)


def publish_trial(
    severity: Annotated[Severity, typer.Option(help="Whose destinations to try.")] = Severity.INFO,
) -> None:
    """Tell everybody who hears of this severity that this is a test; PagerDuty opens an incident,
    to be closed there.
    """
    with told():
        with answered():
            bus = outputs_of(_STACK, "AlertBusName")["AlertBusName"]
            client = boto3.client("events", region_name=REGION, config=PATIENT)
        publishing = EventBridgeBus(client, bus=bus, pause=time.sleep)
        publishing.publish([trial(severity, now=datetime.now(UTC))])
        say("published: every destination of this severity should have it within a minute")


def trial(severity: Severity, *, now: datetime) -> Notice:
    """The beginning of an alert that is none."""
    rule, phase = "test-notice", Phase.FIRING
    return Notice(
        id=notice_id(rule=rule, group={}, since=now, phase=phase, number=0),
        phase=phase,
        rule=rule,
        severity=severity,
        title="This is a test: nothing is wrong",
        summary="Somebody wants to know whether alerts reach you. They do.",
        since=now,
        at=now,
    )
