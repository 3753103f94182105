"""A batch of Amazon CloudWatch RUM's agent as ours (PutRumEvents, npm aws-rum-web).

https://docs.aws.amazon.com/cloudwatchrum/latest/APIReference/API_PutRumEvents.html. A batch is a
list of events of one or more page views, a view's spread over several batches. It becomes one
beacon per view it tells of. The agent numbers no batches, so that the time of arrival orders them;
a view keeps what earlier ones said, save that of errors a batch has only its own: of a view's
batches the one with the most counts.
"""

import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from pydantic_core import from_json

from adaptive.delivery.foreign import (
    Sender,
    envelope,
    fault,
    faults,
    navigation,
    number,
    page,
    told,
    view_id,
)
from adaptive.errors import BeaconError

MAX_BATCH_BYTES = 524_288
"""A hundred events with their URLs are more than our own agent ever sends."""

MAX_EVENTS = 500
_GZIP = b"\x1f\x8b"
_PREFIX = "com.amazon.rum."
_Details = Mapping[str, Any]


def translate(body: bytes, sender: Sender) -> bytes:
    """A PutRumEvents body, gzipped or not, to the body of `POST /rum`; raises BeaconError."""
    batch = _object(_inflated(body), "", status=400)
    user = batch.get("UserDetails")
    session = user.get("sessionId") if isinstance(user, dict) else None
    if not isinstance(session, str) or not session:
        raise BeaconError("must be the agent's session", field="UserDetails.sessionId")
    events = batch.get("RumEvents")
    if not isinstance(events, list) or not events:
        raise BeaconError("must be an array of at least one event", field="RumEvents")
    if len(events) > MAX_EVENTS:
        raise BeaconError(f"must hold at most {MAX_EVENTS} events", field="RumEvents", status=413)
    shared = batch.get("SessionMetadata")
    device = _device(shared if isinstance(shared, dict) else {})
    views: dict[tuple[str, int], dict[str, Any]] = {}
    for index, event in enumerate(events):
        where = f"RumEvents.{index}"
        metadata, details = (_part(event, each, where) for each in ("metadata", "details"))
        page_id = metadata.get("pageId")
        key = (page_id if isinstance(page_id, str) else "", _interaction(metadata))
        view = views.setdefault(key, {"device": device or _device(metadata)})
        read = _EVENTS.get(str(event.get("type", "")).removeprefix(_PREFIX))
        for name, value in read(details).items() if read else ():
            if isinstance(value, Counter):
                view[name] = view.get(name, Counter()) + value
            else:
                view[name] = {**view.get(name, {}), **value} if isinstance(value, dict) else value
    found = [_beacon(session, *key, view) for key, view in views.items() if key[0]]
    if not found:
        raise BeaconError("no event says which page it is of", field="RumEvents")
    sent = {"sequence": sender.at_ms, "tier": sender.tier, "recipe": sender.recipe}
    return envelope({**each, **sent} for each in found)


def _beacon(session: str, page_id: str, interaction: int, view: dict[str, Any]) -> dict[str, Any]:
    vitals = view.get("vitals", {})
    loaded = "timing" in view or not {"lcp_ms", "fcp_ms", "ttfb_ms"}.isdisjoint(vitals)
    soft = "opened" in view and interaction > 0 and not loaded
    return {
        "view_id": view_id("cloudwatch", session, page_id, interaction),
        # The agent tells these when the page is left.
        "final": "cls" in vitals or "inp_ms" in vitals,
        "page": page(page_id),
        "navigation": view.get("navigation") or ("soft-navigation" if soft else "navigate"),
        "errors": faults(view.get("errors", Counter())),
        **{name: view.get(name) for name in ("vitals", "lcp", "timing", "device")},
    }


def _value(name: str) -> Callable[[_Details], dict[str, Any]]:
    most = 1_000 if name == "cls" else 600_000
    return lambda details: {"vitals": told({name: number(details.get("value"), most=most)})}


def _lcp(details: _Details) -> dict[str, Any]:
    parts = details.get("attribution")
    parts = parts if isinstance(parts, dict) else {}
    names = {
        "ttfb_ms": "timeToFirstByte",
        "load_delay_ms": "resourceLoadDelay",
        "load_duration_ms": "resourceLoadTime",
        "render_delay_ms": "elementRenderDelay",
    }
    told_of = told({ours: number(parts.get(theirs)) for ours, theirs in names.items()})
    return {**_value("lcp_ms")(details), "lcp": told_of}


def _navigated(details: _Details) -> dict[str, Any]:
    names = {
        "dns_ms": "dns",
        "tcp_ms": "connect",
        "tls_ms": "tlsTime",
        "dom_content_loaded_ms": "domContentLoadedEventStart",
        "load_ms": "duration",
    }
    return {
        "timing": told({ours: number(details.get(theirs)) for ours, theirs in names.items()}),
        "navigation": navigation(details.get("navigationType")),
    }


def _failed(details: _Details) -> dict[str, Any]:
    kind = "rejection" if details.get("type") == "unhandledrejection" else "error"
    return {"errors": fault(kind, details.get("message"), details.get("filename"))}


_EVENTS: dict[str, Callable[[_Details], dict[str, Any]]] = {
    "page_view_event": lambda _: {"opened": True},
    "performance_navigation_event": _navigated,
    "largest_contentful_paint_event": _lcp,
    "first_contentful_paint_event": _value("fcp_ms"),
    "time_to_first_byte_event": _value("ttfb_ms"),
    "interaction_to_next_paint_event": _value("inp_ms"),
    "cumulative_layout_shift_event": _value("cls"),
    "js_error_event": _failed,
}


def _device(metadata: Mapping[str, Any]) -> dict[str, Any]:
    kind = metadata.get("deviceType")
    return {"mobile": kind == "mobile"} if isinstance(kind, str) else {}


def _interaction(metadata: Mapping[str, Any]) -> int:
    return int(number(metadata.get("interaction"), most=1e9) or 0)


def _part(event: object, name: str, where: str) -> dict[str, Any]:
    """Metadata and details, which the agent writes as JSON within JSON."""
    if not isinstance(event, dict):
        raise BeaconError("must be an object", field=where)
    text = event.get(name)
    if isinstance(text, dict):
        return text
    return (
        _object(text.encode("utf-8", "replace"), f"{where}.{name}") if isinstance(text, str) else {}
    )


def _object(body: bytes, field: str, *, status: int = 422) -> dict[str, Any]:
    try:
        found = from_json(body)
    except ValueError as error:
        raise BeaconError("not JSON", field=field, status=status) from error
    if not isinstance(found, dict):
        raise BeaconError("must be an object", field=field)
    return found


def _inflated(body: bytes) -> bytes:
    """At most MAX_BATCH_BYTES, however little of it was sent."""
    if body.startswith(_GZIP):
        inflater = zlib.decompressobj(wbits=31)
        try:
            body = inflater.decompress(body, MAX_BATCH_BYTES + 1)
        except zlib.error as error:
            raise BeaconError("not gzip", status=400) from error
        if len(body) <= MAX_BATCH_BYTES and not inflater.eof:
            raise BeaconError("the gzipped body breaks off", status=400)
    if len(body) > MAX_BATCH_BYTES:
        raise BeaconError(f"the batch is over {MAX_BATCH_BYTES} bytes", status=413)
    return body
