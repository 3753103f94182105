"""The tier moves in the middle of a page, by a real beacon's answer, in a real browser."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from adaptive.edge.policy import PAGE_COOKIE, SESSION_COOKIE, TIER_COOKIE
from local.loop import BUILT_SITE, Loop
from local.visitors import session_id_in_arm
from tests.samples import envelope, wire_beacon

pytestmark = pytest.mark.journey

FULL, LITE = ((BUILT_SITE / "js" / name) for name in ("shop.js", "shop.lite.js"))
SCRIPT = "/js/shop.js"
AGENT, IMAGES = "*/js/rum.js", "*/img/*"
VERY_SLOW = {"lcp_ms": 30_000, "fcp_ms": 20_000, "ttfb_ms": 8_000, "inp_ms": 3_000, "cls": 0.1}


@dataclass
class Tab:
    """A page of a visitor, and what came over the wire for it: path -> (status, bytes)."""

    page: Page
    base_url: str
    wire: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    _paths: dict[str, str] = field(default_factory=dict)
    _statuses: dict[str, int] = field(default_factory=dict)

    def listen(self, *, without: tuple[str, ...]) -> None:
        """`without` what must stay out of the way; a route of Playwright's would end caching."""
        devtools = self.page.context.new_cdp_session(self.page)
        devtools.send("Network.enable")
        devtools.send("Network.setBlockedURLs", {"urls": list(without)})
        devtools.on("Network.requestWillBeSent", self._sent)
        devtools.on("Network.responseReceivedExtraInfo", self._answered)
        devtools.on("Network.loadingFinished", self._finished)

    def open(self, path: str) -> bytes:
        """The script that the page got."""
        with self.page.expect_response(lambda answer: answer.url.endswith(SCRIPT)) as script:
            self.page.goto(self.base_url + path, wait_until="domcontentloaded")
        return script.value.body()

    def load(self, path: str) -> bytes:
        """What an `import()` of the page gets now."""
        with self.page.expect_response(lambda answer: answer.url.endswith(path)) as script:
            self.page.evaluate("path => import(path).catch(() => 0)", path)
        return script.value.body()

    def report(self, **vitals: float) -> None:
        body = envelope(wire_beacon(vitals=vitals)).decode()
        posted = "body => fetch('/rum', {method: 'POST', body}).then(a => a.status)"
        assert self.page.evaluate(posted, body) == 202

    def cookie(self, name: str) -> str | None:
        for each in self.page.context.cookies(self.base_url):
            if each["name"] == name:
                return each["value"]
        return None

    def _sent(self, event: dict[str, Any]) -> None:
        self._paths[event["requestId"]] = event["request"]["url"].removeprefix(self.base_url)

    def _answered(self, event: dict[str, Any]) -> None:
        self._statuses[event["requestId"]] = event["statusCode"]

    def _finished(self, event: dict[str, Any]) -> None:
        request = event["requestId"]
        if request in self._statuses:
            came = (self._statuses[request], int(event["encodedDataLength"]))
            self.wire.setdefault(self._paths.get(request, ""), []).append(came)


@pytest.fixture
def visitor(loop: Loop, chromium: Browser) -> Iterator[BrowserContext]:
    """Somebody of the treatment arm."""
    holdout = loop.site.holdout
    session_id = session_id_in_arm(control=False, share=holdout.share, salt=holdout.salt)
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    context.add_cookies([{"name": SESSION_COOKIE, "value": session_id, "url": loop.base_url}])
    yield context
    context.close()


def opened(visitor: BrowserContext, loop: Loop, *without: str) -> Tab:
    """A tab without the agent: the beacons are the test's."""
    tab = Tab(visitor.new_page(), loop.base_url)
    tab.listen(without=(AGENT, *without))
    return tab


def test_a_page_keeps_its_scripts_while_a_beacon_moves_the_tier(
    loop: Loop, visitor: BrowserContext
) -> None:
    tab = opened(visitor, loop, IMAGES)
    assert tab.open("/index.html") == FULL.read_bytes()
    assert (tab.cookie(TIER_COOKIE), tab.cookie(PAGE_COOKIE)) == (None, "full")
    tab.report(**VERY_SLOW)
    assert (tab.cookie(TIER_COOKIE), tab.cookie(PAGE_COOKIE)) == ("lite", "full")
    assert tab.load(SCRIPT) == FULL.read_bytes()
    assert [status for status, _ in tab.wire[SCRIPT]] == [200, 304]
    assert tab.wire[SCRIPT][1][1] < 2_000  # headers, no script
    assert tab.open("/category.html") == LITE.read_bytes()
    assert tab.cookie(PAGE_COOKIE) == "lite"
    assert tab.load(SCRIPT) == LITE.read_bytes()
    assert [status for status, _ in tab.wire[SCRIPT]] == [200, 304, 200, 304]


def test_a_script_asked_for_by_tier_is_of_that_tier_in_any_tab(
    loop: Loop, visitor: BrowserContext
) -> None:
    first = opened(visitor, loop, IMAGES)
    assert first.open("/index.html") == FULL.read_bytes()
    first.report(**VERY_SLOW)
    second = opened(visitor, loop, IMAGES)
    assert second.open("/index.html") == LITE.read_bytes()
    assert first.load(f"{SCRIPT}?tier=full") == FULL.read_bytes()
    assert second.load(f"{SCRIPT}?tier=minimal") == LITE.read_bytes()


def test_an_image_is_not_loaded_twice_by_the_page_on_which_the_tier_moved(
    loop: Loop, visitor: BrowserContext
) -> None:
    tab = opened(visitor, loop)
    tab.open("/index.html")
    shown = tab.page.evaluate("document.images[0].decode().then(() => document.images[0].src)")
    path = shown.removeprefix(loop.base_url)
    tab.report(**VERY_SLOW)
    again = "src => { const image = new Image(); image.src = src; return image.decode(); }"
    tab.page.evaluate(again, shown)
    [(status, _)] = tab.wire[path]
    assert status == 200
    moved = visitor.request.get(shown)
    assert moved.headers["cache-control"] == "private, max-age=300"
    assert "last-modified" not in moved.headers
    seen = visitor.request.get(shown, headers={"if-none-match": moved.headers["etag"]})
    assert (seen.status, seen.body()) == (304, b"")
