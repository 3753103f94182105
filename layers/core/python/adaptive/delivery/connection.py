"""How good a visitor's connection is: three classes, by its round trip."""

from adaptive.settings.rules import Connection

_MEDIUM_FROM_MS = 100
_SLOW_FROM_MS = 270  # https://wicg.github.io/netinfo/#effective-connection-types: worse than 4g


def connection_of(
    *, ect: str | None, rtt_ms: float | None, tcp_ms: float | None
) -> Connection | None:
    """By round trip: what the browser estimates, else what the TCP handshake took.

    Effective types below 4g are slow by definition; 4g says nearly nothing. A reused connection
    has no handshake, and Safari no estimate: None.
    """
    if ect is not None and ect != "4g":
        return "slow"
    round_trip_ms = rtt_ms if rtt_ms is not None else tcp_ms or None
    if round_trip_ms is None:
        return None
    if round_trip_ms >= _SLOW_FROM_MS:
        return "slow"
    return "medium" if round_trip_ms >= _MEDIUM_FROM_MS else "fast"
