"""The real agents of others, from npm, in a real Chromium, reporting to `ingest`."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Response

from lambdas.delivery.ingest import handler
from local.chromium import browser
from tests.functions import door_world
from tests.functions.door_world import beacons
from tests.samples import INGEST

ROOT = Path(__file__).parents[2]
Records = Callable[[], list[Any]]

IDLE = """() => new Promise((done) =>
  requestIdleCallback(() => requestIdleCallback(done, { timeout: 500 }), { timeout: 500 }))"""
LOADED = {"ttfb_ms", "fcp_ms", "lcp_ms", "cls"}
PAGE = """<!doctype html><title>Hats</title><h1>Hats</h1><button>Buy</button><p id="late"></p>
<script src="/agent.js"></script>
<script>document.querySelector("button").onclick = () => {
  const until = performance.now() + 60; while (performance.now() < until);
  document.querySelector("h1").style.marginTop = "90px"; };
new PerformanceObserver((list) => {
  if (list.getEntries().some((each) => each.interactionId)) window.pressed = true;
}).observe({ type: "event", durationThreshold: 16 });</script>"""
AWS_RUM_WEB = """
import { AwsRum } from "aws-rum-web";
new AwsRum("00000000-0000-0000-0000-000000000000", "1.0.0", "us-east-1", {
  endpoint: location.origin + "/rum/cloudwatch",
  telemetries: [
    ["performance", { reportAllLCP: true, reportAllINP: true, reportAllCLS: true }],
    "errors",
  ],
  signing: false,
  allowCookies: true,
  cookieAttributes: { secure: false },
  dispatchInterval: 500,
});
"""
BOOMERANG = ("boomerang", *(f"plugins/{name}" for name in ("rt", "painttiming", "navtiming")))
BOOMERANG += tuple(f"plugins/{name}" for name in ("continuity", "eventtiming", "memory", "mobile"))

# By itself boomerang reports at `load`, which a busy browser may reach before it has painted: the
# first paint is in no later beacon.
READY = """
Promise.all([
  new Promise((done) => addEventListener("load", done)),
  new Promise((done) => new PerformanceObserver((list) => {
    if (list.getEntriesByName("first-contentful-paint").length) done();
  }).observe({ type: "paint", buffered: true })),
]).then(() => setTimeout(BOOMR.page_ready));
"""


def aws_rum_web() -> str:
    done = subprocess.run(  # noqa: S603 - our own build tool
        [ROOT / "node_modules/.bin/esbuild", "--bundle", "--format=iife", "--log-level=error"],
        cwd=ROOT,
        input=AWS_RUM_WEB,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def boomerang(**options: object) -> str:
    package = ROOT / "node_modules/boomerangjs"
    scripts = [(package / f"{name}.js").read_text() for name in BOOMERANG]
    settings = {"beacon_url": "/rum/boomerang", "Continuity": {"enabled": True}, **options}
    start = f"BOOMR.init({json.dumps({**settings, 'autorun': False})})"
    return "\n;\n".join([*scripts, start, READY])


def merged(views: list[dict[str, Any]]) -> dict[str, float]:
    """What the reports of one view say together."""
    assert len({view["view_id"] for view in views}) == 1
    assert [view["sequence"] for view in views] == sorted({view["sequence"] for view in views})
    return {name: value for view in views for name, value in view["vitals"].items()}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser() as running:
        yield running


@pytest.fixture
def visit(
    aws: Any, stream_records: Records, chromium: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str, set[str], set[str]], None]]:
    """Load the page with this agent on it, press the button, and leave when the early vitals are
    reported; the late ones come then.
    """
    for name, text in INGEST.environment().items():
        monkeypatch.setenv(name, text)
    handler._intake.cache_clear()  # noqa: SLF001
    handler._gate.cache_clear()  # noqa: SLF001

    def look(agent: str, early: set[str], late: set[str]) -> None:
        files = {"/hats.html": PAGE, "/agent.js": agent, "/away.html": "<p>bye</p>"}
        with door_world.site(files) as (url, reports):
            page = chromium.new_page(user_agent=door_world.AGENT)
            with page.expect_response(_is_report):
                page.goto(f"{url}/hats.html?q=secret")
            page.click("button")
            page.wait_for_function("window.pressed")
            page.evaluate(IDLE)  # agents take down interactions when the browser is idle
            while not set(merged(beacons(stream_records()))) >= early:
                assert reports.get(timeout=60) in {202, 204}
            page.goto(f"{url}/away.html")
            while not set(merged(beacons(stream_records()))) >= early | late:
                assert reports.get(timeout=60) in {202, 204}
            page.close()

    yield look
    handler._intake.cache_clear()  # noqa: SLF001
    handler._gate.cache_clear()  # noqa: SLF001


def _is_report(response: Response) -> bool:
    return "/rum/" in response.url and response.ok


def assert_whole(views: list[dict[str, Any]]) -> None:
    vitals = merged(views)
    assert 0 < vitals["ttfb_ms"] < vitals["fcp_ms"] <= vitals["lcp_ms"] < 30_000
    assert vitals.get("inp_ms", 60) >= 60  # the button keeps the thread that long
    assert vitals["cls"] >= 0
    assert {view["navigation"] for view in views} == {"navigate"}
    assert any(view["final"] for view in views)
    (timing,) = (view["timing"] for view in views if "timing" in view)
    assert timing["load_ms"] > 0
    assert "secret" not in str(views)


def test_aws_rum_web_reports_a_page_view(
    visit: Callable[[str, set[str], set[str]], None], stream_records: Records
) -> None:
    visit(aws_rum_web(), LOADED, set())  # its INP comes only if the browser was idle in time
    assert_whole(beacons(stream_records()))


@pytest.mark.parametrize("way", ["AUTO", "GET", "POST"])
def test_boomerang_reports_a_page_view(
    visit: Callable[[str, set[str], set[str]], None], stream_records: Records, way: str
) -> None:
    visit(boomerang(beacon_type=way), {"fcp_ms"}, LOADED | {"inp_ms"})
    assert_whole(beacons(stream_records()))
