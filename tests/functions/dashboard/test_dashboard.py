"""The dashboard in a real browser, over the real query API: its figures, states and manners."""

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from adaptive.delivery.session import SessionState
from adaptive.delivery.tier import follow
from adaptive.edge.policy import CONTROL, Tier
from adaptive.monitoring import window
from adaptive.monitoring.dimension import TREATMENT
from adaptive.monitoring.rollup import Field, Rollup
from adaptive.monitoring.vital import VITALS
from adaptive.monitoring.window import Resolution
from adaptive.ports import Stored
from tests.dashboard_world import FILES, DashboardWorld
from tests.functions.dashboard.conftest import NOW, Open, panel, settle
from tests.samples import INGEST, TREATED, beacon

ROOT = Path(__file__).parents[3]
AXE = ROOT / "node_modules/axe-core/axe.min.js"
BUDGET = 120_000
"""Bytes, gzipped, of all that the page loads."""

VIEWS = (
    *("overview", "vitals", "delivery", "where"),
    *("sessions", "alerts", "experiments", "forecast"),
)


def raw(world: DashboardWorld, family: str = "all", value: str = "") -> Rollup:
    """A cell of the last hour, minute by minute as they lie in the table."""
    hour = range(world.minute + 1 - 60, world.minute + 1)
    whole = Rollup()
    for partition in {window.partition(Resolution.MINUTE, family, minute) for minute in hour}:
        for sort, body in world.cells.partitions[partition].items():
            name, start = window.read_sort(sort)
            if name == value and start in hour:
                whole.add(Rollup.decode(body))
    assert whole.views
    return whole


def spelled(name: str, value: float | None) -> str:
    """As the page spells a vital."""
    assert value is not None
    value = float(f"{value:.4g}")  # as the API rounds it
    if name == "cls":
        return f"{value:.3f}" if value < 1 else f"{value:.1f}"
    return f"{int(value + 0.5)} ms" if value < 1_000 else f"{value / 1_000:.2f} s"


def kilobytes(value: float) -> str:
    return f"{round(value / 1_000)} kB" if value < 1e6 else f"{value / 1e6:.2f} MB"


def row(page: Page, table: str, name: str) -> list[str]:
    """The cells of a row, less the first."""
    found = (
        panel(page, table)
        .get_by_role("row")
        .filter(has=page.get_by_role("button", name=name, exact=True))
    )
    return [text.strip() for text in found.locator("td").all_inner_texts()]


def test_all_that_the_page_loads_is_within_its_budget(world: DashboardWorld) -> None:
    sizes = {each.name: len(gzip.compress(each.read_bytes(), 9)) for each in FILES.iterdir()}
    assert sum(sizes.values()) <= BUDGET, sizes


def test_the_page_knows_the_vitals_and_limits_that_rollups_have() -> None:
    told = json.loads((ROOT / "browser/dashboard/vitals.json").read_text())
    limits = {each.name: (each.good, each.poor) for each in VITALS}
    assert {each["name"]: (each["good"], each["poor"]) for each in told}.items() <= limits.items()


def test_cards_show_the_p75_of_the_raw_cells(world: DashboardWorld, opened: Open) -> None:
    page = opened("?range=1h")
    for short, name in (
        ("LCP", "lcp_ms"),
        ("INP", "inp_ms"),
        ("CLS", "cls"),
        ("FCP", "fcp_ms"),
        ("TTFB", "ttfb_ms"),
    ):
        found = panel(page, short).locator(".figure b").inner_text()
        assert found == spelled(name, raw(world).quantile(name, 0.75))


def test_health_counts_the_views_of_the_raw_cells(world: DashboardWorld, opened: Open) -> None:
    page = opened("?range=1h")
    facts = dict(
        zip(
            panel(page, "Health").locator("dt").all_inner_texts(),
            panel(page, "Health").locator("dd").all_inner_texts(),
            strict=True,
        )
    )
    found = raw(world)
    assert facts["Page views"].split("\n")[0].replace(",", "") == f"{found.views}"
    assert facts["Conversions"].split("\n")[0] == f"{found.fields[Field.CONVERSIONS]}"
    weight = found.fields[Field.BYTES] / found.fields[Field.MEASURED]
    assert facts["Bytes per view"] == kilobytes(weight)
    sentence = panel(page, "Health").locator(".verdict").inner_text()
    assert sentence.endswith(".")
    assert any(word in sentence for word in ("good", "improvement", "poor"))


