"""Strict reading of what a viewer says about itself; anything odd counts as not said.

Headers have CloudFront's shape: lower-case name -> [{"key": …, "value": …}].
"""

from __future__ import annotations

import re

from adaptive.edge.policy import CONTROL, TIER_COOKIE, Tier

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    Headers = Mapping[str, Sequence[Mapping[str, Any]]]

_NUMBER = re.compile(r"[0-9]{1,5}(?:\.[0-9]{1,6})?", re.ASCII)
_WORDS = {**{str(tier): str(tier) for tier in Tier}, CONTROL: CONTROL}
_BY_CONNECTION = {"slow-2g": Tier.MINIMAL, "2g": Tier.MINIMAL, "3g": Tier.LITE}


def value(headers: Headers, *names: str) -> str:
    """The first of these headers that is present exactly once, else an empty string."""
    for name in names:
        found = headers.get(name)
        if found and len(found) == 1:
            return str(found[0]["value"])
    return ""


def number(headers: Headers, *names: str) -> float | None:
    """A positive decimal below 100,000, else None."""
    text = value(headers, *names)
    return float(text) or None if _NUMBER.fullmatch(text) else None


def tier_cookie(headers: Headers) -> str | None:
    """One of the five words, else None."""
    prefix = TIER_COOKIE + "="
    for header in headers.get("cookie", ()):
        for pair in header["value"].split(";"):
            name = pair.strip()
            if name.startswith(prefix):
                return _WORDS.get(name[len(prefix) :])
    return None


def saves_data(headers: Headers) -> bool:
    """Whether the visitor asked for fewer bytes (https://wicg.github.io/savedata/)."""
    return value(headers, "save-data") == "on"


def tier_by_connection(headers: Headers) -> Tier | None:
    """A tier for connections slow enough to say so (Network Information API's `ECT`), else None."""
    return _BY_CONNECTION.get(value(headers, "ect", "sec-ch-ect"))


def width_px(headers: Headers) -> float | None:
    """Device pixels that the image, or at most the viewport, covers; None if the viewer does not
    say.
    """
    if (width := number(headers, "sec-ch-width", "width")) is not None:
        return width
    viewport = number(headers, "sec-ch-viewport-width", "viewport-width")
    ratio = number(headers, "sec-ch-dpr", "dpr")
    return viewport * ratio if viewport and ratio else None
