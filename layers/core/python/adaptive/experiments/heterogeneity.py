"""Whom a policy helps or harms more than others, without finding what is not there.

e-BH (Wang, Ramdas, https://arxiv.org/abs/2009.02824): of what is reported, at most FALSE_SHARE is
false on average, however the segments depend on each other and whenever one looks.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeVar

from adaptive.experiments import sequential
from adaptive.experiments.effect import Effect

if TYPE_CHECKING:
    from collections.abc import Mapping

FALSE_SHARE = 0.1
_NOVELTY_ALPHA = 0.05
_TUNED = sequential.tuned(0.01, 2_000)
_Name = TypeVar("_Name")


def discovered(evidence: Mapping[_Name, float]) -> set[_Name]:
    """The hypotheses to reject, by their e-values."""
    descending = sorted(evidence, key=lambda name: -evidence[name])
    found = 0
    for rank, name in enumerate(descending, start=1):
        if evidence[name] * rank * FALSE_SHARE >= len(descending):
            found = rank
    return set(descending[:found])


def unlike_the_rest(whole: Effect, segments: Mapping[_Name, Effect]) -> set[_Name]:
    """The segments whose effect differs from that on everybody else."""
    return discovered(
        {
            name: sequential.e_value(gap.z, gap.information, rho2=_TUNED)
            for name, each in segments.items()
            if (gap := _gap(whole, each)) is not None
        }
    )


def difference(one: Effect, other: Effect) -> Effect:
    """How much larger the effect on `one` is than on `other`; they share no session."""
    together = one.information + other.information
    return Effect(
        one.metric,
        one.estimate - other.estimate,
        math.hypot(one.error, other.error),
        one.information * other.information / together if together else 0.0,
        one.level,
        one.n,
        one.m,
    )


def is_novelty(early: Effect, late: Effect) -> bool:
    """Whether the effect has changed since the beginning: it may wear off, or grow."""
    gap = difference(late, early)
    return sequential.e_value(gap.z, gap.information, rho2=_TUNED) >= 1 / _NOVELTY_ALPHA


def _gap(whole: Effect, part: Effect) -> Effect | None:
    """Against the rest: the whole is the information-weighted mean of both."""
    left = whole.information - part.information
    if left <= 0:
        return None
    share = part.information / whole.information
    rest = (whole.estimate - share * part.estimate) / (1 - share)
    variance = max(whole.error**2 - (share * part.error) ** 2, 0) / (1 - share) ** 2
    other = Effect(
        whole.metric,
        rest,
        math.sqrt(variance),
        left,
        whole.level,
        whole.n - part.n,
        whole.m - part.m,
    )
    return difference(part, other)
