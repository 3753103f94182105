"""How far an arm is from the other: estimate and standard error, stratum by stratum.

A stratum is a span within which the arms had constant shares of the traffic (a step of a rollout, a
day): arms are compared within strata only, since visitors of a Sunday are no comparison for those
of a Monday.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adaptive.experiments import sequential
from adaptive.experiments.metric import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from adaptive.experiments.metric import Metric
    from adaptive.experiments.moments import Moments

FEWEST = 50
"""Sessions of an arm, before which nothing is compared: the theory is asymptotic."""

_FEWEST_OF_STRATUM = 5


@dataclass(frozen=True, slots=True)
class Stratum:
    """The two arms side by side, in the metric's own units."""

    control: Moments
    treatment: Moments

    @property
    def information(self) -> float:
        """How many sessions the comparison is worth."""
        n, m = self.control.n, self.treatment.n
        return n * m / (n + m) if n and m else 0.0


@dataclass(frozen=True, slots=True)
class Effect:
    """Treatment less control; of LOG metrics a difference of logarithms.

    `level` is the control's own value (of LOG metrics the geometric mean); `n`, `m` sessions.
    """

    metric: Metric
    estimate: float
    error: float
    information: float
    level: float
    n: int
    m: int

    @property
    def z(self) -> float:
        """The estimate in standard errors."""
        return self.estimate / self.error if self.error else 0.0

    def relative(self, value: float) -> float:
        """A difference as a share of the control's value."""
        if self.metric.kind is Kind.LOG:
            return math.expm1(value)
        return value / self.level if self.level else 0.0

    def absolute(self, share: float) -> float:
        """The difference that is such a share of the control's value: what `relative` undoes."""
        if self.metric.kind is Kind.LOG:
            return math.log1p(max(share, -1 + 1e-9))
        return share * self.level

    @property
    def improvement(self) -> float:
        """Relative, for the better."""
        return self.metric.better * self.relative(self.estimate)

    def interval(self, *, alpha: float, rho2: float) -> tuple[float, float]:
        """Always valid, two-sided."""
        half = self.error * sequential.two_sided(self.information, alpha=alpha, rho2=rho2)
        return self.estimate - half, self.estimate + half

    def improvement_bound(self, *, alpha: float, rho2: float) -> float:
        """By so much the treatment is better at least, relatively: the interval's worse end."""
        low, high = self.interval(alpha=alpha, rho2=rho2)
        better = self.metric.better
        return better * self.relative(low if better > 0 else high)

    def harm_bound(self, *, alpha: float, rho2: float) -> float:
        """By so much it is worse at least; always valid, one-sided."""
        reach = self.error * sequential.one_sided(self.information, alpha=alpha, rho2=rho2)
        better = self.metric.better
        return -better * self.relative(self.estimate + better * reach)


def compare(metric: Metric, strata: Iterable[Stratum]) -> Effect | None:
    """None as long as there is too little to look at."""
    usable = [
        each for each in strata if min(each.control.n, each.treatment.n) >= _FEWEST_OF_STRATUM
    ]
    n, m = (sum(arm.n for arm in arms) for arms in (_controls(usable), _treatments(usable)))
    if min(n, m) < FEWEST:
        return None
    total = sum(each.information for each in usable)
    theta = 0.0 if metric.kind is Kind.RATIO else _theta(usable)
    controls = [_summary(metric, arm, theta) for arm in _controls(usable)]
    treatments = [_summary(metric, arm, theta) for arm in _treatments(usable)]
    of_controls, of_treatments = (
        sum(each.squares for each in arm) / (sessions - len(usable))
        for arm, sessions in ((controls, n), (treatments, m))
    )
    both = sum(each.squares for each in (*controls, *treatments)) / (n + m - 2 * len(usable))
    estimate = variance = level = 0.0
    for each, control, treatment in zip(usable, controls, treatments, strict=True):
        weight = each.information / total
        # The larger of an arm's own and the common: a small arm may show no variance as yet.
        spread = (
            max(of_controls, both) / each.control.n + max(of_treatments, both) / each.treatment.n
        )
        estimate += weight * (treatment.value - control.value)
        variance += weight * weight * spread
        level += weight * control.level
    level = math.exp(level) if metric.kind is Kind.LOG else level
    return Effect(metric, estimate, math.sqrt(variance), total, level, n, m)


@dataclass(frozen=True, slots=True)
class _Summary:
    """An arm of a stratum: `value` to compare, its sum of squares within, and its plain `level`."""

    value: float
    squares: float
    level: float


def _controls(strata: Sequence[Stratum]) -> list[Moments]:
    return [each.control for each in strata]


def _treatments(strata: Sequence[Stratum]) -> list[Moments]:
    return [each.treatment for each in strata]


def _summary(metric: Metric, arm: Moments, theta: float) -> _Summary:
    value, variance = _ratio(arm) if metric.kind is Kind.RATIO else _mean(arm, theta)
    level = value if metric.kind is Kind.RATIO else arm.mean_y
    return _Summary(value, (arm.n - 1) * variance, level)


def _theta(strata: Sequence[Stratum]) -> float:
    """CUPED: the slope of the outcome on what was known before, within arms (Deng et al. 2013)."""
    arms = [arm for each in strata for arm in (each.control, each.treatment)]
    spread = sum((arm.n - 1) * arm.var_x for arm in arms)
    return sum((arm.n - 1) * arm.cov for arm in arms) / spread if spread else 0.0


def _mean(arm: Moments, theta: float) -> tuple[float, float]:
    variance = arm.var_y - 2 * theta * arm.cov + theta * theta * arm.var_x
    return arm.mean_y - theta * arm.mean_x, max(variance, 0.0)


def _ratio(arm: Moments) -> tuple[float, float]:
    """By the delta method, sessions being the clusters."""
    if not arm.x:
        return 0.0, 0.0
    ratio = arm.y / arm.x
    variance = arm.var_y - 2 * ratio * arm.cov + ratio * ratio * arm.var_x
    return ratio, max(variance, 0.0) / arm.mean_x**2
