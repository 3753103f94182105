"""The builds of the shop, and how a visitor on a slow network meets each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from playwright.sync_api import Browser

from adaptive.edge.policy import CONTROL, SESSION_COOKIE, TIER_COOKIE, Tier
from local.loop import PAGES, Loop
from local.visitors import SLOW_PHONE, PageView, Profile, Visitor, session_id_in_arm, visitor

NETWORKS = {
    "slow-4g": replace(SLOW_PHONE, name="slow 4G: 1.6 Mbit/s, 150 ms, 4x CPU"),
    "slow-3g": replace(
        SLOW_PHONE,
        name="slow 3G: 400 kbit/s, 400 ms, 6x CPU",
        down_kbps=400,
        latency_ms=400,
        cpu_slowdown=6,
    ),
}
ORIGINALS, WEBP, AVIF = "originals", "srcset + WebP", "srcset + AVIF"
MINIMAL, UNMEASURED = "adapted: minimal", "adapted: not measured yet"
AVIF_THIRD, THIRD = "view 3: srcset + AVIF", "view 3: adapted as measured"
CONTEXT = {ORIGINALS, WEBP}
"""Rows that no target is about."""
ROWS = (ORIGINALS, WEBP, AVIF, MINIMAL, UNMEASURED, AVIF_THIRD, THIRD)

_FRONT, _CATEGORY, _PRODUCT = PAGES

Views = dict[str, PageView]
"""By row."""


@dataclass(frozen=True, slots=True)
class Build:
    """Where it is served, and to whom: `cookies` are what each new visitor comes with."""

    base_url: str
    cookies: Callable[[], dict[str, str]]
    read: Callable[[Visitor], Views]

    def visit(self, running: Browser, network: Profile) -> Views:
        """A visitor with a fresh profile."""
        with visitor(running, self.base_url, network, cookies=self.cookies()) as someone:
            return self.read(someone)


def builds(loop: Loop, static: Mapping[str, str], *, three_views: bool) -> dict[str, Build]:
    """By row; `static` has the peer's base URLs by image format."""
    found = {
        ORIGINALS: Build(loop.base_url, lambda: {TIER_COOKIE: CONTROL}, _first(ORIGINALS)),
        WEBP: Build(static["webp"], dict, _first(WEBP)),
        AVIF: Build(static["avif"], dict, _three_of_the_peer if three_views else _first(AVIF)),
        MINIMAL: Build(loop.base_url, lambda: {TIER_COOKIE: Tier.MINIMAL}, _first(MINIMAL)),
    }
    if three_views:
        found[THIRD] = Build(loop.base_url, lambda: _treated(loop), _three_measured)
    return found


def _treated(loop: Loop) -> dict[str, str]:
    """A new session outside the holdout, not measured yet."""
    holdout = loop.site.holdout
    session_id = session_id_in_arm(control=False, share=holdout.share, salt=holdout.salt)
    return {SESSION_COOKIE: str(session_id)}


def _first(row: str) -> Callable[[Visitor], Views]:
    return lambda someone: {row: someone.load(_FRONT)}


def _three_of_the_peer(someone: Visitor) -> Views:
    first = someone.load(_FRONT)
    someone.load(_CATEGORY)
    return {AVIF: first, AVIF_THIRD: someone.load(_PRODUCT)}


def _three_measured(someone: Visitor) -> Views:
    """The first two are reported, something put into the basket in each: the third has a tier."""
    first = someone.view(_FRONT)
    someone.view(_CATEGORY)
    return {UNMEASURED: first, THIRD: someone.load(_PRODUCT)}
