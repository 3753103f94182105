"""What anomaly rules found: when it does and does not lead to a recommendation."""

from dataclasses import replace
from datetime import timedelta

import pytest

from adaptive.edge.policy import Tier
from adaptive.monitoring.alert import Alert, Stage
from adaptive.monitoring.alerts_store import AlertsStore
from adaptive.monitoring.condition import Judgement
from adaptive.monitoring.dimension import Cell
from adaptive.monitoring.evaluation import Known
from adaptive.monitoring.incident import AlertKey
from adaptive.monitoring.rollup import Rollup
from adaptive.monitoring.scope import Group
from adaptive.monitoring.sli import Count
from adaptive.monitoring.state import State
from adaptive.prediction.advice.recommendation import Kind
from adaptive.prediction.advice.situation import Situation
from adaptive.prediction.cloud import FAMILY as CLOUD
from adaptive.prediction.oddity import Oddity, going_on
from adaptive.prediction.recommend import recommend
from tests.advice_world import AT, HOUR, found, given, only, past, seen
from tests.fakes import InMemoryVersionedStore

ALL, SLOW = Cell("all", ""), Cell("connection", "slow")
SINCE = AT - timedelta(minutes=40)
ODD = Oddity("odd-lcp", "lcp_ms", ALL, SINCE)


def odd(told: Situation, *oddities: Oddity, lately: dict[Cell, Rollup] | None = None) -> Situation:
    return replace(told, oddities=oddities, lately=lately or {})


AT_FULL = given(recent={Cell("tier", str(Tier.FULL)): seen(500)})
SLOW_NOW = {SLOW: seen(400, lcp_ms=2_800)}


def test_slowness_that_nobody_forecast_lowers_the_aim_of_the_class_that_it_brought_over() -> None:
    one = only(odd(AT_FULL, ODD, lately=SLOW_NOW), Kind.LOWER_AIM)
    assert (one.subject, one.probability, one.due_at) == ("slow", 1.0, SINCE)
    assert one.effect.before.expected == pytest.approx(2_800 * 1.25, rel=0.02)
    assert one.effect.before.low < one.effect.before.expected < one.effect.before.high
    assert "odd-lcp found lcp_ms of all views above its range" in one.evidence[1]


@pytest.mark.parametrize(
    ("oddities", "lately"),
    [
        ((), SLOW_NOW),
        ((ODD,), {SLOW: seen(400, lcp_ms=1_800)}),
        ((ODD,), {SLOW: seen(50, lcp_ms=2_800)}),
        ((ODD,), {}),
        ((ODD._replace(metric="ttfb_ms"),), SLOW_NOW),
        ((ODD._replace(cell=Cell("connection", "fast")),), SLOW_NOW),
    ],
    ids=["nothing odd", "within the limit", "too few", "nobody", "another metric", "elsewhere"],
)
def test_no_aim_is_lowered_without_an_anomaly_of_lcp_and_a_class_above_its_limit(
    oddities: tuple[Oddity, ...], lately: dict[Cell, Rollup]
) -> None:
    assert found(odd(AT_FULL, *oddities, lately=lately), Kind.LOWER_AIM) == []


FAILING = Oddity("odd-failing", "failing", ALL, SINCE)


def out(*, failing: int, hours_ago: int = 4) -> Situation:
    """A release, and the one of the day before, at the same hours of the day."""
    first = HOUR - hours_ago
    hours = {
        Cell("release", "v41"): {first - 24 + at: seen(125, failing=3) for at in range(4)},
        Cell("release", "v42"): {first + at: seen(125, failing=failing) for at in range(4)},
    }
    return given(by_hour=hours)


def test_a_release_is_taken_back_on_less_proof_where_an_anomaly_came_after_it() -> None:
    suspect = out(failing=7)
    assert found(suspect, Kind.ROLL_BACK_RELEASE) == []
    one = only(odd(suspect, FAILING), Kind.ROLL_BACK_RELEASE)
    assert one.subject == "v42"
    assert "odd-failing found failing of all views" in one.evidence[-1]


@pytest.mark.parametrize(
    "oddity",
    [FAILING._replace(since=AT - timedelta(hours=9)), FAILING._replace(metric="ttfb_ms")],
    ids=["before the release", "another metric"],
)
def test_an_anomaly_that_is_not_the_release_s_proves_nothing_of_it(oddity: Oddity) -> None:
    assert found(odd(out(failing=7), oddity), Kind.ROLL_BACK_RELEASE) == []


def test_a_release_that_may_be_of_any_age_has_no_first_day() -> None:
    lasting = FAILING._replace(since=AT - timedelta(hours=40))
    assert found(odd(out(failing=7, hours_ago=47), lasting), Kind.ROLL_BACK_RELEASE) == []
    assert found(odd(out(failing=7, hours_ago=45), lasting), Kind.ROLL_BACK_RELEASE)


def test_an_anomaly_does_not_make_a_good_release_bad() -> None:
    assert found(odd(out(failing=4), FAILING), Kind.ROLL_BACK_RELEASE) == []


def hit_rates(today: float) -> Situation:
    rates = [0.9 + 0.04 * (hour // 24 % 2) for hour in range(168)] + [today] * 24
    history = past({"hit_rate": rates, "requests": [1_000.0] * len(rates)})
    return given(past={Cell(CLOUD, "images"): history})


def test_a_falling_hit_rate_is_believed_sooner_while_pages_are_found_slow() -> None:
    late = ODD._replace(rule="odd-ttfb", metric="ttfb_ms")
    assert found(hit_rates(0.865), Kind.LENGTHEN_TTL) == []
    one = only(odd(hit_rates(0.865), late), Kind.LENGTHEN_TTL)
    assert "odd-ttfb found ttfb_ms" in one.evidence[-1]
    assert found(odd(hit_rates(0.9), late), Kind.LENGTHEN_TTL) == []


def test_an_anomaly_alone_is_no_recommendation() -> None:
    assert recommend(odd(given(), ODD)) == []


def firing(rule: str, group: Group, stage: Stage = Stage.FIRING) -> tuple[AlertKey, Alert]:
    judged = Judgement(breached=True, calm=False, found=Count(1, 1), limit=0.25)
    return AlertKey(rule, group), Alert(stage, int(SINCE.timestamp()) // 60, judged)


def test_what_goes_on_is_read_from_the_alerts() -> None:
    store = AlertsStore(InMemoryVersionedStore())
    rules = {"odd-lcp": "lcp_ms", "odd-lcp-page-group": "lcp_ms"}
    assert going_on(store, rules) == ()
    alerts = dict(
        [
            firing("odd-lcp", ()),
            firing("odd-lcp-page-group", (("page_group", "front"),)),
            firing("odd-lcp-page-group", (("page_group", "product"),), Stage.OVER),
            firing("slow", ()),
        ]
    )
    store.replace(None, State(Known(0, alerts)), now=0)
    assert going_on(store, rules) == (
        ODD._replace(since=SINCE),
        Oddity("odd-lcp-page-group", "lcp_ms", Cell("page_group", "front"), SINCE),
    )
