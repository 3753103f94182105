"""Intervals that hold at every look at once, however often one looks and whenever one stops.

Asymptotic confidence sequences by a Gaussian mixture, two-sided and one-sided: Waudby-Smith,
Arbour, Sinha, Kennedy, Ramdas, https://arxiv.org/abs/2103.06476. The guarantee: over an endless
A/A test, the chance of ever excluding the truth is at most `alpha`, as samples grow;
bench/experiments.py measures what it is from the first look on. Time is `information`: the number
of sessions that a difference between two arms is worth, 1 / (1/n + 1/m).
"""

import math


def tuned(alpha: float, at: float) -> float:
    """The mixture's precision (rho squared) with which intervals are narrowest at so much
    information; to be fixed before the first look.
    """
    twice = -2 * math.log(alpha)
    return (twice + math.log(twice) + 1) / at


def two_sided(information: float, *, alpha: float, rho2: float) -> float:
    """Half the interval's width, in standard errors."""
    v = information * rho2
    return math.sqrt(2 * (v + 1) / v * math.log(math.sqrt(v + 1) / alpha))


def one_sided(information: float, *, alpha: float, rho2: float) -> float:
    """How far a bound lies from the estimate, in standard errors."""
    v = information * rho2
    return math.sqrt(2 * (v + 1) / v * math.log1p(math.sqrt(v + 1) / (2 * alpha)))


def e_value(z: float, information: float, *, rho2: float) -> float:
    """The evidence against no difference: `z` is the estimate in standard errors.

    Without a difference its mean is at most 1, at any time one stops; 20 is like p = 0.05.
    """
    v = information * rho2
    return math.exp(min(v * z * z / (2 * (v + 1)) - math.log1p(v) / 2, 700.0))
