"""Reports as experiments need them, read from the stream's JSON without building its models.

`ingest` has validated every field (`delivery.session.Arrival`).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from pydantic_core import from_json

from adaptive.delivery.session import SessionId
from adaptive.experiments.course import View
from adaptive.monitoring import dimension
from adaptive.monitoring.dimension import DEVICES, NONE
from adaptive.monitoring.vital import INDEX, VITALS

if TYPE_CHECKING:
    from collections.abc import Collection

CONSUMER = "record"
_NOTHING: dict[str, Any] = {}
_CLICKS = ("rage_clicks", "dead_clicks", "error_clicks")
_MOST = {name: VITALS[index].most for name, index in INDEX.items()} | {"scroll_depth": 1}


class Sighting(NamedTuple):
    """One report of a page view of a session.

    `policy` is the version it was decided by, 0 for the settings' own; `exposed` names the
    experiments whose arms would have served the session differently at that time, `returning`
    says that the session begins in the arms its visitor had before.
    """

    session_id: SessionId
    received_at: datetime
    policy: int
    exposed: frozenset[str]
    segments: tuple[str, ...]
    view_id: str
    view: View
    returning: bool = False


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
    clicks, looked = (get(name) or _NOTHING for name in ("frustration", "engagement"))
    size = _amount(get("transfer") or _NOTHING, "bytes")
    return Sighting(
        SessionId(session_id),
        received_at,
        int(arrival.get("policy") or 0),
        frozenset(arrival.get("exposed") or ()),
        _segments(arrival, beacon, countries),
        view_id,
        View(
            int(get("sequence", 0)),
            _amount(vitals, "lcp_ms"),
            _amount(vitals, "inp_ms"),
            None if size is None else round(size / 1_000),
            sum(each.get("count", 1) for each in get("errors") or ()),
            len(sales),
            round(sum(100 * (each.get("value") or 0) for each in sales if _is_in(each, currency))),
            *(int(_amount(clicks, name) or 0) for name in _CLICKS),
            *(_amount(vitals, name) for name in ("fcp_ms", "ttfb_ms", "cls")),
            *(_amount(looked, name) for name in ("visible_ms", "scroll_depth")),
        ),
        arrival.get("returning") is True,
    )


def _amount(section: dict[str, Any], name: str) -> float | None:
    """As `ingest` validated it: what is added up later must never fail a batch for ever."""
    value = section.get(name)
    if value is None:
        return None
    if type(value) not in {int, float}:
        raise TypeError(f"{name} is no number")
    if not 0 <= value <= _MOST.get(name, 2**53):
        raise ValueError(f"{name} of {value}")
    return cast("float", value)


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
