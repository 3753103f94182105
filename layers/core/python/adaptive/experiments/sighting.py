"""Reports as experiments need them, read from the stream's JSON without building its models.

`ingest` has validated every field (`delivery.session.Arrival`).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic_core import from_json

from adaptive.delivery.session import SessionId
from adaptive.experiments.course import View
from adaptive.monitoring import dimension
from adaptive.monitoring.dimension import DEVICES, NONE

if TYPE_CHECKING:
    from collections.abc import Collection

CONSUMER = "record"
_NOTHING: dict[str, Any] = {}


class Sighting(NamedTuple):
    """One report of a page view of a session.

    `policy` is the version it was decided by, 0 for the settings' own; `exposed` names the
    experiments whose arms would have served the session differently at that time.
    """

    session_id: SessionId
    received_at: datetime
    policy: int
    exposed: frozenset[str]
    segments: tuple[str, ...]
    view_id: str
    view: View


def read(
    data: bytes, *, countries: tuple[str, ...], conversions: Collection[str], currency: str
) -> Sighting | None:
    """None if it is not for us: without consent, a bot's, hidden, or sent again to another.

    Raises ValueError, KeyError or TypeError on what is no arrival.
    """
    arrival = from_json(data, allow_inf_nan=False)
    beacon = arrival["beacon"]
    get = beacon.get
    if (
        "session_id" not in arrival
        or arrival.get("bot")
        or get("hidden")
        or arrival.get("redriven_to", CONSUMER) != CONSUMER
    ):
        return None
    session_id, view_id = arrival["session_id"], beacon["view_id"]
    if not type(session_id) is type(view_id) is str:
        raise TypeError("session_id and view_id must be text")
    received_at = datetime.fromisoformat(arrival["received_at"])
    if received_at.tzinfo is None:
        raise ValueError("received_at has no zone")
    vitals = {} if beacon["navigation"] == "soft-navigation" else get("vitals") or _NOTHING
    sales = [each for each in get("events") or () if each["name"] in conversions]
    size = (get("transfer") or _NOTHING).get("bytes")
    return Sighting(
        SessionId(session_id),
        received_at,
        int(arrival.get("policy") or 0),
        frozenset(arrival.get("exposed") or ()),
        _segments(arrival, beacon, countries),
        view_id,
        View(
            int(get("sequence", 0)),
            vitals.get("lcp_ms"),
            vitals.get("inp_ms"),
            None if size is None else round(size / 1_000),
            sum(each.get("count", 1) for each in get("errors") or ()),
            len(sales),
            round(sum(100 * (each.get("value") or 0) for each in sales if _is_in(each, currency))),
        ),
    )


def _is_in(event: dict[str, Any], currency: str) -> bool:
    return bool(event.get("currency") == currency)


def _segments(
    arrival: dict[str, Any], beacon: dict[str, Any], countries: tuple[str, ...]
) -> tuple[str, ...]:
    network = beacon.get("network") or _NOTHING
    device = arrival.get("device_class")
    connection = dimension.connection_of(
        ect=network.get("ect"),
        rtt_ms=network.get("rtt_ms"),
        tcp_ms=(beacon.get("timing") or _NOTHING).get("tcp_ms"),
    )
    return (
        f"device={device if device in DEVICES else NONE}",
        f"country={dimension.listed(arrival.get('country'), countries)}",
        f"connection={connection}",
    )
