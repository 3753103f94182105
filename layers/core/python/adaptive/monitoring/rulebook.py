"""Turns `[monitoring]` into what is evaluated, and says what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, pairwise
from typing import TYPE_CHECKING

from adaptive.monitoring import burn_rate
from adaptive.monitoring.alert import Timing
from adaptive.monitoring.anomalous import Anomalous
from adaptive.monitoring.burn_rate import BURNS
from adaptive.monitoring.comparison import Absent, AgainstRelease, AgainstWeeks, Compared
from adaptive.monitoring.condition import Burning, Fixed, Side
from adaptive.monitoring.dimension import FAMILIES, NONE, OTHER
from adaptive.monitoring.rule import Absence, Anomaly, Budget, Change, Threshold
from adaptive.monitoring.scope import LAB, Scope, dimensions_for
from adaptive.monitoring.sli import SHARES, VIEWS, Indicator
from adaptive.monitoring.vital import INDEX
from adaptive.settings.monitoring import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from adaptive.monitoring.anomalous import Detect
    from adaptive.monitoring.condition import Condition
    from adaptive.monitoring.rule import Dimension, Monitoring, Rule, Slo
    from adaptive.settings.monitoring import RollupLists

_SPEED = ("lcp_ms", "fcp_ms", "ttfb_ms", "dcl_ms", "load_ms")
_UNITS = {"bytes": "bytes", "script_bytes": "bytes", VIEWS: "views/min"}
_BUDGETS = {
    "kilobytes": ("bytes", 1_000),
    "script_kilobytes": ("script_bytes", 1_000),
    "requests": ("requests", 1),
}
_HOUR = 60


@dataclass(frozen=True, slots=True)
class Watch:
    """One condition and all that is done about it; `why` and `runbook` go into its notices.

    `quantile` is set where the limit is on a vital's value, so that this is what is shown.
    """

    name: str
    metric: str
    severity: Severity
    scope: Scope
    condition: Condition
    window: int
    timing: Timing
    unless: tuple[str, ...]
    why: str
    runbook: str
    quantile: float | None = None
    limit: float | None = None

    @property
    def area(self) -> str:
        """What it is about: one area is one piece of news."""
        return "speed" if self.metric in _SPEED else self.metric

    @property
    def sign(self) -> int:
        """1 if too much is the matter, -1 if too little."""
        match self.condition:
            case Fixed():
                return self.condition.side.sign
            case AgainstWeeks() | AgainstRelease():
                return self.condition.compared.side.sign
            case Absent():
                return -1
            case Anomalous():
                return self.condition.sign
            case _:
                return 1

    @property
    def indicator(self) -> Indicator:
        """What counts as bad where the limit is fixed; without one, the metric itself."""
        return Indicator(self.metric, self.limit if self.metric in INDEX else None)

    @property
    def unit(self) -> str:
        """Of the value that is shown."""
        if self.metric in INDEX:
            return "ms" if self.metric.endswith("_ms") else ""
        return _UNITS.get(self.metric, "share" if self.metric in SHARES else "per view")


def watches(monitoring: Monitoring, lists: RollupLists, detect: Detect) -> dict[str, Watch]:
    """By name: rules as they are called, SLOs `slo:NAME:page|ticket`, budgets `budget:GROUP:KIND`.

    Of a site without faults; `detect` is what finds anomalies.
    """
    rules = (_rule(name, rule, lists, detect) for name, rule in monitoring.rules.items())
    slos = chain.from_iterable(_slo(name, slo) for name, slo in monitoring.slos.items())
    budgets = chain.from_iterable(_budget(name, each) for name, each in monitoring.budgets.items())
    return {watch.name: watch for watch in chain(rules, slos, budgets)}


def _rule(name: str, rule: Rule, lists: RollupLists, detect: Detect) -> Watch:
    scope = Scope(dimensions_for({*rule.by, *rule.where}) or (), rule.by, tuple(rule.where.items()))
    quantile = limit = None
    condition: Condition
    match rule:
        case Threshold():
            limit = rule.above or rule.below or 0
            side = Side(1 if rule.above else -1, rule.min_samples)
            share = limit
            if rule.percentile is not None:
                quantile = rule.percentile / 100
                share = 1 - quantile
            indicator = Indicator(rule.metric, limit if rule.percentile is not None else None)
            condition = Fixed(scope, indicator, side, share, rule.window_minutes)
        case Change():
            quantile = rule.percentile / 100 if rule.percentile is not None else None
            side = Side(1 if rule.rises else -1, rule.min_samples)
            factor = 1 + (rule.rises or 0) - (rule.falls or 0)
            compared = Compared(scope, rule.metric, quantile, side, factor)
            condition = (
                AgainstWeeks(compared, rule.window_minutes, rule.weeks)
                if rule.against == "weeks"
                else AgainstRelease(compared, rule.window_minutes, lists.releases)
            )
        case Absence():
            condition = Absent(
                scope,
                share=rule.share,
                windows=rule.window_minutes,
                weeks=rule.weeks,
                min_expected=rule.min_samples,
            )
        case Anomaly():
            quantile = rule.percentile / 100 if rule.percentile is not None else None
            condition = Anomalous(
                scope,
                rule.metric,
                q=quantile,
                sign=1 if rule.moves == "up" else -1,
                window=rule.window_minutes[0],
                min_samples=rule.min_samples,
                least_score=rule.least_score,
                detect=detect,
            )
    return Watch(
        name=name,
        metric=rule.metric,
        severity=rule.severity,
        scope=scope,
        condition=condition,
        window=rule.window_minutes[0],
        timing=Timing(rule.for_minutes, rule.keep_minutes),
        unless=rule.unless,
        why=rule.why,
        runbook=rule.runbook,
        quantile=quantile,
        limit=limit,
    )


def slo_scope(slo: Slo) -> Scope:
    """The cells that an SLO speaks of."""
    return Scope(dimensions_for(slo.where) or (), (), tuple(slo.where.items()))


def _slo(name: str, slo: Slo) -> Iterator[Watch]:
    scope = slo_scope(slo)
    indicator = Indicator(slo.metric, slo.slower_than)
    for severity in (Severity.PAGE, Severity.TICKET):
        burns = tuple(each for each in BURNS if each.severity is severity)
        if severity is Severity.PAGE and not slo.page:
            continue
        yield Watch(
            name=f"slo:{name}:{severity}",
            metric=slo.metric,
            severity=severity,
            scope=scope,
            condition=Burning(scope, indicator, slo.objective, burns, slo.min_bad),
            window=burns[0].short,
            timing=Timing(0, 10),
            unless=slo.unless,
            why=slo.why,
            runbook=slo.runbook,
            limit=slo.slower_than,
        )


def _budget(page_group: str, budget: Budget) -> Iterator[Watch]:
    scope = Scope(("page_group",), (), (("page_group", page_group),))
    for kind, (metric, unit) in _BUDGETS.items():
        limit = getattr(budget, kind)
        if limit is None:
            continue
        condition = Fixed(scope, Indicator(metric), Side(1, 30), limit * unit, (_HOUR,))
        yield Watch(
            name=f"budget:{page_group}:{kind.replace('_', '-')}",
            metric=metric,
            severity=budget.severity,
            scope=scope,
            condition=condition,
            window=_HOUR,
            timing=Timing(_HOUR // 2, _HOUR),
            unless=(),
            why=budget.why,
            runbook=budget.runbook,
            limit=limit * unit,
        )


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
    if isinstance(rule, Absence):
        return
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
