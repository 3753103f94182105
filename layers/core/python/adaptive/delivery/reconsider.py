"""What the same sessions would be decided by other rules: the predicted effect of a policy.

The other rules are taken for the truth: both choices are judged by what they predict. It is a
prediction of the model (docs/control.md), not a measurement; an experiment measures.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from adaptive.delivery.outlook import Outlook
from adaptive.delivery.session import SessionState
from adaptive.delivery.tier import choose
from adaptive.edge.policy import Tier
from adaptive.errors import TooLittleDataError
from adaptive.settings.rules import ScoreRules

LEAST_SESSIONS = 100
_Z_95 = 1.96


@dataclass(frozen=True, slots=True)
class Difference:
    """A mean over sessions before and after, and the 95 % interval of what it changes by."""

    before: float
    after: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Effect:
    """`tiers`: share of sessions at each tier, before and after; `met`: the chance that the next
    view meets both targets; `richness`: the value of the tier.
    """

    sessions: int
    moved: int
    tiers: dict[Tier, tuple[float, float]]
    met: Difference
    richness: Difference


def effect(states: Sequence[SessionState], before: ScoreRules, after: ScoreRules) -> Effect:
    """For the next view of each session; raises TooLittleDataError."""
    known = [replace(state, tier=None, changed=None) for state in states if state.views]
    if len(known) < LEAST_SESSIONS:
        raise TooLittleDataError(
            f"{len(known)} sessions with a view that told something, {LEAST_SESSIONS} are needed"
        )
    choices = [(choose(state, before), choose(state, after)) for state in known]
    met, richness = [], []
    for state, pair in zip(known, choices, strict=True):
        outlook = Outlook(state, after)
        prospects = [outlook.at(tier) for tier in pair]
        met.append((prospects[0].lcp * prospects[0].inp, prospects[1].lcp * prospects[1].inp))
        richness.append((after.offered[pair[0]].value, after.offered[pair[1]].value))
    counts = [Counter(each) for each in zip(*choices, strict=True)]
    return Effect(
        sessions=len(known),
        moved=sum(old != new for old, new in choices),
        tiers={tier: (counts[0][tier] / len(known), counts[1][tier] / len(known)) for tier in Tier},
        met=_difference(met),
        richness=_difference(richness),
    )


def _difference(pairs: Sequence[tuple[float, float]]) -> Difference:
    count = len(pairs)
    before, after = (sum(each) / count for each in zip(*pairs, strict=True))
    mean = after - before
    variance = sum((new - old - mean) ** 2 for old, new in pairs) / (count - 1)
    off = _Z_95 * math.sqrt(variance / count)
    return Difference(before, after, mean - off, mean + off)