def test_health_tells_what_the_median_session_came_to(world: DashboardWorld, opened: Open) -> None:
    page = opened("?range=1h")
    facts = panel(page, "Health").locator(".fact")
    for label, name in (("User Experience Index", "uxi"), ("Performance Score", "score")):
        median = raw(world).quantile(name, 0.5)
        assert median is not None
        expect(facts.filter(has_text=label).locator("dd")).to_contain_text(f"{round(median)}")


def test_a_week_is_told_at_a_glance(opened: Open) -> None:
    page = opened("?range=7d")
    expect(panel(page, "Health").locator(".verdict")).to_be_visible()


def test_adaptation_is_told_as_treatment_against_control(
    world: DashboardWorld, opened: Open
) -> None:
    page = opened("?range=1h")
    adapted, control = (raw(world, "arm", arm) for arm in (TREATMENT, CONTROL))
    told = panel(page, "What adaptation does").locator(".effect").inner_text()
    for each in (adapted, control):
        assert spelled("lcp_ms", each.quantile("lcp_ms", 0.75)) in told
        assert kilobytes(each.fields[Field.BYTES] / each.fields[Field.MEASURED]) in told


def test_where_ranks_countries_by_their_raw_views(world: DashboardWorld, opened: Open) -> None:
    page = opened("?view=where&range=1h")
    found = raw(world, "country", "US")
    views, lcp, *_ = row(page, "Countries", "United States")
    assert views.split()[0].replace(",", "") == f"{found.views}"
    assert lcp == spelled("lcp_ms", found.quantile("lcp_ms", 0.75))


def test_delivery_weighs_each_tier_as_the_raw_cells_do(world: DashboardWorld, opened: Open) -> None:
    page = opened("?view=delivery&range=1h")
    for tier in ("full", "standard", CONTROL):
        found = raw(world, "tier", tier)
        cells = panel(page, "Each tier").get_by_role("row").filter(has_text=re.compile(f"^{tier}"))
        texts = cells.locator("td").all_inner_texts()
        assert texts[0].split()[0] == f"{found.views}"
        assert texts[1] == kilobytes(found.fields[Field.BYTES] / found.fields[Field.MEASURED])


def test_two_segments_are_compared_by_their_raw_cells(world: DashboardWorld, opened: Open) -> None:
    page = opened("?view=vitals&range=1h&compare=device")
    shapes = panel(page, "How it is distributed").locator("figure")
    for device in ("phone", "desktop"):
        found = raw(world, "device", device).quantile("lcp_ms", 0.75)
        shown = shapes.filter(has=page.locator("b", has_text=device)).locator("figcaption")
        expect(shown).to_contain_text(f"{spelled('lcp_ms', found)} p75")


def test_the_table_behind_a_chart_has_what_the_api_answered(
    world: DashboardWorld, opened: Open
) -> None:
    page = opened("?view=vitals&range=1h")
    chart = panel(page, "Largest Contentful Paint, p75")
    chart.get_by_text("Table", exact=True).click()
    asked = next(each for each in world.asked if each.startswith("/api/series"))
    path, _, query = asked.partition("?")
    told = json.loads(world.ask(path, query, {})["body"])["data"]
    expected = [
        "\u2013" if each is None else spelled("lcp_ms", each) for each in told["series"][0]["value"]
    ]
    expect(chart.locator("tbody td")).to_have_text(expected)


def test_what_was_changed_is_marked_and_told(opened: Open) -> None:
    page = opened("?view=vitals&range=7d")
    marks = panel(page, "Largest Contentful Paint, p75").locator(".marks")
    expect(marks).to_contain_text("Maintenance origin-failover")
    expect(page.locator(".banner")).to_contain_text("simulated")


def test_a_click_on_a_country_is_a_filter_in_the_address(opened: Open) -> None:
    page = opened("?view=where&range=1h")
    page.get_by_role("button", name="Japan", exact=True).click()
    assert page.url.endswith("?view=where&range=1h&filter=country%3AJP")
    page.get_by_role("button", name="Remove the filter country: Japan").click()
    assert page.url.endswith("?view=where&range=1h")
    page.go_back()
    expect(page.get_by_role("button", name="Remove the filter country: Japan")).to_be_visible()


