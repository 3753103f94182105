"""Which raw events are kept, and how to count with what is left.

An event's stratum says how often its like is kept; whether it is, the session's own number decides,
a hash of its id. So a session that is kept for fast views is kept for all that is kept more often:
of a session there is everything, or everything from a stratum up. Nothing is drawn: a batch that is
delivered again keeps the same events. Each carries its inclusion probability, by whose inverse it
counts (Horvitz and Thompson, 1952).
"""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from adaptive.settings.monitoring import SamplingRules


class Stratum(StrEnum):
    """What an event tells of, the first that fits."""

    CONVERTING = "converting"
    FAILING = "failing"
    SLOW = "slow"
    NORMAL = "normal"
    FAST = "fast"


def stratum_of(
    rules: SamplingRules, *, lcp_ms: float | None, errors: int, conversions: int
) -> Stratum:
    """NORMAL where nothing is known."""
    if conversions:
        return Stratum.CONVERTING
    if errors:
        return Stratum.FAILING
    if lcp_ms is None:
        return Stratum.NORMAL
    if lcp_ms > rules.slow_ms:
        return Stratum.SLOW
    return Stratum.FAST if lcp_ms <= rules.fast_ms else Stratum.NORMAL


def number_of(session_id: str) -> float:
    """0-1, uniform over sessions, always the same for one; independent of its arms."""
    digest = hashlib.sha256(f"raw events\0{session_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def total(probabilities: Iterable[float]) -> float:
    """How many there were, by those that are left; unbiased."""
    return sum(1 / each for each in probabilities)


def quantile(events: Iterable[tuple[float, float]], q: float) -> float:
    """The value below which lies a share `q` (0-1) of what there was; `events` are (value,
    inclusion probability), at least one.
    """
    ascending = sorted(events)
    reach = q * total(probability for _, probability in ascending)
    weight = 0.0
    for value, probability in ascending:
        weight += 1 / probability
        if weight >= reach:
            return value
    return ascending[-1][0]
