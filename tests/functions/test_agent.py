"""The agent in real Chromium, before a server that writes down what it reports."""

import gzip
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from adaptive.delivery.beacon import parse
from local.chromium import browser
from local.recorder import Recorder, recording

ROOT = Path(__file__).parents[2]
STRICT = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self'; style-src 'self'"
)
Visit = Callable[..., Page]
Beacon = dict[str, Any]

_PAGE = """<!doctype html><html data-ae-page-group="shop"><title>Shop</title>{more}
<script src="/rum.js" defer {tag}></script><link rel="icon" href="/dot.png">
<body style="height: 3000px"><h1>Shop</h1><p>Some words to paint.</p><img src="/dot.png?w=1">
<button id="dead">nothing</button><button id="live">something</button>
<a id="next" href="/next.html">next</a><script src="/page.js"></script>"""
_SCRIPT = b"""
const by = (id) => document.getElementById(id);
by("live").onclick = () => by("live").append("!");
const go = (path) => { history.pushState({}, "", path); const p = document.createElement("h2");
  p.textContent = "A new view, with a heading of its own: " + path; p.style.fontSize = "60px";
  document.querySelector("h1").replaceChildren(p); };
window.go = go;
by("next").addEventListener("click", (event) => {
  if (!window.spa) return; event.preventDefault(); go("/soft?x=1"); });
"""
_DOT = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c626001"
    "000000ffff030000060005570bb2150000000049454e44ae426082"
)