def test_nothing_measured_is_said_so(opened: Open) -> None:
    page = opened("?view=vitals&range=1h&filter=country:XX")
    expect(page.get_by_text("No page views here yet").first).to_be_visible()


def test_an_error_is_told_and_can_be_tried_again(world: DashboardWorld, opened: Open) -> None:
    world.refusals["/api/distribution"] = 503
    page = opened("?view=vitals&range=1h", quiet=False)
    shapes = panel(page, "How it is distributed")
    expect(shapes.get_by_role("alert")).to_be_visible()
    world.refusals.clear()
    shapes.get_by_role("button", name="Try again").click()
    expect(shapes.locator("figure").first).to_be_visible()


def test_a_view_whose_file_does_not_come_is_told_and_others_go_on(opened: Open) -> None:
    routes = {"**/where-*.js": lambda route: route.abort()}
    page = opened("?range=1h", quiet=False, routes=routes)
    page.get_by_role("button", name="Where", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Where cannot be loaded")
    page.get_by_role("button", name="Overview", exact=True).click()
    expect(panel(page, "Health").locator(".verdict")).to_be_visible()


def test_what_was_known_stays_and_is_marked_when_answers_fail(
    world: DashboardWorld, opened: Open
) -> None:
    page = opened("?view=vitals&range=1h", quiet=False)
    world.refusals["/api/"] = 503
    page.clock.run_for(6_000)
    shapes = panel(page, "How it is distributed")
    expect(shapes).to_have_attribute("data-state", "stale")
    expect(shapes.get_by_text("Shown is what was known before.")).to_be_visible()
    expect(shapes.locator("figure").first).to_be_visible()


def test_that_no_views_come_in_is_said(world: DashboardWorld, opened: Open) -> None:
    before, world.now_s = world.now_s, NOW + 3_600
    try:
        page = opened("?view=vitals&range=3h")
        expect(page.locator(".banner")).to_contain_text("No page views were counted")
    finally:
        world.now_s = before


def test_figures_are_asked_for_again_by_their_tag_and_not_while_hidden(
    world: DashboardWorld, opened: Open
) -> None:
    page = opened("?view=vitals&range=1h")
    with page.expect_response("**/api/distribution*") as answered:
        page.clock.run_for(6_000)
    assert answered.value.status == HTTPStatus.NOT_MODIFIED
    page.evaluate("() => Object.defineProperty(document, 'hidden', {get: () => true})")
    with page.expect_response("**/config.json"):  # what was under way has been asked by then
        page.evaluate("() => void fetch('config.json')")
    before = len(world.asked)
    page.clock.run_for(30_000)
    with page.expect_response("**/config.json"):
        page.evaluate("() => void fetch('config.json')")
    assert len(world.asked) == before


def test_all_of_it_works_by_keyboard(opened: Open) -> None:
    page = opened("?range=1h")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the figures")).to_be_focused()
    for name in ("Overview", "Vitals"):
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name=name, exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    settle(page)
    assert "view=vitals" in page.url
    chart = page.get_by_role("application").first
    chart.focus()
    page.keyboard.press("Home")
    spoken = panel(page, "Largest Contentful Paint, p75").locator("[aria-live]")
    expect(spoken).to_contain_text("LCP p75")
    for _ in range(12):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator(".span")).to_be_visible()
    assert parse_qs(urlsplit(page.url).query).keys() >= {"from", "to"}


def test_dragging_over_a_chart_looks_closer(opened: Open) -> None:
    page = opened("?view=vitals&range=3h")
    plot = panel(page, "Largest Contentful Paint, p75").locator(".u-over")
    plot.hover(position={"x": 400, "y": 40})
    page.mouse.down()
    plot.hover(position={"x": 700, "y": 60})
    page.mouse.up()
    expect(page.locator(".span")).to_be_visible()
    settle(page)
    assert {"from", "to"} <= parse_qs(urlsplit(page.url).query).keys()
    page.get_by_title("the whole range").click()
    assert "from" not in page.url


@contextmanager
def a_round_later(world: DashboardWorld, page: Page) -> Iterator[None]:
    """Five minutes on, with other figures, and the page has asked for them."""
    before, world.now_s = world.now_s, world.now_s + 300
    whole = panel(page, "How it is distributed").locator(".histogram")
    told = whole.get_attribute("aria-label") or ""
    try:
        with page.expect_response("**/api/series*") as answered:
            page.clock.run_for(6_000)
        answered.value.finished()
        expect(whole).not_to_have_attribute("aria-label", told)
        yield
    finally:
        world.now_s = before


