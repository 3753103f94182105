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

LONGEST_VALUE = 1_000
"""Characters; what is longer is nobody's honest hint. Cookies may be longer, being many in one."""

_NUMBER = re.compile(r"[0-9]{1,5}(?:\.[0-9]{1,6})?", re.ASCII)
_COOKIE = TIER_COOKIE + "="
_WORDS = {**{str(tier): tier for tier in Tier}, CONTROL: CONTROL}
_BLANKS = " \t"
# RFC 9110, 12.5.1 and 12.4.2. Other parameters than `q` make it a type that we do not have.
_ACCEPTED = {
    name: re.compile(
        rf"(?:^|,)[ \t]*image/{name}[ \t]*"
        r"(?:;[ \t]*q=(?:0\.0{0,2}[1-9][0-9]{0,2}|1(?:\.0{1,3})?)[ \t]*)?(?:,|\Z)",
        re.ASCII,
    )
    for name in ("avif", "webp")
}


def value(headers: Headers, *names: str) -> str:
    """The first of these headers that is present exactly once, in ASCII and not too long, else an
    empty string.
    """
    for name in names:
        found = headers.get(name)
        if found and len(found) == 1:
            text: str = found[0]["value"]
            if len(text) <= LONGEST_VALUE and text.isascii():
                return text
    return ""


def number(headers: Headers, *names: str) -> float | None:
    """A positive decimal below 100,000, else None."""
    text = value(headers, *names)
    return float(text) or None if text and _NUMBER.fullmatch(text) else None


def query_number(querystring: str, name: str) -> float | None:
    """The same of a parameter that is given exactly once."""
    if not querystring:
        return None
    found = [each for each in querystring.split("&") if each.partition("=")[0] == name]
    if len(found) != 1:
        return None
    text = found[0][len(name) + 1 :]
    return float(text) or None if _NUMBER.fullmatch(text) else None


def tier_cookie(headers: Headers) -> str | None:
    """A tier or `control`, from the first cookie of that name, else None."""
    for header in headers.get("cookie", ()):
        text: str = header["value"]
        at = text.find(_COOKIE)
        while at >= 0:
            before = text[:at].rstrip(_BLANKS)
            if not before or before[-1] == ";":
                word = text[at + len(_COOKIE) :].partition(";")[0]
                return _WORDS.get(word.rstrip(_BLANKS))
            at = text.find(_COOKIE, at + 1)
    return None


def saves_data(headers: Headers) -> bool:
    """Whether the visitor asked for fewer bytes (https://wicg.github.io/savedata/)."""
    return value(headers, "save-data") == "on"


def accepts(headers: Headers, image_format: str) -> bool:
    """Whether `Accept` names the format, and not with `q=0`: wildcards promise nothing."""
    text = value(headers, "accept")
    return "image/" + image_format in text and bool(_ACCEPTED[image_format].search(text))


def viewport_px(headers: Headers) -> float | None:
    """Device pixels that the viewport is wide, None unless the viewer gives both factors."""
    viewport = number(headers, "sec-ch-viewport-width", "viewport-width")
    ratio = number(headers, "sec-ch-dpr", "dpr")
    return viewport * ratio if viewport and ratio else None


def is_phone(headers: Headers) -> bool:
    """By `Sec-CH-UA-Mobile`, else by the user agent.

    https://developer.mozilla.org/docs/Web/HTTP/Guides/Browser_detection_using_the_user_agent
    """
    if said := value(headers, "sec-ch-ua-mobile"):
        return said == "?1"
    agent = value(headers, "user-agent")
    return "Mobi" in agent and "iPad" not in agent and "Tablet" not in agent
