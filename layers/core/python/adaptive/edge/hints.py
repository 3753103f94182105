"""Strict reading of what a viewer says about itself; anything odd counts as not said.

Headers have CloudFront's shape: lower-case name -> [{"key": …, "value": …}].
"""

from __future__ import annotations

from adaptive.edge.policy import CONTROL, PAGE_COOKIE, RECIPE_COOKIE, TIER_COOKIE, WORDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    Headers = Mapping[str, Sequence[Mapping[str, Any]]]

LONGEST_VALUE = 1_000
"""Characters; what is longer is nobody's honest hint. Cookies may be longer, being many in one."""

_TIER_COOKIE = TIER_COOKIE + "="
_PAGE_COOKIE = PAGE_COOKIE + "="
_RECIPE_COOKIE = RECIPE_COOKIE + "="
_BLANKS = " \t"
_MOST_DIGITS = 5
_MOST_DECIMALS = 6
_SURE = frozenset({"1", "1.0", "1.00", "1.000"})
_LONGEST_WEIGHT = len("0.001")


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
    return _parsed(text) if text else None


def query_number(querystring: str, name: str) -> float | None:
    """The same of a parameter that is given exactly once."""
    text = _parameter(querystring, name)
    return _parsed(text) if text else None


def query_word(querystring: str, name: str) -> str | None:
    """A tier or `control`, from a parameter that is given exactly once, else None."""
    return WORDS.get(_parameter(querystring, name))


def tier_cookie(headers: Headers) -> str | None:
    """A tier or `control`, from the first cookie of that name, else None."""
    return WORDS.get(_cookie(headers, _TIER_COOKIE))


def page_cookie(headers: Headers, words: Mapping[str, str] = WORDS) -> str | None:
    """The same, or a recipe, from the cookie that the latest navigation set."""
    return words.get(_cookie(headers, _PAGE_COOKIE))


def recipe_cookie(headers: Headers) -> str:
    """Whatever the first cookie of that name holds; empty if there is none."""
    return _cookie(headers, _RECIPE_COOKIE)


def is_navigation(headers: Headers) -> bool:
    """Whether a page is asked for that the visitor will see now: no prefetch, frame or fragment.

    https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Dest
    """
    if value(headers, "sec-purpose", "purpose").startswith("prefetch"):
        return False
    if destination := value(headers, "sec-fetch-dest"):
        return destination == "document"
    return "text/html" in value(headers, "accept")


def is_control(headers: Headers) -> bool:
    """Whether the tier cookie says `control`: few do, so look before reading it."""
    return (
        any(CONTROL in header["value"] for header in headers.get("cookie", ()))
        and tier_cookie(headers) == CONTROL
    )


def saves_data(headers: Headers) -> bool:
    """Whether the visitor asked for fewer bytes (https://wicg.github.io/savedata/)."""
    return value(headers, "save-data") == "on"


def accepts(headers: Headers, image_format: str) -> bool:
    """Whether `Accept` names the format, and not with `q=0`: wildcards promise nothing.

    Another parameter than `q` makes it a type that we do not have (RFC 9110, 12.5.1).
    """
    text = value(headers, "accept")
    wanted = "image/" + image_format
    if wanted not in text:
        return False
    if f",{wanted}," in f",{text},":  # as browsers put it
        return True
    for entry in text.split(","):
        name, mark, weight = entry.partition(";")
        if name.strip(_BLANKS) == wanted and (not mark or _counts(weight.strip(_BLANKS))):
            return True
    return False


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


def _cookie(headers: Headers, cookie: str) -> str:
    for header in headers.get("cookie", ()):
        text: str = header["value"]
        at = text.find(cookie)
        while at >= 0:
            # "; " is how browsers put it
            if text[at - 2 : at] == "; " or text[:at].rstrip(_BLANKS)[-1:] in {"", ";"}:
                return text[at + len(cookie) :].partition(";")[0].rstrip(_BLANKS)
            at = text.find(cookie, at + 1)
    return ""


def _parameter(querystring: str, name: str) -> str:
    """Empty unless it is given exactly once."""
    if not querystring:
        return ""
    found = [each for each in querystring.split("&") if each.partition("=")[0] == name]
    return found[0][len(name) + 1 :] if len(found) == 1 else ""


def _parsed(text: str) -> float | None:
    """Not by a regular expression: importing `re` takes longer than all the rest of the edge."""
    whole, point, decimals = text.partition(".")
    if not (text.isascii() and whole.isdigit() and len(whole) <= _MOST_DIGITS):
        return None
    if point and not (decimals.isdigit() and len(decimals) <= _MOST_DECIMALS):
        return None
    return float(text) or None


def _counts(weight: str) -> bool:
    """Whether this is a `q` above 0 (RFC 9110, 12.4.2)."""
    if weight[:2] != "q=":
        return False
    number = weight[2:]
    if number in _SURE:
        return True
    decimals = number[2:]
    return (
        number[:2] == "0."
        and len(number) <= _LONGEST_WEIGHT
        and decimals.isdigit()
        and decimals.strip("0") != ""
    )
