"""What others would run on the same views."""

from __future__ import annotations

from math import inf

from adaptive.monitoring.alert import Timing
from adaptive.monitoring.burn_rate import BURNS
from adaptive.monitoring.condition import Burning, Condition, Fixed, Side
from adaptive.monitoring.evaluation import Evaluation
from adaptive.monitoring.rulebook import Watch
from adaptive.monitoring.scope import Scope
from adaptive.monitoring.sli import Indicator
from adaptive.settings.monitoring import Severity
from bench.alerts.incident import VALUES

_SLOS = (
    *(("lcp_ms", 4_000, 0.9), ("lcp_ms", 8_000, 0.99), ("lcp_ms", 12_000, 0.999)),
    *(("ttfb_ms", 1_000, 0.9), ("ttfb_ms", 2_000, 0.99), ("ttfb_ms", 3_000, 0.999)),
    ("failing", None, 0.99),
)
_SCOPES = (Scope(()), *(Scope((name,), (name,)) for name in VALUES))


def static_thresholds() -> Evaluation:
    """Five-minute windows, three minutes running, on the site and on every group: LCP's p75 poor,
    TTFB's p75 poor, INP's p75 poor, one view in twenty failing, no conversion in an hour, no view.

    The limits are the Web Vitals' and round numbers; nothing is asked of the number of samples.
    """
    found = {}
    for scope in _SCOPES:
        where = scope.by[0] if scope.by else "site"
        any_number = Side(1, 1, sigmas=-inf)
        few = Side(-1, 1, sigmas=-inf)
        for metric, limit in (("lcp_ms", 4_000), ("ttfb_ms", 1_800), ("inp_ms", 500)):
            slow = Fixed(scope, Indicator(metric, limit), any_number, 0.25, (5,))
            found[f"{metric} of {where}"] = _watch(metric, scope, slow, limit=limit)
        failing = Fixed(scope, Indicator("failing"), any_number, 0.05, (5,))
        found[f"failing of {where}"] = _watch("failing", scope, failing)
    conversions = Fixed(_SCOPES[0], Indicator("conversions"), few, 1e-9, (60,))
    found["conversions"] = _watch("conversions", _SCOPES[0], conversions)
    found["views"] = _watch(
        "views", _SCOPES[0], Fixed(_SCOPES[0], Indicator("views"), few, 1, (5,))
    )
    return Evaluation(found, 0, 10**6)


def burn_rates() -> Evaluation:
    """The workbook's pages and tickets for seven SLOs that the site just meets: nine views in ten
    with an LCP under 4 s, 99 % under 8 s, 99.9 % under 12 s, the same of TTFB with 1, 2 and 3 s,
    and 99 % without an error.
    """
    site = _SCOPES[0]
    found = {}
    for metric, limit, objective in _SLOS:
        for severity in (Severity.PAGE, Severity.TICKET):
            burns = tuple(each for each in BURNS if each.severity is severity)
            burning = Burning(site, Indicator(metric, limit), objective, burns)
            found[f"{metric} {limit} {severity}"] = _watch(
                metric, site, burning, severity=severity, limit=limit
            )
    return Evaluation(found, 0, 10**6)


def _watch(
    metric: str,
    scope: Scope,
    condition: Condition,
    *,
    severity: Severity = Severity.PAGE,
    limit: float | None = None,
) -> Watch:
    return Watch(
        name=metric,
        metric=metric,
        severity=severity,
        scope=scope,
        condition=condition,
        window=5,
        timing=Timing(2, 3),
        unless=(),
        why="",
        runbook="",
        limit=limit,
    )
