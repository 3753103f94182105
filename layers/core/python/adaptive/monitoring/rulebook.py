"""Turns `[monitoring]` into what is evaluated, and says what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from adaptive.monitoring.alert import Timing
from adaptive.monitoring.anomalous import Anomalous
from adaptive.monitoring.burn_rate import BURNS
from adaptive.monitoring.comparison import Absent, AgainstRelease, AgainstWeeks, Compared
from adaptive.monitoring.condition import Burning, Fixed, Side
from adaptive.monitoring.lab import Verdict
from adaptive.monitoring.probed import Probed as ProbesFail
from adaptive.monitoring.rule import Absence, Anomaly, Budget, Change, Probed, Threshold
from adaptive.monitoring.scope import LAB, Scope, dimensions_for
from adaptive.monitoring.sli import SHARES, VIEWS, Indicator
from adaptive.monitoring.vital import INDEX
from adaptive.settings.monitoring import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adaptive.monitoring.anomalous import Detect
    from adaptive.monitoring.condition import Condition
    from adaptive.monitoring.rule import Monitoring, Rule, Slo
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
    def counted(self) -> str:
        """What a share is of."""
        return "runs" if self.scope.dimensions == LAB else "views"

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
        case Probed():
            finds = Verdict.OUTAGE if rule.finds == "outage" else Verdict.LOCATION_PROBLEM
            condition = ProbesFail(finds, rule.outage_from, rule.runs, rule.window_minutes)
            scope = Scope(LAB, LAB[:1] if rule.finds == "outage" else LAB)
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
