"""What the doors for other agents have in common: reading their values, and writing our envelope.

A value that makes no sense is left out, for theirs have other bounds than ours; the beacon that
comes of it is checked like any other.
"""

import base64
import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

from adaptive.delivery.beacon import MAX_BEACONS, SCHEMA_VERSION
from adaptive.edge.policy import CONTROL, Tier

_LONGEST_MS = 600_000
_LONGEST_PAGE = 512
_FAULTS = 10
_LONGEST_MESSAGE, _LONGEST_SOURCE = 200, 256
_MOST_FAULTS = 1_000_000
_QUERY = re.compile(r"[?#][^\s'\")]*")
_SERVED = {*Tier, CONTROL}
_RECIPE = re.compile(r"[a-z]{2,16}")
_NAVIGATIONS = {
    **dict.fromkeys(("navigate", "0"), "navigate"),
    **dict.fromkeys(("reload", "1"), "reload"),
    **dict.fromkeys(("back_forward", "2"), "back-forward"),
    "prerender": "prerender",
}


Fault = tuple[str, str, str | None]
"""Kind, message, and the path of its script."""


@dataclass(frozen=True, slots=True)
class Sender:
    """What the request says of a report: the tier cookie's word, None if it is none of ours, when
    it arrived, milliseconds since the epoch, and the recipe cookie's name.
    """

    tier: str | None
    at_ms: int
    recipe: str | None = None

    @classmethod
    def of(cls, tier: str | None, *, at_s: float, recipe: str | None = None) -> Self:
        """From the cookies and seconds since the epoch."""
        known = tier if tier in _SERVED else None
        named = recipe if known and recipe and _RECIPE.fullmatch(recipe) else None
        return cls(known, int(at_s * 1_000), named)


def number(value: object, *, most: float = _LONGEST_MS) -> float | None:
    """A finite number from 0 to `most`, from a number or its text; else None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value if not isinstance(value, str) else value[:32])
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) and 0 <= found <= most else None


def whole(value: object, *, most: int) -> int | None:
    """Likewise, without a fraction."""
    found = number(value, most=most)
    return None if found is None else int(found)


def navigation(word: object) -> str | None:
    """Our word for Navigation Timing's type, in text (level 2) or as a number (level 1)."""
    return _NAVIGATIONS.get(str(word))


def page(url: object) -> str | None:
    """The path of a URL, or of a path; what agents send without a slash gets one."""
    if not isinstance(url, str):
        return None
    try:
        path = urlsplit(url).path
    except ValueError:
        return None
    return ("/" + path.lstrip("/"))[:_LONGEST_PAGE]


def fault(
    kind: str, message: object, source: object = None, *, times: object = 1
) -> Counter[Fault]:
    """An error so many times, its text without queries of URLs and what cannot be printed."""
    text = _printable(_QUERY.sub("", message)) if isinstance(message, str) else ""
    path = _printable(page(source) or "")[:_LONGEST_SOURCE]
    key = (kind, text[:_LONGEST_MESSAGE] or "untold", path or None)
    return Counter({key: whole(times, most=_MOST_FAULTS) or 1})


def faults(found: Counter[Fault]) -> list[dict[str, Any]]:
    """As a beacon has them: those met most."""
    return [
        told({"kind": kind, "message": message, "source": source, "count": count})
        for (kind, message, source), count in found.most_common(_FAULTS)
    ]


def _printable(text: str) -> str:
    return "".join(each if each.isprintable() else " " for each in text)


def view_id(*parts: object) -> str:
    """The same for the same parts, 22 characters; not to be turned back."""
    digest = hashlib.blake2b(json.dumps(parts).encode(), digest_size=16).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def told(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is None or empty."""
    return {name: value for name, value in values.items() if value not in (None, {}, [])}


def envelope(beacons: Iterable[Mapping[str, Any]]) -> bytes:
    """The body of `POST /rum` that says the same."""
    listed = [*map(told, beacons)][:MAX_BEACONS]
    return json.dumps({"schema": SCHEMA_VERSION, "beacons": listed}).encode()
