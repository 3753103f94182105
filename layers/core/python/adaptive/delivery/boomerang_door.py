"""A boomerang beacon as ours (https://akamai.github.io/boomerang/, npm boomerangjs).

Beacons of page views are taken: of loads, their unload, in-page navigations and the back/forward
cache; and those of errors, for the view they happened in. Those of single requests and clicks tell
of no page view and are refused. A beacon has the errors since the one before: of a view's beacons
the one with the most counts.
"""

from collections import Counter
from typing import Any
from urllib.parse import parse_qsl

from pydantic_core import from_json

from adaptive.delivery.beacon import MAX_BODY_BYTES
from adaptive.delivery.foreign import (
    Fault,
    Sender,
    envelope,
    fault,
    faults,
    navigation,
    number,
    page,
    told,
    view_id,
    whole,
)
from adaptive.errors import BeaconError

_MOST_FIELDS = 1_000
_INITIATORS = {
    "spa": "soft-navigation",
    "spa_hard": "navigate",
    "bfcache": "back-forward-cache",
    "error": "",  # in a view that is known by its other beacons
}
_REJECTION = 7  # of `v`, how an error was noticed
_CONNECTIONS = {"slow-2g", "2g", "3g", "4g"}


def translate(form: bytes, sender: Sender) -> bytes:
    """A form-encoded body or query to the body of `POST /rum`; raises BeaconError."""
    if len(form) > MAX_BODY_BYTES:
        raise BeaconError(f"the beacon is over {MAX_BODY_BYTES} bytes", status=413)
    try:
        pairs = parse_qsl(form.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:  # UnicodeDecodeError is one
        raise BeaconError("not a form", status=400) from error
    fields = dict(pairs)
    return envelope([{**_beacon(fields), "tier": sender.tier, "recipe": sender.recipe}])


def _beacon(sent: dict[str, str]) -> dict[str, Any]:
    initiator = sent.get("http.initiator")
    how = _INITIATORS.get(initiator) if initiator else None
    if initiator and how is None:
        raise BeaconError("not a beacon of a page view", field="http.initiator")
    if not sent.get("pid"):
        raise BeaconError("must be boomerang's page id", field="pid")
    views = (sent.get("n"),) if how in {"soft-navigation", "back-forward-cache"} else ()
    return {
        "view_id": view_id("boomerang", sent.get("rt.si"), sent["pid"], *views),
        "sequence": whole(sent.get("n"), most=1_000) or 0,
        "final": "rt.quit" in sent,
        "page": page(sent.get("u")),
        "navigation": how or navigation(sent.get("nt_nav_type")) or "navigate",
        "hidden": sent.get("pt.hid") == "1",
        "vitals": _vitals(sent),
        "timing": _timing(sent),
        "network": _network(sent),
        "device": _device(sent),
        "errors": faults(_errors(sent.get("err", ""))),
    }


def _errors(text: str) -> Counter[Fault]:
    """JSON, or with the compression plugin JSURL, of which we know that it tells of one at least
    (https://akamai.github.io/boomerang/akamai/BOOMR.plugins.Errors.html).
    """
    if not text:
        return Counter()
    try:
        listed = from_json(text)
    except ValueError:
        return fault("error", None)
    found: Counter[Fault] = Counter()
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, dict):
            kind = "rejection" if each.get("v") == _REJECTION else "error"
            found += fault(kind, each.get("m"), times=each.get("n", 1))
    return found


def _vitals(sent: dict[str, str]) -> dict[str, Any]:
    return told(
        {
            "lcp_ms": number(sent.get("pt.lcp")),
            "fcp_ms": number(sent.get("pt.fcp")),
            "ttfb_ms": _between(sent, "nt_nav_st", "nt_res_st"),
            "inp_ms": number(sent.get("et.inp")),
            "cls": number(sent.get("c.cls"), most=1_000),
        }
    )


def _timing(sent: dict[str, str]) -> dict[str, Any]:
    return told(
        {
            "dns_ms": _between(sent, "nt_dns_st", "nt_dns_end"),
            "tcp_ms": _between(sent, "nt_con_st", "nt_con_end"),
            "tls_ms": _between(sent, "nt_ssl_st", "nt_con_end"),
            "dom_content_loaded_ms": _between(sent, "nt_nav_st", "nt_domcontloaded_st"),
            "load_ms": _between(sent, "nt_nav_st", "nt_load_end"),
        }
    )


def _network(sent: dict[str, str]) -> dict[str, Any]:
    word, saves = sent.get("mob.etype"), sent.get("net.sd")
    return told(
        {
            "ect": word if word in _CONNECTIONS else None,
            "rtt_ms": number(sent.get("mob.rtt")),
            "downlink_mbps": number(sent.get("mob.dl"), most=100_000),
            "save_data": saves == "1" if saves in {"0", "1"} else None,
        }
    )


def _device(sent: dict[str, str]) -> dict[str, Any]:
    return told(
        {
            "memory_gib": number(sent.get("dev.mem"), most=4_096),
            "cores": whole(sent.get("cpu.cnc"), most=4_096) or None,
            "dpr": number(sent.get("scr.dpx"), most=20) or None,
        }
    )


def _between(sent: dict[str, str], begin: str, end: str) -> float | None:
    """Milliseconds between two instants of the browser's clock."""
    first, last = (number(sent.get(name), most=1e15) for name in (begin, end))
    return number(last - first) if first and last else None
