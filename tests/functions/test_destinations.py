"""Addresses of destinations, set by the command line and read by notify."""

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner

from adaptive.aws.destination_secrets import DestinationSecrets
from adaptive.errors import ConfigError
from local.adaptive_ops.__main__ import app
from tests.functions.test_adaptive_site import cloudformation

SITE_FILE = Path(__file__).parents[1] / "infra/site.toml"
SLACK = "https://hooks.slack.com/services/T0/B0/xYz"
SECRET = "destinations"  # noqa: S105 - its name
EMPTY = {"addresses": {}, "signing_key": "k" * 44}
_OUTPUTS = {"DestinationSecretArn": SECRET, "AlertBusName": "alerts"}
_FOUND = "".join(
    f"<member><OutputKey>{name}</OutputKey><OutputValue>{value}</OutputValue></member>"
    for name, value in _OUTPUTS.items()
)
_STACK = (
    "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>AdaptiveMonitoring"
    f"</StackName><Outputs>{_FOUND}</Outputs></member></Stacks></DescribeStacksResult>"
    "</DescribeStacksResponse>"
)


@pytest.fixture
def stack(aws: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    aws.secrets.create_secret(Name=SECRET, SecretString=json.dumps(EMPTY))
    with cloudformation(monkeypatch, 200, _STACK):
        yield aws


def kept(aws: SimpleNamespace) -> Any:
    return json.loads(aws.secrets.get_secret_value(SecretId=SECRET)["SecretString"])


def run(*arguments: str, given: str = "") -> Any:
    return CliRunner().invoke(app, [*arguments], input=given)


def test_an_address_is_kept_beside_the_others_and_the_key(stack: SimpleNamespace) -> None:
    full = {**EMPTY, "addresses": {"old": "x"}}
    stack.secrets.put_secret_value(SecretId=SECRET, SecretString=json.dumps(full))
    result = run("address", "team", "--site", str(SITE_FILE), given=f"{SLACK}\n")
    assert result.exit_code == 0, result.output
    assert kept(stack) == {**EMPTY, "addresses": {"old": "x", "team": SLACK}}
    assert SLACK not in result.output


@pytest.mark.parametrize(
    ("name", "given", "sentence"),
    [
        ("team", "http://hooks.slack.com/x", "must begin with https://"),
        ("team", "https://169.254.169.254/latest", "must name a public host"),
        ("nobody", SLACK, "has no [notify.destinations.nobody], but: team"),
    ],
)
def test_what_notify_would_refuse_is_refused_before(
    name: str, given: str, sentence: str, stack: SimpleNamespace
) -> None:
    result = run("address", name, "--site", str(SITE_FILE), given=given)
    assert result.exit_code == 1
    assert sentence in " ".join(result.output.split())
    assert kept(stack) == EMPTY


def test_a_trial_is_put_on_the_bus(stack: SimpleNamespace) -> None:
    boto3.client("events").create_event_bus(Name="alerts")
    result = run("test-notice", "--severity", "page")
    assert result.exit_code == 0, result.output
    assert "published" in result.stdout


def test_addresses_are_read_anew_every_five_minutes_or_when_told(stack: SimpleNamespace) -> None:
    minutes = count()
    secrets = DestinationSecrets(
        stack.secrets, secret_id=SECRET, clock=lambda: next(minutes) * 60.0
    )
    with pytest.raises(ConfigError, match=r"team has no address yet: ./adaptive-ops address team"):
        secrets.address_of("team")
    changed = {**EMPTY, "addresses": {"team": SLACK}}
    stack.secrets.put_secret_value(SecretId=SECRET, SecretString=json.dumps(changed))
    with pytest.raises(ConfigError):
        secrets.address_of("team")
    secrets.forget()
    assert secrets.address_of("team") == SLACK
    stack.secrets.put_secret_value(SecretId=SECRET, SecretString=json.dumps(EMPTY))
    found = []
    for _ in range(7):
        try:
            found.append(secrets.address_of("team"))
        except ConfigError:
            break
    assert 3 <= len(found) <= 6


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"addresses": [], "signing_key": "x"}'])
def test_a_broken_secret_is_told_without_its_content(text: str, stack: SimpleNamespace) -> None:
    stack.secrets.put_secret_value(SecretId=SECRET, SecretString=text or "hunter2")
    secrets = DestinationSecrets(stack.secrets, secret_id=SECRET, clock=lambda: 0)
    with pytest.raises(ConfigError, match="must be JSON with the keys") as refused:
        secrets.signing_key()
    assert "hunter2" not in str(refused.value)
