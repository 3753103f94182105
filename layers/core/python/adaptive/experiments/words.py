"""Results as one says them: "LCP -31 % (-35 to -27)", "no change in revenue"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adaptive.experiments.metric import Kind

if TYPE_CHECKING:
    from adaptive.experiments.effect import Effect


def told(effect: Effect, *, alpha: float, rho2: float, name: str = "") -> str:
    """The change with its interval; that there is none known, if the interval holds zero. `name`
    stands for the metric's own words.
    """
    low, high = effect.interval(alpha=alpha, rho2=rho2)
    metric = effect.metric
    scale = 100.0 if metric.is_share else 1.0
    unit = " points" if metric.is_share else ""
    numbers = [effect.estimate, low, high]
    if metric.kind is Kind.LOG or not metric.is_share:
        scale, unit = 100.0, " %"
        numbers = [effect.relative(each) for each in numbers]
    estimate, *bounds = (each * scale for each in numbers)
    digits = 1 if metric.is_share or max(map(abs, bounds)) < _FINE else 0
    reach = " to ".join(_signed(each, digits) for each in bounds)
    if low <= 0 <= high:
        return f"no proven change in {name or metric.words} ({reach}{unit})"
    return f"{name or metric.words} {_signed(estimate, digits)}{unit} ({reach})"


_FINE = 10
"""Per cent, below which a decimal is told."""


def _signed(value: float, digits: int) -> str:
    return f"{round(value, digits) + 0.0:+.{digits}f}"
