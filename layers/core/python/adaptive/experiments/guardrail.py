"""What must not get worse: one-sided, always valid, with the error divided among the guardrails.

The chance that a harmless policy is ever rolled back is at most ALPHA, all guardrails together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adaptive.experiments import sequential

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adaptive.experiments.effect import Effect

ALPHA = 0.05
_TUNED_AT = 500.0
"""Sessions of a canary by which harm of ten per cent should have been seen."""


@dataclass(frozen=True, slots=True)
class Breach:
    """`at_least` is the harm that is proven, `estimate` the likeliest, relative to the control."""

    metric: str
    estimate: float
    at_least: float
    margin: float
    sessions: int


def breaches(effects: Mapping[str, Effect | None], margins: Mapping[str, float]) -> list[Breach]:
    """The guardrails (metric -> harm that is put up with, relative) that are proven broken."""
    found = []
    for name, margin in margins.items():
        effect = effects.get(name)
        if effect is None:
            continue
        at_least = harm_bound(effect, of=len(margins))
        if at_least > margin:
            found.append(Breach(name, -effect.improvement, at_least, margin, effect.m))
    return found


def harm_bound(effect: Effect, *, of: int) -> float:
    """The harm that one of so many guardrails proves, relative to the control; 0 or less: none."""
    alpha = ALPHA / of
    return effect.harm_bound(alpha=alpha, rho2=sequential.tuned(2 * alpha, _TUNED_AT))
