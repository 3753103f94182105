"""The tier controller: what each tier promises for the next view, and which one is chosen.

Tested: a constant network settles within three views and never moves the tier again; under any
network whatever the tier moves at most once per `DWELL` views; one step at a time upward, as many
as needed downward. docs/control.md says why, and what it achieves.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

from adaptive.delivery import score
from adaptive.delivery.beacon import Beacon
from adaptive.delivery.outlook import Outlook, Prospect
from adaptive.delivery.session import Prior, SessionState
from adaptive.edge.policy import Tier
from adaptive.settings.rules import ScoreRules

DWELL = 2
"""Views that a tier is kept once it was moved to."""

_MARGIN = 0.05  # more worth, where `full` met is worth 1, before the tier moves: the hysteresis


def prospects(state: SessionState, rules: ScoreRules) -> dict[Tier, Prospect]:
    """What each tier promises for the next view, by the views so far."""
    outlook = Outlook(state, rules)
    return {tier: outlook.at(tier) for tier in Tier}


def choose(state: SessionState, rules: ScoreRules) -> Tier:
    """The tier for the next view.

    A first decision is free, and so is the one after the tier was turned off; a later one keeps
    the tier for `DWELL` views, and moves it only to what is clearly worth more; down by no more
    steps than a single late view is good for. Only a later report of the very view that moved it
    may move it further down: INP comes last.
    """
    if not state.views:
        return serving(state, rules)
    on = rules.tiers_on
    current = state.tier if state.tier in on else None
    since = DWELL if state.changed is None else state.seen - state.changed
    if current and 0 < since < DWELL:
        return current
    outlook = Outlook(state, rules)
    best, most, richest, poorest = current, -math.inf, 0, len(on)
    if current:
        most = outlook.worth(current) + _MARGIN
        richest = max(on.index(current) - (since > 0), 0)
        if outlook.is_doubtful:
            poorest = on.index(current) + 1 + (since > 0)
    for tier in on[richest:]:
        if most < rules.offered[tier].value and tier != current:
            worth = outlook.worth(tier)
            if worth > most:
                best, most = tier, worth
    return on[min(on.index(best), poorest - 1)] if best else rules.default_tier


def serving(state: SessionState, rules: ScoreRules) -> Tier:
    """What the session gets until another view tells something: its tier, or if that is off by now
    the next poorer that is on, or the poorest.
    """
    if state.tier is None:
        return rules.default_tier
    rank = state.tier.rank
    return next((tier for tier in rules.tiers_on if tier.rank >= rank), rules.tiers_on[-1])


class Told(NamedTuple):
    """A beacon, what it is judged by, and the prior that it came with."""

    beacon: Beacon
    rules: ScoreRules
    prior: Prior | None = None


def follow(
    state: SessionState, beacon: Beacon, rules: ScoreRules, *, prior: Prior | None = None
) -> SessionState:
    """One beacon further: the state and the tier after it; `prior` is for the first.

    `ingest` and the stream both apply exactly this.
    """
    return follow_all(state, [Told(beacon, rules, prior)])


def follow_all(state: SessionState, reports: Iterable[Told]) -> SessionState:
    """Beacon after beacon, as if each came alone: a tier depends on the one before. The score
    depends on nothing but the views, so it is only worked out after the last of them.
    """
    last = None
    for beacon, rules, prior in reports:
        seen = score.update(state, beacon, prior)
        if seen is state or not score.is_known(seen):
            state = seen
            continue
        tier = choose(seen, rules)
        moved = tier != (state.tier or rules.default_tier)
        state = _decided(seen, seen.score, tier, seen.seen if moved else seen.changed)
        last = state, rules
    if last is None or (points := score.of_session(*last)) is None:
        return state
    return _decided(state, points, state.tier, state.changed)


def _decided(
    state: SessionState, points: float | None, tier: Tier | None, changed: int | None
) -> SessionState:
    return SessionState(
        state.views, points, tier, state.prior, state.seen, changed, state.connection
    )
