"""`evaluate` as Lambda calls it, on moto: its rules from a package, its notices on a bus."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.errors import ConfigError, UnavailableError
from adaptive.monitoring.alerts_store import AlertsStore
from adaptive.monitoring.rules_file import NAME, RulesFile
from adaptive.ports import Write
from adaptive.settings.monitoring import EvaluateSettings
from lambdas.monitoring.evaluate import handler
from tests.alert_world import LISTS, START, AlertWorld, monitoring, views
from tests.samples import INGEST, ROLL_UP

SETTINGS = EvaluateSettings(
    rollups_table=ROLL_UP.rollups_table,
    alerts_table="alerts",
    operations_table=INGEST.operations_table,
    bus="alerts",
    rules_package="rules_of_a_test",
)
Evaluate = Callable[[], None]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """What the layer has, on the path of modules."""
    folder = tmp_path / SETTINGS.rules_package
    folder.mkdir()
    (folder / "__init__.py").touch()
    rules = RulesFile(monitoring=monitoring(), lists=LISTS)
    (folder / NAME).write_text(rules.model_dump_json())
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    sys.modules.pop(SETTINGS.rules_package, None)


@pytest.fixture
def bus(aws: SimpleNamespace) -> Callable[[], list[dict[str, Any]]]:
    """The alerts on it so far."""
    events, sqs = boto3.client("events"), boto3.client("sqs")
    events.create_event_bus(Name=SETTINGS.bus)
    url = sqs.create_queue(QueueName="heard")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    events.put_rule(Name="all", EventBusName=SETTINGS.bus, EventPattern='{"detail-type":["Alert"]}')
    target: Any = {"Id": "queue", "Arn": arn["Attributes"]["QueueArn"]}
    events.put_targets(Rule="all", EventBusName=SETTINGS.bus, Targets=[target])

    def heard() -> list[dict[str, Any]]:
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(each["Body"])["detail"] for each in messages]

    return heard


@pytest.fixture
def evaluate(
    aws: SimpleNamespace, package: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Evaluate]:
    aws.dynamodb.create_table(
        TableName=SETTINGS.alerts_table,
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    for name, text in SETTINGS.environment().items():
        monkeypatch.setenv(name, text)
    handler._evaluator.cache_clear()  # noqa: SLF001
    yield lambda: handler.lambda_handler({}, None)
    handler._evaluator.cache_clear()  # noqa: SLF001


def slow_now(aws: SimpleNamespace) -> None:
    """Slow views in the last ten minutes of the clock on the wall."""
    now = int(time.time()) // 60 - START
    world = AlertWorld()
    world.count(range(now - 10, now + 1), views(30, lcp_ms=9_000))
    store = DynamoVersionedStore(aws.dynamodb, table=SETTINGS.rollups_table)
    expires_at_s = (START + now) * 60 + 86_400
    store.write([Write(key, item, None, expires_at_s) for key, item in world.cells.items.items()])


def test_slow_views_become_one_alert_on_the_bus(
    evaluate: Evaluate, aws: SimpleNamespace, bus: Callable[[], list[dict[str, Any]]]
) -> None:
    slow_now(aws)
    evaluate()
    evaluate()
    handler._evaluator.cache_clear()  # noqa: SLF001 - another worker
    evaluate()
    [notice] = bus()
    assert (notice["rule"], notice["phase"], notice["severity"]) == ("slow", "firing", "page")
    alerts = AlertsStore(DynamoVersionedStore(aws.dynamodb, table=SETTINGS.alerts_table))
    stored = alerts.state()
    assert stored is not None
    assert stored.state.outbox == ()


def test_without_a_bus_the_news_waits_for_the_next_minute(
    evaluate: Evaluate, aws: SimpleNamespace
) -> None:
    slow_now(aws)
    with pytest.raises(UnavailableError, match="EventBridge"):
        evaluate()
    alerts = AlertsStore(DynamoVersionedStore(aws.dynamodb, table=SETTINGS.alerts_table))
    stored = alerts.state()
    assert stored is not None
    assert len(stored.state.outbox) == 1


def test_without_its_rules_it_says_what_is_missing(package: Path) -> None:
    (package / NAME).unlink()
    with pytest.raises(ConfigError, match="rules_of_a_test"):
        RulesFile.load(SETTINGS.rules_package)
    with pytest.raises(ConfigError, match="nowhere"):
        RulesFile.load("nowhere")
