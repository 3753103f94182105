"""What visitors get: when each recommendation must and must not be made."""

import tomllib
from dataclasses import replace
from typing import Any

import pytest

from adaptive.delivery import policy
from adaptive.experiments.declaration import Experiment
from adaptive.monitoring.dimension import Cell
from adaptive.prediction.advice.recommendation import Kind
from adaptive.prediction.advice.situation import Situation
from adaptive.prediction.cloud import FAMILY as CLOUD
from tests.advice_world import (
    BEGIN,
    forecast,
    found,
    given,
    only,
    past,
    seen,
    views,
)
from tests.samples import INITIAL

SLOW = forecast("connection", "slow", "lcp_ms", [2_000] * 14 + [3_000, 2_000], breach=0.9)
LIKE_ORIGINALS = {
    Cell("connection+arm", f"slow,{arm}"): seen(400, lcp_ms=2_400)
    for arm in ("control", "treatment")
}


def test_a_lower_aim_is_advised_for_the_class_that_will_miss_its_target() -> None:
    one = only(given(SLOW, recent=LIKE_ORIGINALS), Kind.LOWER_AIM)
    assert one.id == "lower_aim.slow"
    assert one.change.keys == {"target_lcp_ms.slow": 1_050.0}
    assert one.change.do.startswith("./adaptive-ops policy set target_lcp_ms.slow=1050 --apply")
    assert one.due_at is not None
    assert (one.due_at - BEGIN).total_seconds() == 14 * 3_600
    before, after = one.effect.before, one.effect.after
    assert (before.expected, before.low, before.high) == (3_000, 2_400, 3_600)
    assert after.low < after.expected < before.expected
    assert one.usd_a_month <= 0


def test_a_lower_aim_can_be_tried_and_taken_back() -> None:
    one = only(given(SLOW, recent=LIKE_ORIGINALS), Kind.LOWER_AIM)
    lower = policy.changed(INITIAL, one.change.keys)
    assert lower.aim_ms("slow") == 1_050
    assert policy.changed(lower, one.change.undo_keys) == INITIAL
    declared = Experiment.model_validate(one.experiment)
    assert declared.changes.update == {"target_lcp_ms": {"slow": 1_050.0}}


def test_no_lower_aim_while_a_breach_is_unlikely() -> None:
    unlikely = forecast("connection", "slow", "lcp_ms", [2_000] * 24, breach=0.4)
    assert found(given(unlikely, recent=LIKE_ORIGINALS), Kind.LOWER_AIM) == []


def test_no_lower_aim_where_everybody_is_at_the_poorest_tier_or_all_is_off() -> None:
    poorest = {
        Cell("connection+arm", "slow,control"): seen(400, lcp_ms=3_000),
        Cell("connection+arm", "slow,treatment"): seen(400, lcp_ms=1_700),
    }
    assert found(given(SLOW, recent=poorest), Kind.LOWER_AIM) == []
    killed = INITIAL.model_copy(update={"kill": True})
    assert found(given(SLOW, recent=LIKE_ORIGINALS, policy=killed), Kind.LOWER_AIM) == []


def test_without_a_control_group_the_tiers_tell_how_much_is_left() -> None:
    full = {Cell("tier", "full"): seen(500)}
    assert found(given(SLOW, recent=full), Kind.LOWER_AIM)
    minimal = {Cell("tier", "minimal"): seen(500)}
    assert found(given(SLOW, recent=minimal), Kind.LOWER_AIM) == []


def test_an_aim_that_was_lowered_is_lowered_further() -> None:
    lowered = policy.changed(INITIAL, {"target_lcp_ms.slow": 1_700})
    one = only(given(SLOW, recent=LIKE_ORIGINALS, policy=lowered), Kind.LOWER_AIM)
    assert one.change.keys["target_lcp_ms.slow"] < 1_700
    assert one.change.undo_keys == {"target_lcp_ms.slow": 1_700.0}


IMAGES = Cell(CLOUD, "images")
ALL = Cell("all", "")


def before_a_sale(peak: float, **deployed: Any) -> Situation:
    return given(
        views(peak),
        past={
            ALL: past({"views": [1_000.0] * 168}),
            IMAGES: past({"requests": [10_000.0] * 168, "hit_rate": [0.9] * 168}),
        },
        **deployed,
    )


def test_renditions_are_made_ahead_of_a_peak_the_week_has_not_seen() -> None:
    one = only(before_a_sale(3_000), Kind.MAKE_AHEAD)
    assert one.change.do == "./adaptive-site warm"
    assert one.once
    assert one.usd_a_month > 0
    # 3,000 views of ten images an hour, a tenth missed, each taking a second, bursts of twice.
    before, after = one.effect.before, one.effect.after
    assert before.expected == pytest.approx(3_000 * 10 * 0.1 * 2 / 3_600)
    assert after.expected == pytest.approx(before.expected * 0.9)  # one image of ten is the hero
    assert after.low < after.expected < after.high == before.high


