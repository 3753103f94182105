"""Each function once, whole, as Lambda runs it: its package, its runtime client, AWS over HTTP."""

import base64
import json
import socket
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import boto3
import pytest

from adaptive.edge import policy
from adaptive.settings.delivery import DropRenditionsSettings
from infra import config, edge_asset
from local.cloud import LocalCloud
from tests import pictures
from tests.functions.runtime import emulator
from tests.samples import INGEST, ORIGIN, POLICY, SCORE

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="the emulator is a Linux program"
)
EVENTS = Path(__file__).parents[1] / "events"
SESSION = "AAAAAAAAAAAAAAAAAAAAAA"


def event(name: str) -> Any:
    return json.loads((EVENTS / f"{name}.json").read_text())


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """The local cloud with nothing in it but what the functions reach for."""
    cloud = LocalCloud(folder=tmp_path_factory.mktemp("cloud"), report=lambda _: None)
    try:
        cloud.start()
        yield cloud
    finally:
        cloud.stop()


def client(cloud: LocalCloud, service: Any) -> Any:
    return boto3.client(
        service,
        endpoint_url=cloud.endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - the local cloud takes any
    )


@pytest.fixture
def sessions(cloud: LocalCloud) -> Iterator[Any]:
    dynamodb = client(cloud, "dynamodb")
    dynamodb.create_table(
        TableName="sessions",
        KeySchema=[{"AttributeName": "session_id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "session_id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    yield dynamodb
    dynamodb.delete_table(TableName="sessions")


@pytest.fixture
def run(cloud: LocalCloud, tmp_path: Path) -> Any:
    def with_environment(name: str, environment: dict[str, str]) -> Any:
        return emulator.function(
            emulator.ROOT / "lambdas/delivery" / name,
            log=tmp_path / "log",
            layer=emulator.CORE_LAYER,
            environment=cloud.environment | environment | {"POWERTOOLS_SERVICE_NAME": name},
        )

    return with_environment


def test_ingest_puts_a_beacon_on_the_stream(cloud: LocalCloud, sessions: Any, run: Any) -> None:
    kinesis = client(cloud, "kinesis")
    kinesis.create_stream(StreamName=INGEST.beacon_stream, ShardCount=1)
    client(cloud, "secretsmanager").create_secret(
        Name=INGEST.origin_secret, SecretString=json.dumps(asdict(ORIGIN))
    )
    with run("ingest", INGEST.environment()) as invoke:
        answer = invoke(event("ingest"))
        refusal = invoke(event("ingest") | {"body": "{"})
    assert answer["statusCode"] == 202
    assert json.loads(answer["body"]) == {"accepted": 1, "rejected": []}
    assert f"ae_sid={SESSION}" in answer["cookies"][0]
    assert "ae_tier=" in answer["cookies"][1]
    assert refusal["statusCode"] == 400
    [shard] = kinesis.list_shards(StreamName=INGEST.beacon_stream)["Shards"]
    iterator = kinesis.get_shard_iterator(
        StreamName=INGEST.beacon_stream,
        ShardId=shard["ShardId"],
        ShardIteratorType="TRIM_HORIZON",
    )["ShardIterator"]
    [record] = kinesis.get_records(ShardIterator=iterator)["Records"]
    assert record["PartitionKey"] == SESSION
    assert json.loads(record["Data"])["beacon"]["page"] == "/index.html"
    assert sessions


def test_score_folds_a_batch_and_buries_what_it_cannot_read(
    cloud: LocalCloud, sessions: Any, run: Any
) -> None:
    s3 = client(cloud, "s3")
    s3.create_bucket(Bucket=SCORE.dead_letter_bucket)
    with run("score", SCORE.environment()) as invoke:
        first, again = invoke(event("score")), invoke(event("score"))
    assert first == again == {"batchItemFailures": []}
    item = sessions.get_item(TableName="sessions", Key={"session_id": {"S": SESSION}})["Item"]
    assert item["tier"]["S"] in {"lite", "minimal"}
    [buried] = s3.list_objects_v2(Bucket=SCORE.dead_letter_bucket)["Contents"]
    letter = s3.get_object(Bucket=SCORE.dead_letter_bucket, Key=buried["Key"])["Body"].read()
    assert letter == b"no beacon at all"


def test_render_makes_a_rendition_once_and_stores_it(cloud: LocalCloud, run: Any) -> None:
    s3 = client(cloud, "s3")
    s3.create_bucket(Bucket=pictures.RENDER.site_bucket)
    s3.put_object(Bucket=pictures.RENDER.site_bucket, Key="img/hero.jpg", Body=pictures.photo())
    with run("render", pictures.RENDER.environment()) as invoke:
        answer = invoke(event("render"))
        refusal = invoke(event("render") | {"rawPath": "/img/hero.jpg/641w.lite.avif"})
    assert (answer["statusCode"], refusal["statusCode"]) == (200, 404)
    body = base64.b64decode(answer["body"])
    assert body[4:12] == b"ftypavif"
    stored = s3.get_object(Bucket=pictures.RENDER.site_bucket, Key="img/hero.jpg/640w.lite.avif")
    assert stored["Body"].read() == body


def test_drop_renditions_leaves_an_image_that_has_none(cloud: LocalCloud, run: Any) -> None:
    client(cloud, "s3").create_bucket(Bucket="replaced")
    settings = DropRenditionsSettings(
        site_bucket="replaced", distribution_id="E123", policy=policy.dump(POLICY)
    )
    created = {"id": "1", "detail": {"object": {"key": "img/hero.jpg"}}}
    with run("drop_renditions", settings.environment()) as invoke:
        assert invoke(created) is None


@pytest.fixture
def edge_package(tmp_path: Path) -> Path:
    site = config.load(edge_asset.ROOT / "site.toml")
    return edge_asset.stage(site, tmp_path / "edge_request")


def test_edge_request_rewrites_from_its_package_alone(edge_package: Path, tmp_path: Path) -> None:
    with emulator.function(edge_package, log=tmp_path / "log", environment={}) as invoke:
        image, script = invoke(event("edge_request")), invoke(event("edge_request_script"))
        nothing = invoke({})
    assert image["uri"] == "/img/hero.jpg/960w.lite.avif"
    assert script["uri"] == "/js/shop.lite.js"
    assert nothing == {}


def test_the_emulator_answers_on_loopback_alone(edge_package: Path, tmp_path: Path) -> None:
    with emulator.function(edge_package, log=tmp_path / "log", environment={}) as invoke:
        assert invoke({}) == {}
        for port in (invoke.port, invoke.runtime_port):
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.2", port))  # any interface would include it
