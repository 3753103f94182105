"""The dashboard in a real browser, once for all of its tests."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from adaptive.ports import StoredFile
from local.chromium import browser as running_browser
from tests.alert_world import in_trouble
from tests.dashboard_world import DashboardWorld, build, serving
from tests.pictures import gradient, jpeg
from tests.unit.test_history import SETTINGS

NOW = time.time()
ASSET = "/img/hero.jpg"
PICTURES = {
    ASSET: jpeg(),
    f"{ASSET}/960w.lite.avif": jpeg(gradient(96, 64), quality=30),
    f"{ASSET}/1280w.full.avif": jpeg(gradient(300, 200)),
    f"{ASSET}/1280w.standard.avif": jpeg(gradient(200, 133)),
    f"{ASSET}/960w.minimal.avif": jpeg(gradient(60, 40)),
}
"""The browser goes by what they are, not by their names."""
SCORES = {"1280w.full.avif": 81.9, "1280w.standard.avif": 70.8, "960w.lite.avif": 58.6}
Open = Callable[..., Page]


def panel(page: Page, title: str) -> Locator:
    """By its heading."""
    return page.get_by_role("region", name=title, exact=True)


@pytest.fixture(scope="session")
def world() -> Iterator[DashboardWorld]:
    build()
    made = DashboardWorld(SETTINGS, NOW)
    made.fill(days=8)
    in_trouble(made.alerts, made.minute)
    for path, body in PICTURES.items():
        score = SCORES.get(path.rpartition("/")[2])
        made.files.files[path] = StoredFile(body, "image/jpeg", score=score)
    with serving(made):
        made.config["images"] = made.url
        yield made


@pytest.fixture(scope="module")  # no other module may find Playwright running
def running() -> Iterator[Browser]:
    with running_browser() as found:
        yield found


@pytest.fixture
def opened(world: DashboardWorld, running: Browser) -> Iterator[Open]:
    """Opens the page at a state; whatever the browser complains of fails the test."""
    world.refusals.clear()
    world.asked.clear()
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def go(
        search: str = "",
        *,
        quiet: bool = True,
        settled: bool = True,
        routes: Mapping[str, Callable[[Route], None]] | None = None,
        **options: Any,
    ) -> Page:
        context = running.new_context(timezone_id="Europe/Berlin", **options)
        contexts.append(context)
        for pattern, handler in (routes or {}).items():
            context.route(pattern, handler)
        page = context.new_page()
        page.clock.install(time=NOW)
        if quiet:
            page.on("console", lambda each: complaints.append(each.text))
        page.on("pageerror", lambda each: complaints.append(str(each)))
        page.goto(world.url + search)
        if settled:
            settle(page)
        return page

    yield go
    for context in contexts:
        context.close()
    assert not complaints


def settle(page: Page) -> None:
    page.locator("main section").first.wait_for()
    expect(page.locator("main [aria-busy=true]")).to_have_count(0, timeout=30_000)
