"""Admits what came through CloudFront, which alone knows the secret header it adds.

Whoever calls the API by its own address would bypass the edge: its firewall, and the headers that
say where a visitor is.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field

from adaptive.errors import DirectCallError, UnavailableError
from adaptive.ports import OriginSecret, OriginSecrets

ORIGIN_HEADER = "x-adaptive-origin"
FRESH_S = 300
"""A retired secret is refused after five minutes,"""

USABLE_S = 3_600
"""or after an hour if Secrets Manager is down; from then on all is refused until it is back."""

_PAUSE_S = 10


@dataclass(slots=True)
class Gate:
    """`clock` is seconds of a clock that never goes back."""

    secrets: OriginSecrets
    clock: Callable[[], float]
    _secret: OriginSecret | None = None
    _read_at: float = 0
    _ask_at: float = field(default=float("-inf"))

    def admit(self, shown: str) -> None:
        """Raises DirectCallError for a wrong secret, UnavailableError while none is known."""
        sent = shown.encode("utf-8", "surrogatepass")
        valid = [each.encode() for each in self._current().values if each]
        # All are compared, whichever it is, each in constant time.
        if not sum(hmac.compare_digest(sent, each) for each in valid):
            raise DirectCallError("come by the site's own address")

    def _current(self) -> OriginSecret:
        now = self.clock()
        if now >= self._ask_at:
            try:
                self._secret = self.secrets.read()
            except UnavailableError:
                if self._secret is None or now - self._read_at > USABLE_S:
                    raise
                self._ask_at = now + _PAUSE_S
            else:
                self._read_at, self._ask_at = now, now + FRESH_S
        assert self._secret is not None  # noqa: S101 - was read above, or raised
        return self._secret