@pytest.fixture(scope="module")
def agent() -> bytes:
    subprocess.run(
        ["node", "browser/build.mjs", "--agent"],  # noqa: S607 - whichever Node the user has
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return (ROOT / "browser/rum/dist/rum.js").read_bytes()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as running:
        yield running


@pytest.fixture
def site(agent: bytes) -> Iterator[Recorder]:
    with recording() as recorder:
        page = _PAGE.format(more="", tag='data-quiet-ms="50"').encode()
        recorder.files |= {
            "/": page,
            "/next.html": page,
            "/rum.js": agent,
            "/page.js": _SCRIPT,
            "/dot.png": _DOT,
        }
        yield recorder
        for report in recorder.reports:
            parsed = parse(report.body)  # whatever the agent says, the service takes
            assert parsed.rejections == ()


@pytest.fixture
def visit(chromium: Browser, site: Recorder) -> Iterator[Visit]:
    contexts: list[BrowserContext] = []

    def open_page(*, before: str = "", path: str = "/") -> Page:
        context = chromium.new_context()
        contexts.append(context)
        if before:
            context.add_init_script(before)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.goto(site.url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()


def first(site: Recorder) -> Beacon:
    assert site.wait(lambda: bool(site.beacons))
    return site.beacons[0]


def last(site: Recorder, page: Page) -> Beacon:
    """What is reported when the page is left."""
    page.goto("about:blank")
    assert site.wait(lambda: any(each["final"] for each in site.beacons))
    return next(each for each in reversed(site.beacons) if each["final"])


def test_every_visitor_downloads_at_most_9_kb(agent: bytes) -> None:
    assert len(gzip.compress(agent, 9)) <= 9_000


def test_it_asks_to_be_compiled_before_it_is_run(agent: bytes) -> None:
    assert agent.startswith(b"//# allFunctionsCalledOnLoad\n")


def test_an_ordinary_view_is_told_in_two_beacons_that_agree(site: Recorder, visit: Visit) -> None:
    page = visit()
    early = first(site)
    late = last(site, page)
    assert len(site.beacons) == 2
    assert early["view_id"] == late["view_id"]
    assert (early["sequence"], late["sequence"], late["final"]) == (0, 1, True)
    assert {"lcp_ms", "fcp_ms", "ttfb_ms"} <= early["vitals"].keys()
    assert (late["page"], late["page_group"], late["navigation"]) == ("/", "shop", "navigate")
    assert late["clock"]["sent_after_ms"] >= early["clock"]["sent_after_ms"] > 0
    assert late["resources"]["script"]["requests"] == 2
    assert late["slowest"]["first_party"]["kind"] in {"script", "image"}
    assert 0 < late["engagement"]["scroll_depth"] < 1
    assert "hidden" in late
    assert not late["hidden"]


def test_what_a_visitor_did_is_counted(site: Recorder, visit: Visit) -> None:
    page = visit()
    first(site)
    page.click("#dead")
    page.wait_for_timeout(1_100)  # a click is dead once a second has passed without an answer
    page.click("#live")
    page.click("#live", click_count=3)
    page.mouse.wheel(0, 3_000)
    page.wait_for_function("scrollY > 1000")
    page.evaluate("performance.mark('hero:seen')")
    late = last(site, page)
    assert late["frustration"] == {"rage_clicks": 1, "dead_clicks": 1, "error_clicks": 0}
    assert late["engagement"]["interactions"] == 5
    assert late["engagement"]["scroll_depth"] > 0.5
    assert late["engagement"]["visible_ms"] >= 1_000
    assert "inp_ms" in late["vitals"]
    assert late["marks"]["hero:seen"] > 0


def test_faults_are_told_once_without_what_they_carried(site: Recorder, visit: Visit) -> None:
    page = visit()
    first(site)
    page.evaluate(
        """() => {
          const bad = () => { throw new TypeError("no cart for alice@example.com?token=1"); };
          for (let time = 0; time < 3; time++) setTimeout(bad);
          Promise.reject({ card: "4111111111111111" });
          setTimeout(() => { window.thrown = true; }, 10);
        }"""
    )
    page.wait_for_function("window.thrown")
    faults = last(site, page)["errors"]
    assert [(each["kind"], each["count"]) for each in faults] == [("error", 3), ("rejection", 1)]
    assert faults[1]["message"] == "object"
    said = str(faults)
    assert not any(word in said for word in ("alice", "example", "token", "4111"))


def test_business_events_and_listed_dimensions_are_told(site: Recorder, visit: Visit) -> None:
    tag = 'data-dimensions="plan" data-release="shop-7" data-quiet-ms="50"'
    site.files["/"] = _PAGE.format(more="", tag=tag).encode()
    page = visit()
    first(site)
    page.evaluate(
        """() => { AdaptiveEdge.track("checkout", { value: 49.9, currency: "EUR" });
          AdaptiveEdge.dimension("plan", "gold"); AdaptiveEdge.dimension("email", "a@b.c");
          AdaptiveEdge.track(null); AdaptiveEdge.track("x".repeat(99)); }"""
    )
    late = last(site, page)
    [event] = late["events"]
    assert (event["name"], event["value"], event["currency"]) == ("checkout", 49.9, "EUR")
    assert (late["dimensions"], late["release"]) == ({"plan": "gold"}, "shop-7")


_NO_NATIVE = "delete PerformanceSoftNavigation.prototype.getLargestInteractionContentfulPaint;"


@pytest.mark.parametrize(
    ("before", "detected_by"),
    [
        ("", "browser"),
        (_NO_NATIVE, "history"),
        (_NO_NATIVE + "delete window.navigation;", "history"),
    ],
    ids=["native", "navigation-api", "patched-history"],
)
def test_a_soft_navigation_is_a_view_of_its_own(
    site: Recorder, visit: Visit, before: str, detected_by: str
) -> None:
    page = visit(before=before)
    page.evaluate("window.spa = true")
    loaded = first(site)
    page.click("#next")
    assert site.wait(lambda: any(each["final"] for each in site.beacons))
    ended = next(each for each in site.beacons if each["final"])
    soft = last_of(site, page, not_of=loaded["view_id"])
    assert ended["view_id"] == loaded["view_id"]
    assert "inp_ms" in ended["vitals"], "the click that led away belongs to the old view"
    assert (ended["page"], soft["page"]) == ("/", "/soft")
    assert (soft["navigation"], soft["detected_by"]) == ("soft-navigation", detected_by)
    assert not soft["hidden"]
    assert ("lcp_ms" in soft["vitals"]) is (detected_by == "browser")
    assert "timing" not in soft or soft["timing"] == {}


def last_of(site: Recorder, page: Page, *, not_of: str) -> Beacon:
    page.goto("about:blank")

    def others() -> list[Beacon]:
        return [each for each in site.beacons if each["view_id"] != not_of and each["final"]]

    assert site.wait(lambda: bool(others()))
    return others()[-1]


def test_a_page_restored_from_the_back_forward_cache_is_a_new_view(
    site: Recorder, visit: Visit
) -> None:
    page = visit()
    loaded = first(site)
    page.click("#next")
    page.wait_for_url("**/next.html")
    page.evaluate("history.back()")

    def restored() -> list[Beacon]:
        return [each for each in site.beacons if each["navigation"] == "back-forward-cache"]

    assert site.wait(lambda: bool(restored()))
    [view] = restored()
    assert view["view_id"] != loaded["view_id"]
    assert "lcp_ms" in view["vitals"]


_PRERENDERED = """let shown = false;
Object.defineProperty(document, "prerendering", { get: () => !shown });
window.show = () => { shown = true; document.dispatchEvent(new Event("prerenderingchange")); };"""


def test_a_prerendered_page_has_no_view_until_it_is_shown(site: Recorder, visit: Visit) -> None:
    page = visit(before=_PRERENDERED)
    page.evaluate("AdaptiveEdge.track('checkout')")
    page.wait_for_timeout(300)  # long enough for a first report, were there one
    assert site.beacons == []
    page.evaluate("show()")
    assert first(site)["events"][0]["name"] == "checkout"


@pytest.mark.parametrize(
    "before",
    [
        "Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' });",
        """const told = performance.getEntriesByType.bind(performance);
        performance.getEntriesByType = (type) =>
          type === "visibility-state" ? [{ name: "hidden", startTime: 1 }] : told(type);""",
    ],
    ids=["all-along", "at-first"],
)
def test_a_load_that_nobody_saw_is_flagged(site: Recorder, visit: Visit, before: str) -> None:
    visit(before=before)
    assert first(site)["hidden"]


def test_closing_the_tab_loses_nothing(site: Recorder, visit: Visit) -> None:
    page = visit()
    first(site)
    page.close()
    assert site.wait(lambda: any(each["final"] for each in site.beacons))


def test_a_strict_policy_is_no_obstacle_and_its_violations_are_told(
    site: Recorder, visit: Visit
) -> None:
    site.headers["Content-Security-Policy"] = STRICT
    page = visit()
    first(site)
    page.evaluate(
        """() => { const script = document.createElement("script");
          script.src = "https://evil.example/x.js?k=1"; document.head.append(script); }"""
    )
    page.wait_for_timeout(200)  # violations are told by a task of their own
    violations = [each for each in last(site, page)["errors"] if each["kind"] == "csp"]
    assert {"message": "script-src-elem", "source": "evil.example/x.js"}.items() <= next(
        each for each in violations if "source" in each
    ).items()


_GPC = "Object.defineProperty(navigator, 'globalPrivacyControl', { value: true });"


@pytest.mark.parametrize(
    ("before", "tag", "said"),
    [
        (_GPC, "", "denied"),
        (_GPC, 'data-consent="granted"', "denied"),
        ("", 'data-consent="denied"', "denied"),
        ("", 'data-consent="pending"', "pending"),
        ("", 'data-consent="whatever"', "pending"),
    ],
)
def test_without_consent_one_beacon_tells_nothing_of_anyone(
    site: Recorder, visit: Visit, before: str, tag: str, said: str
) -> None:
    site.files["/"] = _PAGE.format(more="", tag=f'{tag} data-quiet-ms="10"').encode()
    page = visit(before=before)
    page.wait_for_timeout(300)  # long enough for a first report, were there one
    page.evaluate("AdaptiveEdge.track('checkout'); AdaptiveEdge.flush()")
    page.goto("about:blank")
    [only] = site.beacons
    assert (only["consent"], only["page"], only["page_group"]) == (said, "/", "shop")
    assert only["final"]
    assert "lcp_ms" in only["vitals"]
    assert only.keys().isdisjoint({"tier", "clock", "slowest", "errors", "events", "dimensions"})


@pytest.mark.parametrize(
    ("cookies", "told"),
    [
        (("ae_tier=lite", "ae_recipe=thrifty"), ("lite", "thrifty")),
        (("ae_tier=lite", "ae_recipe=No.1"), ("lite", None)),
        (("ae_recipe=thrifty",), (None, None)),
    ],
)
def test_the_recipe_is_told_with_the_tier_that_it_is_of(
    site: Recorder, visit: Visit, cookies: tuple[str, ...], told: tuple[str | None, str | None]
) -> None:
    visit(before=";".join(f"document.cookie = '{each}; path=/'" for each in cookies))
    beacon = first(site)
    assert (beacon.get("tier"), beacon.get("recipe")) == told


_LITE = "document.cookie = 'ae_tier=lite; path=/';"


@pytest.mark.parametrize("before", ["", "delete window.cookieStore;"])
def test_the_tier_told_is_the_one_that_the_page_began_with(
    site: Recorder, visit: Visit, before: str
) -> None:
    site.files["/"] = _PAGE.format(more="", tag='data-quiet-ms="60000"').encode()
    page = visit(before=_LITE + before)
    page.evaluate(
        """async () => { await window.cookieStore?.getAll();  // the agent asked before
          document.cookie = "ae_tier=full; path=/"; }"""
    )
    assert last(site, page)["tier"] == "lite"


@pytest.mark.parametrize(
    "answer",
    ["new Promise(() => {})", "Promise.reject(new Error('no'))", "{ throw new Error('no'); }"],
    ids=["never", "rejected", "thrown"],
)
def test_a_view_left_before_the_cookies_were_told_has_a_tier(
    site: Recorder, visit: Visit, answer: str
) -> None:
    page = visit(before=f"{_LITE} cookieStore.getAll = () => {answer};")
    told = last(site, page)
    assert told["tier"] == "lite"
    assert "errors" not in told


def test_consent_given_while_the_page_is_open_counts_from_then_on(
    site: Recorder, visit: Visit
) -> None:
    site.files["/"] = _PAGE.format(
        more="", tag='data-consent="pending" data-quiet-ms="10"'
    ).encode()
    page = visit()
    page.evaluate("AdaptiveEdge.setConsent('granted')")
    assert first(site)["consent"] == "granted"
    assert "clock" in last(site, page)


def test_consent_taken_back_is_told_at_once_and_the_cookie_goes(
    site: Recorder, visit: Visit
) -> None:
    page = visit()
    page.evaluate("document.cookie = 'ae_tier=lite; path=/'")
    told = first(site)
    page.evaluate("AdaptiveEdge.setConsent('denied')")
    assert site.wait(lambda: len(site.beacons) == 2)
    assert "ae_tier" not in page.evaluate("document.cookie")
    page.goto("about:blank")
    refused = site.beacons[1]
    assert (refused["view_id"], refused["consent"]) == (told["view_id"], "denied")
    assert len(site.beacons) == 2


_MISSING = [
    "PerformanceObserver",
    "PerformanceEventTiming",
    "PerformanceSoftNavigation",
    "MutationObserver",
    "navigation",
    "requestIdleCallback",
    "CSPViolationReportBody",
]


@pytest.mark.parametrize(
    "before",
    [
        *(f"delete window.{name};" for name in _MISSING),
        "delete Navigator.prototype.sendBeacon;",
        "navigator.sendBeacon = () => { throw new Error('blocked'); };",
        "delete Navigator.prototype.connection; delete Navigator.prototype.userAgentData;",
        "performance.getEntriesByType = () => [];",
        "Object.defineProperty(PerformanceObserver, 'supportedEntryTypes', { value: [] });",
        "Object.defineProperty(document, 'cookie', { get() { return ''; } });",
        "window.onerror = () => { throw new Error('again'); }; setTimeout(() => { throw 1; });",
        "history.pushState = () => { throw new Error('page'); };",
    ],
)
def test_a_browser_that_lacks_something_still_reports_and_the_page_notices_nothing(
    site: Recorder, visit: Visit, before: str
) -> None:
    page = visit(before=before)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.click("#live")
    assert page.text_content("#live") == "something!"
    assert last(site, page)["page"] == "/"
    assert [each for each in complaints if "rum.js" in each] == []


def test_a_blocked_endpoint_is_the_agents_trouble_alone(site: Recorder, chromium: Browser) -> None:
    context = chromium.new_context()
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.route("**/rum", lambda route: route.abort())
    page.goto(site.url)
    page.wait_for_timeout(300)  # the first report has failed by now
    page.click("#live")
    assert page.text_content("#live") == "something!"
    assert (complaints, site.reports) == ([], [])
    context.close()


def test_what_a_server_in_trouble_refused_comes_again(site: Recorder, visit: Visit) -> None:
    site.answers += [503, 503]
    page = visit()
    assert site.wait(lambda: len(site.reports) >= 3)
    assert len({each["sequence"] for each in site.beacons}) == 1
    assert last(site, page)["sequence"] == 1