def test_a_round_that_comes_while_somebody_drags_takes_nothing_from_them(
    world: DashboardWorld, opened: Open
) -> None:
    page = opened("?view=vitals&range=3h")
    chart = panel(page, "Largest Contentful Paint, p75")
    plot = chart.locator(".u-over")
    plot.hover(position={"x": 400, "y": 40})
    read = chart.locator(".legend").get_attribute("data-at")
    assert read
    page.mouse.down()
    plot.hover(position={"x": 700, "y": 60})
    with a_round_later(world, page):
        expect(chart.locator(".u-select")).to_have_css("width", "300px")
        page.mouse.up()
    expect(page.locator(".span")).to_be_visible()


def test_a_round_leaves_cursor_and_selection_at_their_instants(
    world: DashboardWorld, opened: Open
) -> None:
    page = opened("?view=vitals&range=3h")
    chart = panel(page, "Largest Contentful Paint, p75")
    legend = chart.locator(".legend")
    page.get_by_role("application").first.focus()
    for key in ("Home", *4 * ["ArrowRight"], *3 * ["Shift+ArrowRight"]):
        page.keyboard.press(key)
    read = legend.get_attribute("data-at") or ""
    plot = chart.locator(".u-over").element_handle()
    with a_round_later(world, page):
        expect(legend).to_have_attribute("data-at", read)
        assert plot.evaluate("(each) => each.isConnected")
        expect(chart.locator(".u-select")).not_to_have_css("width", "0px")
        page.keyboard.press("Enter")
    expect(page.locator(".span")).to_contain_text(read)


def test_a_chart_can_be_taken_along(world: DashboardWorld, opened: Open) -> None:
    page = opened("?view=vitals&range=1h")
    chart = panel(page, "Largest Contentful Paint, p75")
    with page.expect_download() as download:
        chart.get_by_role("button", name="CSV").click()
    head, *lines = Path(download.value.path()).read_text().splitlines()
    assert head == "time,LCP p75 (ms)"
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:00\.000Z,[\d.]*$", each) for each in lines)
    with page.expect_download() as download:
        chart.get_by_role("button", name="PNG").click()
    assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")


def test_times_are_local_or_utc(opened: Open) -> None:
    page = opened("?view=vitals&range=1h")
    chart = panel(page, "Largest Contentful Paint, p75")
    chart.get_by_text("Table", exact=True).click()
    local = chart.locator("tbody th").first.inner_text()
    page.get_by_role("button", name="Local", exact=True).click()
    settle(page)
    chart.get_by_text("Table", exact=True).click()
    utc = chart.locator("tbody th").first.inner_text()
    assert utc.endswith(" UTC")
    assert utc.removesuffix(" UTC") != local


def test_alerts_budgets_and_silences_are_told_with_their_figures(opened: Open) -> None:
    page = opened("?view=alerts")

    def cells(title: str) -> list[str]:
        [found] = panel(page, title).locator("tbody tr").all()
        return [text.strip() for text in found.locator("td").all_inner_texts()]

    assert cells("Wrong now")[:4] == ["■ firing", "slow", "the whole site", "100 %"]
    assert cells("Error budgets") == [
        "fast 28 days",
        "90 %",
        "80 %",
        "200 %",
        "3.5 x",
        "held back",
    ]
    assert "page" in cells("Told in the last 31 days")[1]
    assert cells("Silences")[:4] == [
        "failing",
        "the whole site",
        "silence",
        "ana: the form is being mended",
    ]


def test_a_session_is_found_by_its_id_with_what_its_score_is_made_of(
    world: DashboardWorld, opened: Open
) -> None:
    state = SessionState()
    for at in range(2):
        seen = beacon(view_id=f"view-{at:04}", vitals={"lcp_ms": 5_200.0})
        state = follow(state, seen, INGEST.rules)
    world.sessions.items[TREATED] = Stored(state, 1)
    page = opened("?view=sessions")
    page.get_by_label("Session", exact=True).fill(TREATED)
    page.keyboard.press("Enter")
    settle(page)
    assert f"session={TREATED}" in page.url
    assert state.score is not None
    assert panel(page, "Session").locator("dd").first.inner_text().startswith(f"{state.score:.0f}")
    assert len(panel(page, "Its views").locator("tbody tr").all()) == 2
    assert "LCP" in panel(page, "Its views").inner_text()
    names = panel(page, "What each tier promises the next view").locator("tbody tr")
    assert [each.locator("td").first.inner_text() for each in names.all()] == [*Tier]


