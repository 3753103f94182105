"""Visitors of the shop in a real browser, each on its own network and device."""

from __future__ import annotations

import json
import secrets
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self

from adaptive.delivery.assignment import is_control
from adaptive.delivery.session import SessionId, mint
from adaptive.edge.policy import SESSION_COOKIE, TIER_COOKIE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, CDPSession, Page, Response

_TIMEOUT_MS = 120_000
_UNLIMITED = -1  # CDP's word for a throughput that is not throttled

# What the browser itself says, independent of the agent under test.
_OBSERVE = """
window.__lcp = 0; window.__blocked = 0; window.__inp = 0; window.__busyUntil = 0;
new PerformanceObserver(l => { for (const e of l.getEntries()) window.__lcp = e.startTime; })
  .observe({type: "largest-contentful-paint", buffered: true});
new PerformanceObserver(l => {
  for (const e of l.getEntries()) {
    window.__blocked += Math.max(0, e.duration - 50);
    window.__busyUntil = e.startTime + e.duration;
  }
}).observe({type: "longtask", buffered: true});
new PerformanceObserver(l => {
  for (const e of l.getEntries())
    if (e.interactionId) window.__inp = Math.max(window.__inp, e.duration);
}).observe({type: "event", durationThreshold: 16, buffered: true});
"""

# Chromium's own word for an idle network does not come where a beacon outlived its page.
_RESTS = """
performance.now() - 2000 > Math.max(
  window.__busyUntil,
  performance.getEntriesByType("navigation")[0].loadEventEnd || Infinity,
  ...performance.getEntriesByType("resource").map(entry => entry.responseEnd))
"""
# Pictures that load lazily do so when they come near, in a gallery sideways, too.
_SCROLL = """async () => {
  for (const image of document.images) {
    image.scrollIntoView();
    await new Promise(done => setTimeout(done, 50));
  }
}"""
_ALL_ANSWERED = "[...document.images].every(image => image.complete)"
_ALL_CAME = "[...document.images].every(image => image.naturalWidth > 0)"


@dataclass(frozen=True, slots=True)
class Profile:
    """A device on a network; `latency_ms` is added per request (CDP), `None` means unthrottled."""

    name: str
    width_px: int
    height_px: int
    dpr: float
    mobile: bool
    down_kbps: float | None = None
    latency_ms: float = 0
    cpu_slowdown: float = 1

    def unthrottled(self) -> Self:
        """The same device on the machine's own network and processor."""
        return replace(self, down_kbps=None, latency_ms=0, cpu_slowdown=1)


SLOW_PHONE = Profile(
    "slow phone",
    412,
    915,
    2.625,
    mobile=True,
    down_kbps=1_600,
    latency_ms=150,
    cpu_slowdown=4,
)
FAST_DESKTOP = Profile("fast desktop", 1280, 800, 1, mobile=False)


@dataclass(slots=True)
class PageView:
    """One page view as the browser saw it; `tier` is what the cookie said when it began."""

    path: str
    tier: str | None
    requests: int = 0
    bytes: int = 0
    lcp_ms: float = 0
    inp_ms: float = 0
    blocked_ms: float = 0
    view_id: str = ""
    session_id: str = ""


