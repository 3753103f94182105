"""Where alerts are posted to, and with what signature: one secret of Secrets Manager, as JSON.

{"signing_key": "…", "addresses": {"<destination>": "<URL, or PagerDuty's routing key>"}}
"""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

from adaptive.aws.clients import answering
from adaptive.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_secretsmanager import SecretsManagerClient

_FRESH_S = 300


class DestinationSecrets:
    """Read at most every five minutes, unless told to `forget`; `clock` is in seconds."""

    def __init__(
        self, client: SecretsManagerClient, *, secret_id: str, clock: Callable[[], float]
    ) -> None:
        self._client = client
        self._secret_id = secret_id
        self._clock = clock
        self._guard = threading.Lock()
        self._read: tuple[float, dict[str, str], str] | None = None

    def address_of(self, destination: str) -> str:
        """Raises ConfigError where none is set."""
        _, addresses, _ = self._fresh()
        try:
            return addresses[destination]
        except KeyError:
            cure = f"./adaptive-ops address {destination}"
            raise ConfigError(f"{destination} has no address yet: {cure}") from None

    def signing_key(self) -> str:
        """Base64."""
        return self._fresh()[2]

    def forget(self) -> None:
        """Read anew next time."""
        with self._guard:
            self._read = None

    def put(self, destination: str, address: str) -> None:
        """Set one address and keep all else."""
        with self._guard:
            _, addresses, signing_key = self._fetch()
            addresses = {**addresses, destination: address}
            text = json.dumps({"signing_key": signing_key, "addresses": addresses})
            with answering("Secrets Manager"):
                self._client.put_secret_value(SecretId=self._secret_id, SecretString=text)
            self._read = None

    def _fresh(self) -> tuple[float, dict[str, str], str]:
        with self._guard:
            if self._read is None or self._clock() - self._read[0] > _FRESH_S:
                self._read = self._fetch()
            return self._read

    def _fetch(self) -> tuple[float, dict[str, str], str]:
        with answering("Secrets Manager"):
            text = self._client.get_secret_value(SecretId=self._secret_id)["SecretString"]
        try:
            secret = json.loads(text)
            addresses = {str(name): str(text) for name, text in secret["addresses"].items()}
            return self._clock(), addresses, str(secret["signing_key"])
        except (ValueError, TypeError, KeyError, AttributeError):
            detail = "must be JSON with the keys signing_key and addresses"
            raise ConfigError(f"secret {self._secret_id} {detail}") from None  # never its content
