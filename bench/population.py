"""Visitors as they are: real browser profiles, how fast their pages load, what their image requests
say.

- Profiles, screens and connections: npm `user-agents`, drawn by weight.
- Loading: log-normal Largest Contentful Paint, medians and spreads of 64 million page loads, and
  views per session from the share of landing pages among them (Akamai mPulse by way of the RUM
  Archive, 2026-08-04). Half the variance is between sessions, half between views: an assumption.
- `Accept`: https://developer.mozilla.org/docs/Web/HTTP/Guides/Content_negotiation/List_of_default_Accept_values,
  WebKit's from its source (CachedResourceRequest.cpp). Hints: Chromium's, asked for by `Accept-CH`.
- Pixel ratios are not in the profiles: from the width of the screen where it tells (a 1,536 px
  Windows desktop is 1,920 at 1.25), else the usual one.
"""

import json
import math
import random
import re
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

PROFILES = Path(__file__).parents[1] / "node_modules/user-agents/dist/user-agents.json"

_CHROMIUM = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
_CHROMIUM_59 = "image/webp,image/apng,image/*,*/*;q=0.8"
_CHROMIUM_32 = "image/webp,image/*,*/*;q=0.8"
_WEBKIT_17 = (
    "image/webp,image/avif,image/jxl,image/heic,image/heic-sequence,video/*;q=0.8,image/png,"
    "image/svg+xml,image/*;q=0.8,*/*;q=0.5"
)
_WEBKIT_16 = "image/webp,image/avif,video/*;q=0.8,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5"
_WEBKIT_14 = "image/webp,image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5"
_WEBKIT = "image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5"
_FIREFOX_128 = "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5"
_FIREFOX_92 = "image/avif,image/webp,*/*"
_FIREFOX_65 = "image/webp,*/*"
ACCEPT_SINCE = {
    # family: (major version, what it sends from then on), newest first
    "webkit": ((17, _WEBKIT_17), (16, _WEBKIT_16), (14, _WEBKIT_14), (0, _WEBKIT)),
    "firefox": ((128, _FIREFOX_128), (92, _FIREFOX_92), (0, _FIREFOX_65)),
    "edge": ((121, _CHROMIUM), (0, _CHROMIUM_59)),
    "chromium": ((85, _CHROMIUM), (59, _CHROMIUM_59), (0, _CHROMIUM_32)),
    "other": ((0, "*/*"),),
}
_FAMILIES = (
    # All browsers of an iPhone are WebKit, which since 26 names its version, not the system's.
    ("webkit", r"(?:iPhone|iPad).*OS (\d+)_(?:.*Version/(\d+))?"),
    ("edge", r"Edg\w*/(\d+)"),
    ("chromium", r"Chrome/(\d+)"),
    ("firefox", r"Firefox/(\d+)"),
    ("webkit", r"Version/(\d+).*Safari"),
)
_SCREEN_RATIO = {1536: 1.25, 2048: 1.25, 1280: 1.5, 1707: 1.5, 1097: 1.75}
_PHONE_PIXELS = 1_080  # most Android phones' width
_WIDE_PX = 900  # from where the shop has its desktop layout
_VIEWS = {"mobile": 1 / 0.295, "tablet": 1 / 0.231, "desktop": 1 / 0.255}
_LCP = {"mobile": (1_236, 0.85), "tablet": (1_236, 0.85), "desktop": (1_393, 0.85)}


@dataclass(frozen=True, slots=True)
class Profile:
    """A browser on a device; `dpr` is None where it tells no server (all but Chromium)."""

    user_agent: str
    device: str
    accept: str
    viewport_px: int
    dpr: float | None
    connection: dict[str, Any]

    def image_headers(self, slot: str) -> dict[str, str]:
        """What it says when it asks for an image in this slot of a page of the shop."""
        said = {"user-agent": self.user_agent, "accept": self.accept}
        if self.dpr is None:
            return said
        shown_px = math.ceil(_slot_px(slot, self.viewport_px) * self.dpr)
        for name, value in (
            ("dpr", self.dpr),
            ("viewport-width", self.viewport_px),
            ("width", shown_px),
        ):
            said[name] = said[f"sec-ch-{name}"] = f"{value:g}"
        for name, key in (("ect", "effectiveType"), ("rtt", "rtt"), ("downlink", "downlink")):
            if key in self.connection:
                said[name] = said[f"sec-ch-{name}"] = f"{self.connection[key]}"
        if "Mobi" in self.user_agent:
            said["sec-ch-ua-mobile"] = "?1"
        return said


class Population:
    """Draws visitors; the same `draw` draws the same ones."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        raw = json.loads(PROFILES.read_text(encoding="utf-8"))
        self._profiles = [_profile(each) for each in raw]
        self._weights = [*accumulate(each["weight"] for each in raw)]

    def profile(self) -> Profile:
        """A browser, as often as it is met."""
        (profile,) = self._draw.choices(self._profiles, cum_weights=self._weights)
        return profile

    def views_lcp_ms(self, profile: Profile) -> list[float]:
        """One session of that browser: each view's LCP at the `full` tier."""
        median_ms, spread = _LCP[profile.device]
        each = spread * math.sqrt(0.5)
        session_ms = median_ms * math.exp(self._draw.gauss(0, each))
        stops = 1 / _VIEWS[profile.device]
        views = 1 + int(math.log(1 - self._draw.random()) / math.log(1 - stops))
        return [session_ms * math.exp(self._draw.gauss(0, each)) for _ in range(views)]


def _profile(raw: dict[str, Any]) -> Profile:
    agent: str = raw["userAgent"]
    family, version = _browser(agent)
    hints = family in {"chromium", "edge"}
    return Profile(
        user_agent=agent,
        device=raw["deviceCategory"],
        accept=next(text for since, text in ACCEPT_SINCE[family] if version >= since),
        viewport_px=max(raw["viewportWidth"], 320),
        dpr=_dpr(agent, raw["screenWidth"]) if hints else None,
        connection=raw.get("connection", {}) if hints else {},
    )


def _browser(agent: str) -> tuple[str, int]:
    for family, pattern in _FAMILIES:
        if found := re.search(pattern, agent):
            return family, max(int(each) for each in found.groups() if each)
    return "other", 0


def _dpr(agent: str, screen_px: int) -> float:
    if "Mobi" in agent:
        return round(max(1.0, _PHONE_PIXELS / screen_px), 3)
    return 2 if "Macintosh" in agent else _SCREEN_RATIO.get(screen_px, 1)


def _slot_px(slot: str, viewport_px: int) -> float:
    """CSS pixels: the `sizes` in browser/shop."""
    wide = viewport_px >= _WIDE_PX
    if slot == "grid":
        return min(0.23 * viewport_px - 18, 332) if wide else 0.46 * viewport_px - 8
    return min(0.5367 * viewport_px - 104, 713) if wide else 0.92 * viewport_px - 36
