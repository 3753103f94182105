"""The Channel port on HTTPS: Slack, Teams, PagerDuty, and anybody's webhook."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from adaptive.aws.public_https import read_at_most
from adaptive.errors import BusyError, ConfigError, OriginError, RefusedError, UnavailableError
from adaptive.monitoring import payload
from adaptive.monitoring.webhook import Webhook, signed
from adaptive.settings.monitoring import DestinationKind

if TYPE_CHECKING:
    import http.client
    from collections.abc import Callable

    from adaptive.aws.destination_secrets import DestinationSecrets
    from adaptive.aws.public_https import Network
    from adaptive.monitoring.notice import Notice

_TIMEOUT_S = 8
_ANSWER_BYTES = 2_000
_LONGEST_WAIT_S = 900
_KEY_LENGTH = 32
_PAGERDUTY = {
    DestinationKind.PAGERDUTY: Webhook("events.pagerduty.com", "/v2/enqueue"),
    DestinationKind.PAGERDUTY_EU: Webhook("events.eu.pagerduty.com", "/v2/enqueue"),
}
_AGAIN = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}


@dataclass(frozen=True, slots=True)
class HttpsChannel:
    """`name` is whose address to take from `secrets`; `clock` is seconds since the epoch."""

    name: str
    kind: DestinationKind
    site: str
    secrets: DestinationSecrets
    network: Network
    clock: Callable[[], float]

    def send(self, notice: Notice) -> None:
        """See the port; no redirect is followed, and all of it takes at most eight seconds."""
        webhook, body, headers = self._call(notice)
        request = webhook.request(body, headers)
        try:
            with self.network.answer(webhook.host, request, timeout_s=_TIMEOUT_S) as answer:
                self._judge(answer)
        except OriginError as error:
            raise RefusedError(str(error)) from error
        except RefusedError:
            self.secrets.forget()  # perhaps the address was changed since
            raise

    def _call(self, notice: Notice) -> tuple[Webhook, bytes, dict[str, str]]:
        address = self.secrets.address_of(self.name)
        if endpoint := _PAGERDUTY.get(self.kind):
            if not (address.isascii() and address.isalnum() and len(address) == _KEY_LENGTH):
                raise ConfigError(f"the routing key of {self.name} must have 32 characters")
            event = payload.pagerduty(notice, routing_key=address, site=self.site)
            return endpoint, _encoded(event), {}
        webhook = Webhook.parse(address, name=self.name)
        match self.kind:
            case DestinationKind.SLACK:
                return webhook, _encoded(payload.slack(notice)), {}
            case DestinationKind.TEAMS:
                return webhook, _encoded(payload.teams(notice)), {}
            case _:
                body = _encoded(payload.webhook(notice, site=self.site))
                key, at_s = self.secrets.signing_key(), int(self.clock())
                return webhook, body, signed(body, message_id=notice.id, at_s=at_s, key=key)

    def _judge(self, answer: http.client.HTTPResponse) -> None:
        status = answer.status
        text = _told(answer)
        told = f"{self.name} says {status}: {text[:200]!r}"
        # https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using#rate-limiting-for-connectors
        if self.kind is DestinationKind.TEAMS and "returned HTTP error 429" in text:
            raise UnavailableError(told)
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return
        if status in _AGAIN or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            wait_s = self._wait_s(answer.getheader("Retry-After"))
            raise UnavailableError(told) if wait_s is None else BusyError(told, wait_s=wait_s)
        raise RefusedError(told)

    def _wait_s(self, retry_after: str | None) -> float | None:
        """Seconds or a date (RFC 9110, 10.2.3); None where there is neither."""
        if retry_after is None:
            return None
        if retry_after.isascii() and retry_after.isdigit():
            return min(float(retry_after), _LONGEST_WAIT_S)
        try:
            at = parsedate_to_datetime(retry_after)
        except ValueError:
            return None
        if at.tzinfo is None:
            at = at.replace(tzinfo=UTC)
        left = at - datetime.fromtimestamp(self.clock(), UTC)
        return min(max(left.total_seconds(), 0), _LONGEST_WAIT_S)


def _encoded(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def _told(answer: http.client.HTTPResponse) -> str:
    """The beginning of the body, as far as it comes: the status has decided already."""
    try:
        body = read_at_most(answer, _ANSWER_BYTES)
    except (OSError, ValueError):
        return ""
    return (body or b"").decode("utf-8", "replace")
