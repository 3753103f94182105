"""push_metrics, from the rollups to a receiver of OTLP over real TLS, who reads protobuf."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from adaptive.aws.otlp_receiver import HeaderSecrets
from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.errors import ConfigError
from adaptive.monitoring.query.openmetrics import exposition
from adaptive.monitoring.query.overview import overview
from adaptive.monitoring.query.span import Period
from adaptive.ports import NEVER_S, Write
from adaptive.settings.monitoring import PushMetricsSettings
from lambdas.monitoring.push_metrics import handler
from tests.alert_world import START, AlertWorld, views
from tests.receiver_world import (
    Receiver,
    garbage,
    hanging_up,
    receiving,
    saying,
    silent,
)
from tests.samples import ROLL_UP

HOST = "alerts.example.com"
PUSH = PushMetricsSettings(
    site="demo-shop",
    rollups_table=ROLL_UP.rollups_table,
    tallies_table=ROLL_UP.tallies_table,
    url=f"https://{HOST}/v1/metrics",
    headers=("api-key",),
    header_secret="otlp",  # noqa: S106 - its name
    range="30m",
    lists=ROLL_UP.lists,
)


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    with receiving(tmp_path) as found:
        yield found


@pytest.fixture
def world(aws: SimpleNamespace, receiver: Receiver) -> handler.Push:
    """With half an hour of visitors up to now."""
    boto3.client("secretsmanager").create_secret(
        Name="otlp", SecretString=json.dumps({"api-key": "k-123"})
    )
    made = AlertWorld()
    now = int(datetime.now(UTC).timestamp()) // 60 - START
    made.count(range(now - 25, now + 1), views(20), views(5, country="US", lcp_ms=5_000, failing=1))
    DynamoVersionedStore(aws.dynamodb, table=ROLL_UP.rollups_table).write(
        [Write(key, item, None, NEVER_S) for key, item in made.cells.items.items()]
    )
    return handler.compose(PUSH, receiver.network)


def received(receiver: Receiver) -> ExportMetricsServiceRequest:
    [heard] = receiver.at(HOST)
    assert heard.headers["Content-Type"] == "application/x-protobuf"
    request = ExportMetricsServiceRequest()
    request.ParseFromString(heard.body)
    return request


def samples(request: ExportMetricsServiceRequest) -> dict[tuple[str, frozenset[Any]], float]:
    [resource] = request.resource_metrics
    [scope] = resource.scope_metrics
    return {
        (metric.name, frozenset((a.key, a.value.string_value) for a in point.attributes)): (
            point.as_double
        )
        for metric in scope.metrics
        for point in metric.gauge.data_points
    }


def test_the_figures_that_are_pushed_are_those_that_are_scraped(
    world: handler.Push, receiver: Receiver
) -> None:
    assert world.run() == ""
    request = received(receiver)
    text = exposition(overview(world.desk, Period(word="30m")).answer)
    scraped = {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)  # type: ignore[no-untyped-call]
        for sample in family.samples
    }
    assert samples(request) == scraped
    assert samples(request)["adaptive_page_views", frozenset()] >= 25 * 25
    us = frozenset({("dimension", "country"), ("value", "US")})
    assert samples(request)["adaptive_group_failing_ratio", us] == pytest.approx(0.2)


def test_it_says_whose_they_are_and_of_when(world: handler.Push, receiver: Receiver) -> None:
    assert world.run() == ""
    request = received(receiver)
    assert len(request.SerializeToString()) == len(receiver.heard[0].body)
    [resource] = request.resource_metrics
    words = {each.key: each.value.string_value for each in resource.resource.attributes}
    assert words == {"service.name": "adaptive-edge", "service.namespace": "demo-shop"}
    now_s = datetime.now(UTC).timestamp()
    for metric in resource.scope_metrics[0].metrics:
        assert metric.description
        for point in metric.gauge.data_points:
            assert abs(point.time_unix_nano / 1e9 - now_s) < 180
            assert point.time_unix_nano - point.start_time_unix_nano == 30 * 60 * 10**9


def test_the_key_goes_to_the_receiver_and_nowhere_else(
    world: handler.Push, receiver: Receiver
) -> None:
    receiver.script[HOST] = [saying(401, b"no such key")]
    assert "k-123" not in world.run()
    [heard] = receiver.at(HOST)
    assert heard.headers["api-key"] == "k-123"


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (saying(401, b"no such key"), "says 401: 'no such key'"),
        (saying(302, location="https://elsewhere.example.com/"), "says 302"),
        (saying(429, Retry_After="30"), "says 429"),
        (saying(503), "says 503"),
        (garbage, HOST),
        (hanging_up, HOST),
    ],
)
def test_a_receiver_that_does_not_take_it_is_told_of_and_gets_the_next(
    world: handler.Push, receiver: Receiver, fault: Callable[[Any], None], told: str
) -> None:
    receiver.script[HOST] = [fault]
    assert told in world.run()
    assert world.run() == ""


def test_a_receiver_that_says_nothing_is_given_up_on(
    world: handler.Push, receiver: Receiver
) -> None:
    receiver.script[HOST] = [silent(receiver)]
    assert "timed out" in replace(world, receiver=replace(world.receiver, timeout_s=0.3)).run()


def test_a_header_without_a_value_is_named_with_the_cure(
    world: handler.Push, receiver: Receiver
) -> None:
    client = boto3.client("secretsmanager")
    client.put_secret_value(SecretId="otlp", SecretString="{}")
    assert "./adaptive-ops otlp-header api-key" in world.run()
    assert receiver.heard == []
    HeaderSecrets(client, "otlp").put("api-key", "k-456")
    assert world.run() == ""
    assert receiver.at(HOST)[0].headers["api-key"] == "k-456"


@pytest.mark.parametrize("value", ["", "two\r\nlines: here", "ünicode"])
def test_what_no_header_can_hold_is_refused(world: handler.Push, value: str) -> None:
    with pytest.raises(ConfigError):
        HeaderSecrets(boto3.client("secretsmanager"), "otlp").put("api-key", value)


def test_a_site_without_visitors_pushes_that_there_were_none(
    world: handler.Push, receiver: Receiver, aws: SimpleNamespace
) -> None:
    for item in aws.dynamodb.scan(TableName=ROLL_UP.rollups_table)["Items"]:
        key = {name: item[name] for name in ("pk", "sk")}
        aws.dynamodb.delete_item(TableName=ROLL_UP.rollups_table, Key=key)
    assert world.run() == ""
    found = samples(received(receiver))
    assert found["adaptive_page_views", frozenset()] == 0
    assert not any(name == "adaptive_vital_p75" for name, _ in found)
