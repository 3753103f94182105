"""Sample-ratio mismatch: whether the arms have the shares of sessions they were meant to have.

If not, something loses or doubles sessions of one arm, and no comparison means anything. A beta
mixture against the planned share is a martingale if the plan holds (Lindon, Malek,
https://arxiv.org/abs/2011.03567), so it may be looked at any time: false alarms at most ALPHA ever.
"""

from math import lgamma, log

ALPHA = 0.01
_PRIOR = 200
"""Sessions that the prior around the planned share weighs as much as."""


def log_evidence(treated: int, others: int, *, share: float) -> float:
    """Log of how much likelier any other share makes the counts; `share` was planned."""
    if not 0 < share < 1:
        return 0.0
    a, b = _PRIOR * share, _PRIOR * (1 - share)
    mixture = _log_beta(a + treated, b + others) - _log_beta(a, b)
    return mixture - treated * log(share) - others * log(1 - share)


def is_mismatch(counts: list[tuple[int, int, float]]) -> bool:
    """Over all strata, each as (treated, others, planned share)."""
    return sum(log_evidence(n, m, share=share) for n, m, share in counts) >= -log(ALPHA)


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)
