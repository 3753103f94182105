"""`rotate_secret` on moto's Secrets Manager and CloudFront."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from adaptive.aws.origin_secret import DistributionHeader, SecretsManagerSecret
from adaptive.delivery.gate import ORIGIN_HEADER
from adaptive.errors import ConfigError, UnavailableError
from adaptive.settings.delivery import RotateSecretSettings
from lambdas.delivery.rotate_secret import handler
from tests.samples import INGEST, ORIGIN

EVENT = json.loads((Path(__file__).parent / "events/rotate_secret.json").read_text())


@pytest.fixture
def cloudfront(aws: SimpleNamespace) -> Any:
    assert aws
    return boto3.client("cloudfront")


def deploy(cloudfront: Any, *headers: dict[str, str]) -> str:
    origins = [
        {
            "Id": name,
            "DomainName": f"{name}.example.com",
            "CustomHeaders": {"Quantity": len(items), "Items": items},
            "CustomOriginConfig": {
                "HTTPPort": 80,
                "HTTPSPort": 443,
                "OriginProtocolPolicy": "https-only",
            },
        }
        for name, items in (("site", []), ("api", list(headers)))
    ]
    config: Any = {
        "CallerReference": "1",
        "Comment": "",
        "Enabled": True,
        "Origins": {"Quantity": 2, "Items": origins},
        "DefaultCacheBehavior": {"TargetOriginId": "site", "ViewerProtocolPolicy": "allow-all"},
    }
    created = cloudfront.create_distribution(DistributionConfig=config)["Distribution"]
    return str(created["Id"])


@pytest.fixture
def distribution(cloudfront: Any) -> str:
    return deploy(cloudfront, {"HeaderName": ORIGIN_HEADER, "HeaderValue": ORIGIN.current})


@pytest.fixture
def rotate(distribution: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    settings = RotateSecretSettings(
        origin_secret=INGEST.origin_secret, distribution_id=distribution
    )
    for name, text in settings.environment().items():
        monkeypatch.setenv(name, text)
    return lambda: handler.lambda_handler(EVENT, None)


def stored(aws: SimpleNamespace) -> dict[str, str]:
    found = aws.secrets.get_secret_value(SecretId=INGEST.origin_secret)
    return json.loads(found["SecretString"])  # type: ignore[no-any-return]


def test_two_turns_later_cloudfront_sends_another_secret_and_the_old_one_is_gone(
    rotate: Callable[[], str], cloudfront: Any, distribution: str, aws: SimpleNamespace
) -> None:
    assert rotate() == "started"
    header = DistributionHeader(cloudfront, distribution_id=distribution)
    assert header.sending().value == ORIGIN.following
    assert stored(aws) == {"current": ORIGIN.current, "following": ORIGIN.following}
    assert rotate() == "finished"
    assert stored(aws)["current"] == ORIGIN.following
    assert len(stored(aws)["following"]) == 43
    assert ORIGIN.current not in json.dumps(stored(aws))


def test_nothing_else_of_the_distribution_moves(
    rotate: Callable[[], str], cloudfront: Any, distribution: str
) -> None:
    before = cloudfront.get_distribution_config(Id=distribution)["DistributionConfig"]
    rotate()
    after = cloudfront.get_distribution_config(Id=distribution)["DistributionConfig"]
    text = json.dumps(after).replace(ORIGIN.following, ORIGIN.current)
    assert json.loads(text) == before


def test_a_distribution_without_the_header_is_a_fault_of_the_configuration(cloudfront: Any) -> None:
    header = DistributionHeader(cloudfront, distribution_id=deploy(cloudfront))
    assert header.sending().value is None
    with pytest.raises(ConfigError):
        header.send("secret")


def test_a_distribution_that_is_gone_is_tried_again(
    rotate: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISTRIBUTION_ID", "EGONE")
    with pytest.raises(UnavailableError):
        rotate()


@pytest.mark.parametrize(
    "text", ["s3cret", '["s3cret"]', '{"current": "s3cret"}', '{"current": "s3cret", "old": ""}']
)
def test_a_secret_of_another_shape_is_named_but_not_shown(aws: SimpleNamespace, text: str) -> None:
    aws.secrets.create_secret(Name="odd", SecretString=text)
    with pytest.raises(ConfigError, match="odd") as raised:
        SecretsManagerSecret(aws.secrets, secret_id="odd").read()  # noqa: S106 - its name
    assert "s3cret" not in str(raised.value)
