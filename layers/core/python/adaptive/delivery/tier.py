"""The tier controller: as rich as the score allows, with hysteresis; down as far as needed at once,
up one step at a time.
"""

from dataclasses import replace

from adaptive.delivery import score
from adaptive.delivery.beacon import Beacon
from adaptive.delivery.session import SessionState
from adaptive.edge.policy import Tier
from adaptive.settings import ScoreRules

_LADDER = tuple(Tier)


def choose(state: SessionState, rules: ScoreRules) -> Tier:
    """The tier for the next view.

    A first decision goes by the thresholds alone; later ones keep the tier while the score stays
    within `hysteresis` points of its borders.
    """
    tier = state.tier or rules.default_tier
    points = state.score
    if points is None:
        return tier
    margin = rules.thresholds.hysteresis if state.tier else 0
    if tier is not Tier.FULL and points >= _least(_LADDER[tier.rank - 1], rules) + margin:
        return _LADDER[tier.rank - 1]
    while points < _least(tier, rules) - margin:
        tier = _LADDER[tier.rank + 1]
    return tier


def follow(state: SessionState, beacon: Beacon, rules: ScoreRules) -> SessionState:
    """One beacon further: the state and the tier after it.

    `ingest` and the stream both apply exactly this.
    """
    seen = score.update(state, beacon)
    if seen is state:
        return state
    scored = replace(seen, score=score.of_session(seen, rules))
    return scored if scored.score is None else replace(scored, tier=choose(scored, rules))


def _least(tier: Tier, rules: ScoreRules) -> float:
    return float("-inf") if tier is Tier.MINIMAL else getattr(rules.thresholds, tier)
