"""What is wrong with `[monitoring]` beyond the shape of its parts."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from adaptive.monitoring import burn_rate
from adaptive.monitoring.burn_rate import BURNS
from adaptive.monitoring.dimension import FAMILIES, NONE, OTHER
from adaptive.monitoring.rule import Absence, Anomaly, Probed, Threshold
from adaptive.monitoring.scope import LAB, dimensions_for
from adaptive.monitoring.sli import SHARES
from adaptive.monitoring.vital import INDEX
from adaptive.settings.monitoring import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from adaptive.monitoring.rule import Change, Dimension, Monitoring, Rule, Slo
    from adaptive.settings.monitoring import RollupLists


def faults(monitoring: Monitoring, lists: RollupLists) -> Iterator[tuple[str, str]]:
    """What is wrong beyond the shape, as (key below `monitoring`, advice)."""
    names = {*monitoring.rules}
    for name, rule in monitoring.rules.items():
        for key, detail in _rule_faults(rule, names - {name}, lists):
            yield f"rules.{name}.{key}", detail
    for name, slo in monitoring.slos.items():
        for key, detail in _slo_faults(slo, names, lists):
            yield f"slos.{name}.{key}", detail
    for name in monitoring.budgets:
        if name not in lists.page_groups:
            yield f"budgets.{name}", f"is not in rollups.page_groups ({_listed(lists.page_groups)})"


def _rule_faults(rule: Rule, others: set[str], lists: RollupLists) -> Iterator[tuple[str, str]]:
    yield from _scope_faults({*rule.by, *rule.where}, rule.where, lists)
    yield from _unless_faults(rule.unless, others)
    if any(shorter >= longer for shorter, longer in pairwise(rule.window_minutes)):
        yield "window_minutes", f"{_listed(rule.window_minutes)} must ascend"
    if isinstance(rule, Probed) and (rule.by or rule.where):
        yield "by", "follows from what it finds: leave by and where out"
    if not isinstance(rule, Absence | Probed):
        yield from _metric_faults(rule)


def _metric_faults(rule: Threshold | Change | Anomaly) -> Iterator[tuple[str, str]]:
    if (rule.metric in INDEX) != (rule.percentile is not None):
        some = "percentile", f"{rule.metric} is a vital: say which one, such as 75"
        none = "percentile", f"{rule.metric} is a mean per view: it has none"
        yield some if rule.metric in INDEX else none
    if isinstance(rule, Threshold):
        if (rule.above is None) == (rule.below is None):
            yield "above", "or `below`, one of them"
    elif isinstance(rule, Anomaly):
        if len(rule.window_minutes) > 1:
            yield "window_minutes", "an anomaly is looked for in one window"
    elif (rule.rises is None) == (rule.falls is None):
        yield "rises", "or `falls`, one of them"
    elif rule.against == "release" and "release" not in rule.by:
        yield "by", 'must have "release" where the release before is what is compared with'


def _slo_faults(slo: Slo, others: set[str], lists: RollupLists) -> Iterator[tuple[str, str]]:
    yield from _scope_faults({*slo.where}, slo.where, lists)
    yield from _unless_faults(slo.unless, others)
    if slo.metric in INDEX and slo.slower_than is None:
        yield "slower_than", f"is missing: {slo.metric} is good up to some value"
    elif slo.metric not in INDEX and slo.metric not in SHARES:
        yield "metric", f"{slo.metric} is no share of views: take a vital, or {_listed(SHARES)}"
    elif slo.metric in SHARES and slo.slower_than is not None:
        yield "slower_than", f"{slo.metric} has no such limit"
    pages = [each for each in BURNS if each.severity is Severity.PAGE]
    impossible = burn_rate.unreachable(slo.objective)
    if slo.page and len(impossible) == len(pages):
        factor = min(each.factor for each in pages)
        detail = (
            f"{slo.objective:g} can burn at most {burn_rate.fastest(slo.objective):.3g} times too "
            f"fast, and a page takes {factor:g}: it can never page. Say page = false, or an "
            f"objective above {1 - 1 / factor:.3f}"
        )
        yield "objective", detail


def warnings(monitoring: Monitoring) -> Iterator[str]:
    """What works, but not as one may think."""
    for name, slo in monitoring.slos.items():
        for burn in burn_rate.unreachable(slo.objective) if slo.page else ():
            yield (
                f"monitoring.slos.{name}: an objective of {slo.objective:g} burns at most "
                f"{burn_rate.fastest(slo.objective):.3g} times too fast: the page at "
                f"{burn.factor:g} over {burn.long} minutes cannot come, a slower one can"
            )


def _scope_faults(
    names: AbstractSet[str], where: Mapping[Dimension, str], lists: RollupLists
) -> Iterator[tuple[str, str]]:
    if dimensions_for(names) is None:
        families = [" + ".join(family) for family in (*FAMILIES[1:], LAB)]
        detail = f"{' + '.join(sorted(names))} is not counted together, but {_listed(families)}"
        yield "by", detail
    listed = {
        "page_group": lists.page_groups,
        "country": lists.countries,
        "release": lists.releases,
    }
    for name, value in where.items():
        allowed = listed.get(name)
        if allowed is not None and value not in (*allowed, OTHER, NONE):
            yield f"where.{name}", f'"{value}" is not in rollups: {_listed(allowed)}'


def _unless_faults(unless: tuple[str, ...], others: set[str]) -> Iterator[tuple[str, str]]:
    for at, name in enumerate(unless):
        if name not in others:
            yield f"unless.{at}", f'"{name}" is no other rule ({_listed(sorted(others))})'


def _listed(values: object) -> str:
    return ", ".join(map(str, values)) if isinstance(values, list | tuple) else str(values)