def test_who_asks_for_a_session_that_is_not_there_is_told_so(opened: Open) -> None:
    page = opened("?view=sessions&session=nobody", quiet=False)
    assert "no such session" in panel(page, "Session").inner_text()


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_fits_every_screen_and_axe_finds_no_violation(opened: Open, view: str) -> None:
    page = opened(
        f"?view={view}&range=1h&compare=device",
        viewport={"width": 360, "height": 900},
        color_scheme="light",
        bypass_csp=True,
    )
    for width in (360, 2_560):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
    page.set_viewport_size({"width": 1_280, "height": 900})
    page.add_script_tag(path=AXE)
    page.clock.resume()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = page.evaluate("() => axe.run()")
        told = [
            (each["id"], [node["html"][:120] for node in each["nodes"]])
            for each in found["violations"]
        ]
        assert told == [], scheme


def test_nothing_moves_for_those_who_want_it_still(opened: Open) -> None:
    page = opened("?range=1h", reduced_motion="reduce")
    names = page.evaluate(
        "() => [...document.querySelectorAll('*')].map(e => getComputedStyle(e).animationName)"
    )
    assert set(names) == {"none"}


def test_on_paper_there_are_figures_and_no_buttons(opened: Open) -> None:
    page = opened("?range=1h")
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation")).to_be_hidden()
    expect(panel(page, "LCP").locator(".figure")).to_be_visible()


def test_signing_in_proves_by_pkce_that_it_is_the_same_tab(
    world: DashboardWorld, opened: Open
) -> None:
    world.config["sign_in"] = {
        "domain": "https://sign-in.example",
        "client_id": "page",
        "scopes": ["openid", "adaptive/read"],
    }
    seen: dict[str, Any] = {}
    asked: list[str] = []

    def authorize(route: Route) -> None:
        query = {
            name: each[0] for name, each in parse_qs(urlsplit(route.request.url).query).items()
        }
        seen["authorize"] = query
        asked.append(query["state"])
        back = f"{query['redirect_uri']}?code=the-code&state={query['state']}"
        route.fulfill(status=302, headers={"location": back})

    def token(route: Route) -> None:
        seen["token"] = {k: v[0] for k, v in parse_qs(route.request.post_data or "").items()}
        route.fulfill(json={"access_token": "the-token", "expires_in": 3600})

    def delivery(route: Route) -> None:
        seen["api"] = route.request.headers["authorization"]
        route.continue_()

    routes = {
        "https://sign-in.example/oauth2/authorize*": authorize,
        "**/oauth2/token": token,
        "**/api/delivery*": delivery,
    }
    try:
        page = opened("?view=delivery&range=1h", routes=routes)  # asks eight questions at once
        assert page.url.endswith("?view=delivery&range=1h")
    finally:
        world.config["sign_in"] = None
    digest = hashlib.sha256(seen["token"]["code_verifier"].encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert seen["authorize"]["code_challenge"] == challenge
    assert seen["authorize"]["code_challenge_method"] == "S256"
    assert seen["token"]["code"] == "the-code"
    assert seen["api"] == "Bearer the-token"
    assert len(asked) == 1


def test_a_code_that_this_tab_did_not_ask_for_is_not_used(
    world: DashboardWorld, opened: Open
) -> None:
    world.config["sign_in"] = {"domain": "https://sign-in.example", "client_id": "p", "scopes": []}
    asked: list[str] = []
    routes = {
        "https://sign-in.example/**": lambda route: route.fulfill(
            content_type="text/html", body="<p>Sign in</p>"
        ),
        "**/oauth2/token": lambda route: asked.append(route.request.url),
    }
    try:
        page = opened("?code=stolen&state=forged", settled=False, routes=routes)
        expect(page.get_by_text("Sign in")).to_be_visible(timeout=30_000)
    finally:
        world.config["sign_in"] = None
    assert not asked