@dataclass(slots=True)
class Visitor:
    """Somebody who reads one page after the other, and puts something into the basket."""

    page: Page
    base_url: str
    devtools: CDPSession
    _current: PageView | None = None

    def move_to(self, profile: Profile) -> None:
        """From now on on that network and processor; the device stays."""
        _throttle(self.devtools, profile)

    def view(self, path: str) -> PageView:
        """Load a page, put something into the basket, wait until the agent's report is answered."""
        seen = PageView(path, self.cookie(TIER_COOKIE))
        self._current = seen
        with self.page.expect_response(_is_beacon_answer, timeout=_TIMEOUT_MS) as answered:
            self.page.goto(self.base_url + path, wait_until="load", timeout=_TIMEOUT_MS)
            self.page.locator("[data-add-to-basket]").first.click(timeout=_TIMEOUT_MS)
        report = json.loads(answered.value.request.post_data or "{}")["beacons"][-1]
        seen.view_id = report["view_id"]
        seen.session_id = self.cookie(SESSION_COOKIE) or ""
        self._measure(seen)
        return seen

    def load(self, path: str) -> PageView:
        """Load a page, untouched until it rests: two seconds without a transfer or a long task."""
        seen = PageView(path, self.cookie(TIER_COOKIE))
        self._current = seen
        self.page.goto(self.base_url + path, wait_until="load", timeout=_TIMEOUT_MS)
        self.page.wait_for_function(_RESTS, timeout=_TIMEOUT_MS)
        self._measure(seen)
        return seen

    def look(self, path: str) -> bool:
        """Load a page and see all of it, without reporting it; whether every picture came.

        The agent stays out: a route does not hold what is sent as a page goes, and the answer would
        move the tier.
        """
        self.page.route("**/js/rum.js", lambda route: route.abort())
        self.page.goto(self.base_url + path, wait_until="networkidle", timeout=_TIMEOUT_MS)
        self.page.evaluate(_SCROLL)
        self.page.wait_for_function(_ALL_ANSWERED, timeout=_TIMEOUT_MS)
        return bool(self.page.evaluate(_ALL_CAME))

    def cookie(self, name: str) -> str | None:
        """A cookie of the shop as the browser holds it."""
        for each in self.page.context.cookies(self.base_url):
            if each["name"] == name:
                return each["value"]
        return None

    def _measure(self, seen: PageView) -> None:
        seen.lcp_ms, seen.inp_ms, seen.blocked_ms = self.page.evaluate(
            "[window.__lcp, window.__inp, window.__blocked]"
        )

    def count(self, event: dict[str, Any]) -> None:
        """CDP's Network.loadingFinished: one more response arrived whole; 0 bytes are a cache's."""
        if self._current and event["encodedDataLength"] > 0:
            self._current.requests += 1
            self._current.bytes += int(event["encodedDataLength"])


@contextmanager
def visitor(
    running: Browser, base_url: str, profile: Profile, *, cookies: dict[str, str] | None = None
) -> Iterator[Visitor]:
    """A visitor with a fresh profile; `cookies` are what an earlier visit left."""
    context = running.new_context(
        viewport={"width": profile.width_px, "height": profile.height_px},
        device_scale_factor=profile.dpr,
        is_mobile=profile.mobile,
        has_touch=profile.mobile,
    )
    try:
        context.add_init_script(_OBSERVE)
        context.add_cookies(
            [{"name": n, "value": v, "url": base_url} for n, v in (cookies or {}).items()]
        )
        page = context.new_page()
        devtools = context.new_cdp_session(page)
        someone = Visitor(page, base_url, devtools)
        devtools.send("Network.enable")
        # Playwright marks the handler it is given, which a slotted object's method does not allow.
        devtools.on("Network.loadingFinished", lambda event: someone.count(event))  # noqa: PLW0108
        someone.move_to(profile)
        yield someone
    finally:
        context.close()


def session_id_in_arm(*, control: bool, share: float, salt: str) -> SessionId:
    """A new session id that the stable hash puts into this arm; `share` is the holdout's, 0-1."""
    while True:
        candidate = mint(secrets.token_bytes)
        if is_control(candidate, share=share, salt=salt) is control:
            return candidate


def _is_beacon_answer(response: Response) -> bool:
    return response.url.endswith("/rum") and response.status == HTTPStatus.ACCEPTED


def _throttle(devtools: CDPSession, profile: Profile) -> None:
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": profile.cpu_slowdown})
    bytes_per_s = _UNLIMITED if profile.down_kbps is None else profile.down_kbps * 1_000 / 8
    devtools.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": profile.latency_ms,
            "downloadThroughput": bytes_per_s,
            "uploadThroughput": bytes_per_s if bytes_per_s == _UNLIMITED else bytes_per_s / 2,
        },
    )
