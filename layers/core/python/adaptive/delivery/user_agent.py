"""What a closed list makes of a User-Agent; the text itself is kept nowhere.

https://developer.mozilla.org/docs/Web/HTTP/Guides/Browser_detection_using_the_user_agent
"""

from typing import Literal

Browser = Literal["chrome", "safari", "firefox", "edge", "samsung", "other"]
DeviceClass = Literal["phone", "tablet", "desktop"]

_LONGEST = 1_000
_BROWSERS: tuple[tuple[str, Browser], ...] = (
    # Most claim to be those further down: the first that matches is it.
    ("OPR/", "other"),
    ("YaBrowser/", "other"),
    ("Edg", "edge"),
    ("SamsungBrowser/", "samsung"),
    ("Firefox/", "firefox"),
    ("FxiOS/", "firefox"),
    ("Chrome/", "chrome"),
    ("CriOS/", "chrome"),
    ("Version/", "safari"),
)
_TABLETS = ("iPad", "Tablet", "Kindle", "Silk/")
_DESKTOPS = ("Windows NT", "Macintosh", "X11;", "CrOS")


def browser_of(agent: str) -> Browser:
    """By its name; an engine embedded in an app is `other`."""
    agent = agent[:_LONGEST]
    return next((browser for mark, browser in _BROWSERS if mark in agent), "other")


def device_class_of(agent: str) -> DeviceClass | None:
    """None of what names no kind of device. iPads that claim to be a Mac count as desktops."""
    agent = agent[:_LONGEST]
    if any(mark in agent for mark in _TABLETS):
        return "tablet"
    if "Mobi" in agent:
        return "phone"
    if "Android" in agent:
        return "tablet"
    return "desktop" if any(mark in agent for mark in _DESKTOPS) else None
