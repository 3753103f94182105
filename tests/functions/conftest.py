import json
from collections.abc import Iterator
from dataclasses import asdict
from types import SimpleNamespace

import boto3
import pytest
from moto import mock_aws

from tests.samples import FORECAST, INGEST, NOTIFY, ORIGIN, QUERY, RECORD, ROLL_UP, SCORE

STREAM = INGEST.beacon_stream
TABLE = INGEST.sessions_table
DEAD_LETTERS = SCORE.dead_letter_bucket
SITE = "site"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """The account the functions run in, by moto."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "test")
    with mock_aws():
        dynamodb = boto3.client("dynamodb")
        kinesis = boto3.client("kinesis")
        s3 = boto3.client("s3")
        dynamodb.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "session_id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "session_id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        for table in (
            ROLL_UP.rollups_table,
            ROLL_UP.tallies_table,
            INGEST.operations_table,
            NOTIFY.sent_table,
            FORECAST.predictions_table,
            RECORD.experiments_table,
            QUERY.delivered_table,
        ):
            dynamodb.create_table(
                TableName=table,
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
        kinesis.create_stream(StreamName=STREAM, ShardCount=1)
        for bucket in (DEAD_LETTERS, SITE):
            s3.create_bucket(Bucket=bucket)
        secrets = boto3.client("secretsmanager")
        secrets.create_secret(Name=INGEST.origin_secret, SecretString=json.dumps(asdict(ORIGIN)))
        yield SimpleNamespace(dynamodb=dynamodb, kinesis=kinesis, s3=s3, secrets=secrets)


@pytest.fixture
def stream_records(aws: SimpleNamespace):  # type: ignore[no-untyped-def] # noqa: ANN201
    """What is on the stream, as a Lambda would get it."""

    def read() -> list[dict[str, object]]:
        [shard] = aws.kinesis.list_shards(StreamName=STREAM)["Shards"]
        iterator = aws.kinesis.get_shard_iterator(
            StreamName=STREAM, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        records: list[dict[str, object]] = aws.kinesis.get_records(ShardIterator=iterator)[
            "Records"
        ]
        return records

    return read
