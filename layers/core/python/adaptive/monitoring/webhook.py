"""Addresses that alerts are posted to, and the signature by which a receiver knows them for ours.

Signed as Standard Webhooks has it, whose libraries verify it in most languages
(https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from typing import Self

from adaptive.delivery.origin import public_url
from adaptive.errors import ConfigError

_JSON = "application/json; charset=utf-8"
_LONGEST = 2_000
_KEY_PREFIX = "whsec_"
_SHORTEST_KEY = 24  # bytes, as the specification asks


@dataclass(frozen=True, slots=True)
class Webhook:
    """`host` is a public DNS name, `target` path and query: often a secret, so never shown."""

    host: str
    target: str

    @classmethod
    def parse(cls, url: str, *, name: str) -> Self:
        """Raises ConfigError, which names the destination but not the address."""
        shown = f"the address of {name}"
        if set(url) & set("\"'<>`{}|^"):
            raise ConfigError(f"{shown} has characters that no URL has")
        parts = public_url(url, shown=shown, longest=_LONGEST)
        query = f"?{parts.query}" if parts.query else ""
        return cls((parts.hostname or "").lower(), (parts.path or "/") + query)

    def request(self, body: bytes, headers: dict[str, str], *, content_type: str = _JSON) -> bytes:
        """The whole POST, as it goes over the wire."""
        lines = [
            f"POST {self.target} HTTP/1.1",
            f"Host: {self.host}",
            f"Content-Type: {content_type}",
            f"Content-Length: {len(body)}",
            "Accept-Encoding: identity",
            "User-Agent: adaptive-edge",
            "Connection: close",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        return "\r\n".join((*lines, "", "")).encode("ascii") + body


def signed(body: bytes, *, message_id: str, at_s: int, key: str) -> dict[str, str]:
    """The headers that sign it; `key` is base64, perhaps after `whsec_`. Raises ConfigError."""
    try:
        secret = base64.b64decode(key.removeprefix(_KEY_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if len(secret) < _SHORTEST_KEY:
        raise ConfigError(f"the signing key must be base64 of {_SHORTEST_KEY} bytes or more")
    content = f"{message_id}.{at_s}.".encode() + body
    digest = hmac.new(secret, content, hashlib.sha256).digest()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at_s),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