def test_how_likely_a_peak_is_follows_from_what_forecasts_have_missed_by() -> None:
    by_peak = [only(before_a_sale(peak), Kind.MAKE_AHEAD).probability for peak in (1_550, 3_000)]
    assert by_peak[0] == pytest.approx((12 + 0.5) / 22, abs=1e-4)
    assert by_peak[1] == pytest.approx((21 + 0.5) / 22, abs=1e-4)


def test_what_is_made_already_is_not_made_again_at_the_peak() -> None:
    told = before_a_sale(3_000)
    made = {**told.past, Cell(CLOUD, "render"): past({"calls": [250.0] * 168})}
    once, again = (only(each, Kind.MAKE_AHEAD) for each in (replace(told, past=made), told))
    # A quarter of the thousand misses an hour had to be made.
    assert once.effect.before.expected == pytest.approx(again.effect.before.expected / 4)
    assert "25.0% of those are not made yet" in once.evidence[2]


def test_renditions_are_not_made_ahead_of_a_usual_peak_or_without_heroes() -> None:
    assert found(before_a_sale(1_400), Kind.MAKE_AHEAD) == []
    assert found(before_a_sale(3_000, heroes=()), Kind.MAKE_AHEAD) == []
    assert found(given(views(3_000)), Kind.MAKE_AHEAD) == []


def hit_rates(today: float, days: int = 7, **deployed: Any) -> Situation:
    hours = [0.9 + 0.004 * (hour // 24 % 2) for hour in range(24 * days)] + [today] * 24
    history = past({"hit_rate": hours, "requests": [1_000.0] * len(hours)})
    return given(past={IMAGES: history}, **deployed)


def test_a_falling_hit_rate_asks_for_a_longer_life_in_caches() -> None:
    one = only(hit_rates(0.8), Kind.LENGTHEN_TTL)
    assert one.change.do == "[render]\ncdn_ttl_s = 864_000"
    assert one.change.undo == "[render]\ncdn_ttl_s = 86_400"
    assert one.effect.after.expected == pytest.approx(0.902, abs=0.003)
    assert one.usd_a_month < 0


def test_how_likely_a_hit_rate_stays_low_follows_from_how_much_days_differ() -> None:
    clear, unclear = (only(hit_rates(each), Kind.LENGTHEN_TTL) for each in (0.8, 0.868))
    assert 0.5 < unclear.probability < 0.9
    assert clear.probability > 0.99


def test_a_steady_hit_rate_a_short_history_or_the_longest_life_asks_for_nothing() -> None:
    assert found(hit_rates(0.89), Kind.LENGTHEN_TTL) == []
    assert found(hit_rates(0.8, days=1), Kind.LENGTHEN_TTL) == []
    assert found(hit_rates(0.8, cdn_ttl_s=31_536_000), Kind.LENGTHEN_TTL) == []


def scripts(kilobytes: float, *, standard: int = 300, **deployed: Any) -> Situation:
    return given(
        recent={
            Cell("page_group", "product"): seen(500, script_bytes=int(kilobytes * 1_000)),
            Cell("tier", "standard"): seen(standard),
            Cell("tier", "full"): seen(700),
        },
        **deployed,
    )


def test_a_page_group_over_its_script_budget_gives_one_tier_more_the_light_bundle() -> None:
    one = only(scripts(450), Kind.TRIM_SCRIPTS)
    [section, line] = one.change.do.splitlines()
    assert section == "[bundles]"
    parsed = tomllib.loads(line)
    assert parsed["/js/shop.js"]["standard"] == "/js/lite.js"
    assert "standard" not in tomllib.loads(one.change.undo.splitlines()[1])["/js/shop.js"]
    # 30 % of views would load a quarter of what they do.
    assert one.effect.after.expected == pytest.approx(450 * (1 - 0.3 * 0.75))


def test_scripts_within_budget_or_without_a_light_twin_or_reader_are_left_alone() -> None:
    assert found(scripts(399), Kind.TRIM_SCRIPTS) == []
    assert found(scripts(450, heavy_bundles={}), Kind.TRIM_SCRIPTS) == []
    assert found(scripts(450, standard=0), Kind.TRIM_SCRIPTS) == []
    assert found(scripts(450, script_kilobytes={}), Kind.TRIM_SCRIPTS) == []


def test_whatever_cannot_be_split_by_session_says_why() -> None:
    for each in (
        only(before_a_sale(3_000), Kind.MAKE_AHEAD),
        only(hit_rates(0.8), Kind.LENGTHEN_TTL),
        only(scripts(450), Kind.TRIM_SCRIPTS),
    ):
        assert each.experiment is None
        assert each.unsplit_because
