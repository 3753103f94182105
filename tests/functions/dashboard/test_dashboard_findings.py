"""What came of adaptation, on the page: figures are those of the tables, orders are carried out."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from adaptive.delivery.changes import ChangeLog
from adaptive.delivery.delivered import Hour, Sent
from adaptive.delivery.policy_book import PolicyBook
from adaptive.delivery.trial import HOLDOUT
from adaptive.experiments import results
from adaptive.monitoring.alerts_store import AlertsStore
from adaptive.monitoring.silence import Silence
from adaptive.prediction import published
from adaptive.prediction.advice.book import AdviceBook
from adaptive.prediction.published import Published
from tests.dashboard_world import DashboardWorld
from tests.functions.dashboard.conftest import ASSET, NOW, PICTURES, Open, panel, settle
from tests.unit.test_advice import LOWER, SHARDS


def changed(world: DashboardWorld) -> list[tuple[str, str, str]]:
    at = datetime.fromtimestamp(NOW, UTC)
    found = ChangeLog(world.operations).between(at, at.replace(year=at.year + 1))
    return [(each.kind, each.who, each.why) for each in found]


def fact(page: Page, title: str, name: str) -> str:
    found = panel(page, title).locator(".fact", has=page.get_by_text(name, exact=True))
    return str(found.locator("dd").evaluate("(dd) => dd.firstChild.textContent"))


class TestDelivery:
    def test_its_figures_are_those_of_the_hours_of_logs(
        self, world: DashboardWorld, opened: Open
    ) -> None:
        page = opened("?view=delivery&range=7d")
        start = datetime.fromtimestamp((world.minute + 1 - 7 * 1_440) // 60 * 3_600, UTC)
        whole = Sent()
        for (month, hour), item in world.delivered.items.items():
            at = datetime.strptime(f"{month}-{hour}", "delivered#%Y-%m-%dT%H").replace(tzinfo=UTC)
            if at >= start:
                for sent in Hour.model_validate_json(item.body).tiers.values():
                    whole += sent
        assert fact(page, "Images sent", "Requests") == f"{whole.requests:,}"
        assert (
            fact(page, "Images sent", "Cache hits") == f"{100 * whole.hits / whole.requests:.0f} %"
        )
        saved = whole.bytes_saved / 1e9
        assert fact(page, "Images sent", "Bytes saved") == f"{saved:.{0 if saved > 100 else 1}f} GB"
        rows = panel(page, "Images sent").locator("tbody tr")
        assert rows.locator("td:first-child").all_inner_texts() == [
            *("full", "standard", "lite", "minimal", "original")
        ]

    def test_one_picture_is_shown_at_each_tier_with_bytes_and_quality(self, opened: Open) -> None:
        page = opened("?view=delivery&range=1h")
        pictures = panel(page, "One picture at each tier")
        images = pictures.locator("img")
        expect(images).to_have_count(5)
        for image in images.all():
            image.scroll_into_view_if_needed()
            expect(image).to_have_js_property("complete", value=True)
            assert image.evaluate("(each) => each.naturalWidth") > 0
        told = pictures.locator("figcaption").all_inner_texts()
        assert told[0].startswith("control")
        lite = len(PICTURES[f"{ASSET}/960w.lite.avif"])
        assert f"lite {lite / 1_000:.0f} kB" in told[3]
        assert "reached 59 points of at least 57" in told[3]
        assert "held to 45 points at least; what it reached was not noted" in told[4]

    def test_everybody_is_pinned_to_a_tier_and_freed(
        self, world: DashboardWorld, opened: Open
    ) -> None:
        page = opened("?view=delivery&range=1h")
        book = PolicyBook(world.operations)
        for tier, why in (("lite", "a flood"), ("", "it is over")):
            page.get_by_text("Pin a tier", exact=True).first.click()
            page.get_by_role("combobox", name="Tier").select_option(tier)
            page.get_by_label("Why").locator("visible=true").fill(why)
            with page.expect_response("**/api/policy/pin"):
                page.get_by_role("button", name="Pin a tier").click()
            expect(page.locator("details.order[open]")).to_have_count(0)
            current = book.current()
            assert current
            assert len(current.policy.tiers_on) == (1 if tier else 4)
            assert ("policy", "ana", why) in changed(world)


class TestExperiments:
    def test_the_holdout_is_told_as_it_is_counted(
        self, world: DashboardWorld, opened: Open
    ) -> None:
        page = opened("?view=experiments")
        found = results.read(world.experiments, HOLDOUT)
        shown = panel(page, "What adaptation does")
        assert shown.locator(".forest li").all_inner_texts() == [
            each.words for each in found.exposed
        ]
        expect(shown).to_contain_text("The arms have their shares of the sessions")
        worth = panel(opened("?range=24h"), "Adaptation is worth")
        expect(worth).to_contain_text(next(each.words for each in found.exposed))

    def test_one_that_was_rolled_back_shows_why(self, opened: Open) -> None:
        page = opened("?view=experiments")
        page.get_by_role("button", name="lite-for-all").click()
        settle(page)
        assert "experiment=lite-for-all" in page.url
        rows = panel(page, "Decisions").locator("tbody tr").all_inner_texts()
        assert len(rows) == 3
        assert "conversion is worse" in rows[0]
        expect(panel(page, "Guardrails")).to_contain_text("conversion")

    def test_an_experiment_is_started_and_stopped_from_the_page(
        self, world: DashboardWorld, opened: Open
    ) -> None:
        page = opened("?view=experiments")
        section = page.get_by_role("region", name="Start an experiment")
        section.get_by_text("Start", exact=True).first.click()
        section.get_by_label("Declared as in site.toml").fill("{")
        section.get_by_label("Why").fill("a try")
        section.get_by_role("button", name="Start").click()
        expect(section.get_by_role("status")).to_contain_text("no JSON")
        page.reload()
        settle(page)
        section.get_by_text("Start", exact=True).first.click()
        section.get_by_label("Why").fill("a try")
        with page.expect_response("**/api/experiments") as answered:
            section.get_by_role("button", name="Start").click()
        assert answered.value.status == 200
        page.get_by_role("button", name="two-seconds").click()
        settle(page)
        ramp = panel(page, "Ramp")
        expect(ramp.locator("[aria-current=step]")).to_have_text("1 %")
        ramp.get_by_text("Stop", exact=True).first.click()
        ramp.get_by_label("Why").locator("visible=true").fill("enough")
        ramp.get_by_role("button", name="Stop").click()
        expect(panel(page, "Decisions").locator("tbody tr")).to_have_count(2)
        assert ("experiment", "ana", "stopped: enough") in changed(world)

    def test_who_may_only_look_is_told_so(self, world: DashboardWorld, opened: Open) -> None:
        before, world.claims = world.claims, {"username": "ben", "cognito:groups": "[readers]"}
        try:
            page = opened("?view=experiments", quiet=False)
            section = page.get_by_role("region", name="Start an experiment")
            section.get_by_text("Start", exact=True).first.click()
            section.get_by_label("Why").fill("a try")
            section.get_by_role("button", name="Start").click()
            expect(section.get_by_role("status")).to_have_text("Your account may look, not act.")
        finally:
            world.claims = before


class TestForecast:
    @pytest.fixture
    def lcp(self, world: DashboardWorld) -> Published:
        item = world.predictions.items[published.key("all", "", "lcp_ms")]
        return Published.model_validate_json(item.body)

    def test_its_figures_are_those_that_were_published(self, opened: Open, lcp: Published) -> None:
        page = opened("?view=forecast")
        assert lcp.breach
        row = panel(page, "Objectives at risk").locator("tbody tr").first
        probability = lcp.breach.probability
        assert row.locator("td").nth(2).inner_text() == f"{100 * probability:.0f} %"
        chart = panel(page, "Largest Contentful Paint")
        chart.get_by_text("Table", exact=True).click()
        last = f"{lcp.expected[-1] / 1_000:.2f} s"
        expect(chart.locator("tbody tr").last.locator("td")).to_have_text(["\u2013", last, last])

    def test_another_measure_and_other_visitors_are_in_the_address(self, opened: Open) -> None:
        page = opened("?view=forecast")
        page.get_by_role("combobox", name="Visitors").select_option("device:phone")
        settle(page)
        page.get_by_role("combobox", name="Measure").select_option("views")
        settle(page)
        assert "group=device%3Aphone" in page.url
        assert "metric=views" in page.url
        expect(panel(page, "Page views an hour").locator("canvas").last).to_be_visible()

    def test_what_is_recommended_is_accepted_where_it_is_shown(
        self, world: DashboardWorld, opened: Open
    ) -> None:
        book = AdviceBook(world.predictions)
        book.publish([LOWER, SHARDS], datetime.fromtimestamp(NOW, UTC))
        page = opened("?view=forecast")
        proposed = panel(page, "Recommendations").get_by_role("article")
        expect(proposed).to_have_count(2)
        mine = proposed.filter(has_text=LOWER.title)
        for reason in LOWER.evidence:
            expect(mine).to_contain_text(reason)
        mine.get_by_text("Accept", exact=True).first.click()
        mine.get_by_label("Why").locator("visible=true").fill("the sale")
        mine.get_by_role("button", name="Accept").click()
        expect(proposed).to_have_count(1)
        row = panel(page, "What came of recommendations").locator("tbody tr")
        expect(row).to_contain_text("ana: the sale")
        assert book.latest(LOWER.id).state == "accepted"
        proposed.get_by_text("Dismiss", exact=True).first.click()
        proposed.get_by_label("Why").locator("visible=true").fill("no sale")
        proposed.get_by_role("button", name="Dismiss").click()
        expect(panel(page, "Recommendations")).to_contain_text("Nothing is recommended")

    def test_before_the_first_forecast_it_says_so(
        self, world: DashboardWorld, opened: Open
    ) -> None:
        kept, world.predictions.items = world.predictions.items, {}
        try:
            page = opened("?view=forecast")
            expect(page.get_by_text("Nothing is forecast yet").first).to_be_visible()
        finally:
            world.predictions.items.update(kept)


def test_what_is_silenced_elsewhere_is_shown_a_round_later(
    world: DashboardWorld, opened: Open
) -> None:
    page = opened("?view=alerts")
    silences = panel(page, "Silences").locator("tbody tr")
    expect(silences).to_have_count(1)
    at = datetime.fromtimestamp(NOW, UTC)
    silence = Silence(
        id="s9",
        rule="slow",
        starts_at=at - timedelta(minutes=1),
        ends_at=at + timedelta(hours=1),
        who="ben",
        why="from a terminal",
    )
    kept = dict(world.alerts.items)
    try:
        AlertsStore(world.alerts).silence(silence)
        page.clock.run_for(6_000)
        expect(silences.filter(has_text="ben: from a terminal")).to_have_count(1)
    finally:
        world.alerts.items = kept


def test_an_alert_is_silenced_from_where_it_is_told_and_the_silence_ended(
    world: DashboardWorld, opened: Open
) -> None:
    page = opened("?view=alerts")
    wrong = panel(page, "Wrong now")
    wrong.get_by_text("Silence", exact=True).first.click()
    wrong.get_by_role("combobox", name="For").select_option("4")
    wrong.get_by_label("Why").fill("we know")
    wrong.get_by_role("button", name="Silence").click()
    silences = panel(page, "Silences").locator("tbody tr")
    expect(silences).to_have_count(2)
    mine = silences.filter(has_text="we know")
    mine.get_by_text("End", exact=True).first.click()
    mine.get_by_label("Why").fill("mended")
    mine.get_by_role("button", name="End").click()
    expect(silences).to_have_count(1)
    assert [each[2] for each in changed(world) if each[0] == "silence"] == [
        *("we know", "ended: mended")
    ]


def test_while_an_answer_is_awaited_its_panel_says_so(opened: Open) -> None:
    held: list[Any] = []
    page = opened(
        "?view=forecast",
        settled=False,
        routes={"**/api/forecast*": lambda route: held.append(route)},  # noqa: PLW0108 - it sets attributes
    )
    waiting = panel(page, "Objectives at risk")
    expect(waiting).to_have_attribute("aria-busy", "true")
    expect(waiting.locator(".skeleton")).to_be_visible()
    for each in held:
        each.fulfill(status=200, json=json.loads(EMPTY))
    expect(waiting).to_have_attribute("data-state", "empty")


EMPTY = '{"data": {"forecasts": [], "groups": [], "backtests": []}, "samples": 0, "fresh_at": null}'
