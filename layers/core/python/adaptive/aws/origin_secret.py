"""The OriginSecrets port on Secrets Manager, and the OriginHeader port on CloudFront.

The secret is JSON: {"current": "…", "following": "…"}; the template resolves `current` when the
distribution is deployed.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from adaptive.aws.clients import answering
from adaptive.delivery.gate import ORIGIN_HEADER
from adaptive.errors import ConfigError
from adaptive.ports import OriginSecret, Sending

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_cloudfront.type_defs import DistributionConfigOutputTypeDef
    from mypy_boto3_cloudfront.type_defs import OriginCustomHeaderTypeDef as Header
    from mypy_boto3_secretsmanager import SecretsManagerClient


class SecretsManagerSecret:
    """One secret, by name or ARN."""

    def __init__(self, client: SecretsManagerClient, *, secret_id: str) -> None:
        self._client = client
        self._secret_id = secret_id

    def read(self) -> OriginSecret:
        """See the port."""
        with answering("Secrets Manager"):
            text = self._client.get_secret_value(SecretId=self._secret_id)["SecretString"]
        try:
            return OriginSecret(**json.loads(text))
        except (ValueError, TypeError):
            detail = "must be JSON with the keys current and following"
            raise ConfigError(f"secret {self._secret_id} {detail}") from None  # never its content

    def replace(self, new: OriginSecret) -> None:
        """See the port."""
        text = json.dumps({"current": new.current, "following": new.following})
        with answering("Secrets Manager"):
            self._client.put_secret_value(SecretId=self._secret_id, SecretString=text)


class DistributionHeader:
    """The header of the one origin that has it; written only over what was read (ETag)."""

    def __init__(self, client: CloudFrontClient, *, distribution_id: str) -> None:
        self._client = client
        self._distribution_id = distribution_id

    def sending(self) -> Sending:
        """See the port."""
        with answering("CloudFront"):
            found = self._client.get_distribution(Id=self._distribution_id)["Distribution"]
        values = [header["HeaderValue"] for header in _headers(found["DistributionConfig"])]
        return Sending(values[0] if values else None, everywhere=found["Status"] == "Deployed")

    def send(self, value: str) -> None:
        """See the port; ConfigError if the distribution has no such header."""
        with answering("CloudFront"):
            found = self._client.get_distribution_config(Id=self._distribution_id)
            config = found["DistributionConfig"]
            headers = list(_headers(config))
            for header in headers:
                header["HeaderValue"] = value
            if not headers:
                raise ConfigError(f"{self._distribution_id} has no origin with {ORIGIN_HEADER}")
            self._client.update_distribution(
                Id=self._distribution_id, IfMatch=found["ETag"], DistributionConfig=config
            )


def _headers(config: DistributionConfigOutputTypeDef) -> Iterator[Header]:
    for origin in config["Origins"]["Items"]:
        for header in origin.get("CustomHeaders", {}).get("Items", ()):
            if header["HeaderName"].lower() == ORIGIN_HEADER:
                yield header
