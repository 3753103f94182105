from collections.abc import Mapping
from typing import Any

import pytest

from adaptive.monitoring import rule_faults, rulebook
from adaptive.monitoring.burn_rate import BURNS, fastest, report, unreachable
from adaptive.monitoring.sli import Count
from adaptive.prediction.watch import watch as detect
from tests.alert_world import FAILING, LISTS, NO_VIEWS, SLOW, monitoring

SLO: dict[str, Any] = {
    "metric": "lcp_ms",
    "slower_than": 4_000.0,
    "objective": 0.99,
    "why": "Nearly all views are not poor.",
    "runbook": "alert-budget-burn",
}
CHANGE: dict[str, Any] = {
    **{name: value for name, value in SLOW.items() if name != "above"},
    "kind": "change",
    "rises": 0.5,
}


def faults(**sections: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [*rule_faults.faults(monitoring(**sections), LISTS)]


@pytest.mark.parametrize(
    ("rule", "key", "advice"),
    [
        ({**SLOW, "percentile": None}, "percentile", "lcp_ms is a vital: say which one"),
        ({**FAILING, "percentile": 75.0}, "percentile", "failing is a mean per view"),
        ({**SLOW, "below": 1.0}, "above", "or `below`, one of them"),
        ({**SLOW, "above": None}, "above", "or `below`, one of them"),
        ({**CHANGE, "falls": 0.5}, "rises", "or `falls`, one of them"),
        ({**CHANGE, "against": "release"}, "by", 'must have "release"'),
        ({**SLOW, "by": ("country", "browser")}, "by", "browser + country is not counted together"),
        ({**SLOW, "by": ("device", "probe")}, "by", "device + probe is not counted together"),
        ({**SLOW, "where": {"country": "SE"}}, "where.country", '"SE" is not in rollups: DE, FR'),
        ({**SLOW, "unless": ("slow",)}, "unless.0", '"slow" is no other rule'),
        ({**SLOW, "window_minutes": (5, 5)}, "window_minutes", "5, 5 must ascend"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_by_its_key(
    rule: dict[str, Any], key: str, advice: str
) -> None:
    [(where, detail)] = faults(rules={"slow": rule})
    assert where == f"rules.slow.{key}"
    assert detail.startswith(advice)


@pytest.mark.parametrize(
    "rule",
    [
        SLOW,
        CHANGE,
        NO_VIEWS,
        {**SLOW, "by": ("device", "connection")},
        {**SLOW, "by": ("device",), "where": {"connection": "slow"}},
        {**FAILING, "by": ("probe", "location")},
        {**FAILING, "by": ("probe",)},
        {**CHANGE, "against": "release", "by": ("release",)},
        {**SLOW, "where": {"country": "other"}},
    ],
)
def test_a_rule_that_can_be_counted_is_taken(rule: dict[str, Any]) -> None:
    assert faults(rules={"slow": rule}) == []
    assert [*rulebook.watches(monitoring(rules={"slow": rule}), LISTS, detect)] == ["slow"]


def test_an_slo_that_can_never_page_is_refused_with_the_objective_it_takes() -> None:
    [(where, detail)] = faults(slos={"fast": {**SLO, "objective": 0.75}})
    assert where == "slos.fast.objective"
    assert "at most 4 times" in detail
    assert "page = false, or an objective above 0.833" in detail
    assert faults(slos={"fast": {**SLO, "objective": 0.75, "page": False}}) == []


def test_an_slo_whose_fastest_page_cannot_come_is_taken_with_a_warning() -> None:
    slow_page_only = monitoring(slos={"fast": {**SLO, "objective": 0.9}})
    assert [*rule_faults.faults(slow_page_only, LISTS)] == []
    [warning] = rule_faults.warnings(slow_page_only)
    assert "the page at 14.4 over 60 minutes cannot come" in warning
    assert [*rule_faults.warnings(monitoring(slos={"fast": SLO}))] == []


@pytest.mark.parametrize(
    ("slo", "key"),
    [
        ({**SLO, "slower_than": None}, "slower_than"),
        ({**SLO, "metric": "bytes"}, "metric"),
        ({**SLO, "metric": "failing"}, "slower_than"),
        ({**SLO, "where": {"page_group": "unknown"}}, "where.page_group"),
    ],
)
def test_an_slo_that_is_no_share_of_views_is_refused(slo: dict[str, Any], key: str) -> None:
    [(where, _)] = faults(slos={"fast": slo})
    assert where == f"slos.fast.{key}"


def test_a_budget_is_for_a_page_group_that_is_counted() -> None:
    budget = {"requests": 60.0, "why": "Phones choke on more.", "runbook": "alert-weight"}
    [(where, _)] = faults(budgets={"nowhere": budget})
    assert where == "budgets.nowhere"
    watches = rulebook.watches(monitoring(budgets={"front": budget}), LISTS, detect)
    assert {"slow", "budget:front:requests"} == {*watches}


def test_what_can_burn_is_bounded_by_the_objective() -> None:
    assert fastest(0.75) == 4
    assert [burn.factor for burn in unreachable(0.75)] == [14.4, 6]
    assert [burn.factor for burn in unreachable(0.9)] == [14.4]
    assert unreachable(0.99) == ()
    assert {burn.factor for burn in BURNS} == {14.4, 6, 1}


def test_a_spent_budget_allows_nothing_risky() -> None:
    half = report(Count(50, 10_000), Count(10, 100), 0.99)
    assert (half.spent, half.burn, half.achieved) == pytest.approx((0.5, 10, 0.995))
    assert half.allows_promotion
    assert not report(Count(101, 10_000), Count(0, 0), 0.99).allows_promotion
    assert report(Count(0, 0), Count(0, 0), 0.99).achieved is None
