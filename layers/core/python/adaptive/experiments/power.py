"""How long an experiment will take, by what the site's own sessions show."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adaptive.experiments import sequential
from adaptive.experiments.effect import Stratum, compare
from adaptive.experiments.evidence import ALPHA, TUNED

if TYPE_CHECKING:
    from adaptive.experiments.metric import Metric
    from adaptive.experiments.moments import Moments

_CHANCE_OF_PROOF = 0.8416
"""Standard errors beyond the bound, for proof in four of five experiments."""

_MOST_SESSIONS = 2**40


@dataclass(frozen=True, slots=True)
class Need:
    """Of each arm. `spread` is the sessions' standard deviation, covariate taken out, and `step`
    how far the effect is from the minimum, both in the metric's own units (of LOG metrics,
    logarithms).
    """

    sessions: int
    spread: float
    step: float


def needed(
    metric: Metric, sessions: Moments, *, minimum_effect: float, effect: float
) -> Need | None:
    """To prove, with a power of 80 %, that a relative `effect` is more than the minimum; None if
    there are too few sessions yet.
    """
    # Compared with themselves they differ by nothing, with the error that is looked for.
    none = compare(metric, [Stratum(sessions, sessions)])
    if none is None or not none.error:
        return None
    spread = none.error * math.sqrt(sessions.n / 2)
    bound, reached = (none.absolute(metric.better * each) for each in (minimum_effect, effect))
    step = reached - bound
    low, high = 1, _MOST_SESSIONS
    while low < high:
        middle = (low + high) // 2
        errors = abs(step) / (spread * math.sqrt(2 / middle))
        bound = sequential.two_sided(middle / 2, alpha=ALPHA, rho2=TUNED)
        if errors >= bound + _CHANCE_OF_PROOF:
            high = middle
        else:
            low = middle + 1
    return Need(low, spread, abs(step))
