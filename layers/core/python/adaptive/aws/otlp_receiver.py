"""A receiver of OTLP/HTTP: where figures are pushed, with headers that a secret has."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from adaptive.aws.clients import answering
from adaptive.aws.public_https import read_at_most
from adaptive.errors import ConfigError, RefusedError, UnavailableError
from adaptive.monitoring.query.otlp import CONTENT_TYPE
from adaptive.monitoring.webhook import Webhook

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_secretsmanager import SecretsManagerClient

    from adaptive.aws.public_https import Network

_ANSWER_BYTES = 2_000
_AGAIN = {
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}
"""https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes."""


@dataclass(frozen=True, slots=True)
class OtlpReceiver:
    """To the internet at large only, over TLS; no redirect is followed."""

    url: str
    headers: Sequence[str]
    secrets: HeaderSecrets
    network: Network
    timeout_s: float = 8

    def push(self, request: bytes) -> None:
        """Raises RefusedError, UnavailableError where the next one may be taken, ConfigError and
        OriginError where the address is wrong.
        """
        webhook = Webhook.parse(self.url, name="exports.otlp")
        headers = self.secrets.values_of(self.headers) if self.headers else {}
        message = webhook.request(request, headers, content_type=CONTENT_TYPE)
        with self.network.answer(webhook.host, message, timeout_s=self.timeout_s) as answer:
            if answer.status == HTTPStatus.OK:
                return
            try:
                text = (read_at_most(answer, _ANSWER_BYTES) or b"").decode("utf-8", "replace")
            except (OSError, ValueError):
                text = ""
            told = f"{webhook.host} says {answer.status}: {text[:200]!r}"
            raise UnavailableError(told) if answer.status in _AGAIN else RefusedError(told)


@dataclass(frozen=True, slots=True)
class HeaderSecrets:
    """One secret of Secrets Manager, as JSON: a header's value by its name."""

    client: SecretsManagerClient
    secret_id: str

    def values_of(self, names: Sequence[str]) -> dict[str, str]:
        """Raises ConfigError where one is not set, UnavailableError."""
        known = self._read()
        if missing := [name for name in names if name not in known]:
            cure = f"./adaptive-ops otlp-header {missing[0]}"
            raise ConfigError(f"the header {missing[0]} has no value yet: {cure}")
        return {name: known[name] for name in names}

    def put(self, name: str, value: str) -> None:
        """Set one and keep all else; raises ConfigError for what no header can hold."""
        if not value or not value.isascii() or not value.isprintable():
            raise ConfigError(f"the value of {name} must be printable ASCII")
        text = json.dumps({**self._read(), name: value})
        with answering("Secrets Manager"):
            self.client.put_secret_value(SecretId=self.secret_id, SecretString=text)

    def _read(self) -> dict[str, str]:
        with answering("Secrets Manager"):
            text = self.client.get_secret_value(SecretId=self.secret_id)["SecretString"]
        try:
            return {str(name): str(value) for name, value in json.loads(text).items()}
        except (ValueError, AttributeError):
            # Never its content.
            raise ConfigError(f"secret {self.secret_id} must be a JSON object") from None
