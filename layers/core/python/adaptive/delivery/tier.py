"""The tier controller: what each tier promises for the next view, and which one is chosen.

Tested: a constant network settles within three views and never moves the tier again; under any
network whatever the tier moves at most once per `DWELL` views; one step at a time upward, as many
as needed downward. docs/control.md says why, and what it achieves.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from adaptive.delivery import evidence, score
from adaptive.delivery.beacon import Beacon
from adaptive.delivery.session import SessionState, View
from adaptive.edge.policy import Tier
from adaptive.settings import ScoreRules

DWELL = 2
"""Views that a tier is kept once it was moved to."""

_MARGIN = 0.05  # more worth, where `full` met is worth 1, before the tier moves: the hysteresis
_PRIOR_VIEWS = 3  # as many make the prior superfluous
_PRIOR_SHARE = 0.5  # of a view
_SPREAD = 0.3  # of ln(a vital) from one view to the next, besides what the views so far show
_CARRIED = 0.3  # more for each e-fold that a vital is carried over from another tier's weight
_GUESSED = 0.6  # instead, for an INP that is a long task's
_LATE = 0.25  # penalties for each e-fold past the target: late is better than never
_BREAK = 0.01  # chance of a view as slow, below which the earlier views no longer tell
_CERTAIN = 3  # standard deviations

_LADDER = tuple(Tier)
_SQRT_HALF = math.sqrt(0.5)
_DENSITY = 1 / math.sqrt(2 * math.pi)


@dataclass(frozen=True, slots=True)
class Prospect:
    """The next view at one tier: the chances (0-1) of meeting either target, and its worth."""

    lcp: float
    inp: float
    worth: float


_Sign = tuple[float, float, float, float, float]
"""A vital of one view: its share; what is fixed of it, and what moved, in ms, at a tier of this
weight; how far it spreads.
"""


def prospects(state: SessionState, rules: ScoreRules) -> dict[Tier, Prospect]:
    """What each tier promises for the next view, by the views so far."""
    outlook = _Outlook(state, rules)
    return {tier: outlook.at(tier) for tier in _LADDER}


def choose(state: SessionState, rules: ScoreRules) -> Tier:
    """The tier for the next view.

    A first decision is free, and so is the one after the tier was turned off; a later one keeps
    the tier for `DWELL` views, and moves it only to what is clearly worth more. Only a later report
    of the very view that moved it may move it further down: INP comes last.
    """
    if not state.views:
        return serving(state, rules)
    on = rules.tiers_on
    current = state.tier if state.tier in on else None
    since = DWELL if state.changed is None else state.seen - state.changed
    if current and 0 < since < DWELL:
        return current
    outlook = _Outlook(state, rules)
    best, most, richest = current, -math.inf, 0
    if current:
        most = outlook.at(current).worth + _MARGIN
        richest = max(on.index(current) - (since > 0), 0)
    for tier in on[richest:]:
        if most < rules.value[tier] and tier != current:
            worth = outlook.at(tier).worth
            if worth > most:
                best, most = tier, worth
    return best or rules.default_tier


def serving(state: SessionState, rules: ScoreRules) -> Tier:
    """What the session gets until another view tells something: its tier, or if that is off by now
    the next poorer that is on, or the poorest.
    """
    if state.tier is None:
        return rules.default_tier
    rank = state.tier.rank
    return next((tier for tier in rules.tiers_on if tier.rank >= rank), rules.tiers_on[-1])


def follow(state: SessionState, beacon: Beacon, rules: ScoreRules) -> SessionState:
    """One beacon further: the state and the tier after it.

    `ingest` and the stream both apply exactly this.
    """
    seen = score.update(state, beacon)
    if seen is state:
        return state
    points = score.of_session(seen, rules)
    if points is None:
        return seen
    tier = choose(seen, rules)
    moved = tier != (state.tier or rules.default_tier)
    return replace(seen, score=points, tier=tier, changed=seen.seen if moved else seen.changed)


class _Outlook:
    """What the views so far let expect of the next."""

    __slots__ = ("_inp", "_inp_known", "_lcp", "_rules")

    def __init__(self, state: SessionState, rules: ScoreRules) -> None:
        self._rules = rules
        self._inp_known: dict[float, tuple[float, float]] = {}
        shares = evidence.weights(state.views)
        lcp = _lcp_signs(state.views, shares, rules)
        inp = _inp_signs(state.views, shares, rules)
        left = _left_by_a_break(lcp)
        if state.prior and len(state.views) < _PRIOR_VIEWS:
            lcp = [*_lcp_signs((state.prior,), (_PRIOR_SHARE,), rules), *lcp]
            inp = [*_inp_signs((state.prior,), (_PRIOR_SHARE,), rules), *inp]
        if left < 1:
            *earlier, newest = lcp
            lcp = [(sign[0] * left, *sign[1:]) for sign in earlier] + [newest]
        self._lcp, self._inp = lcp, inp

    def at(self, tier: Tier) -> Prospect:
        """At one tier: its value where both targets are met, half a penalty for each missed."""
        rules = self._rules
        lcp, lcp_late = _chance(self._lcp, rules.image_weight[tier], rules.target.lcp_ms)
        scripts = rules.script_weight[tier]
        if scripts not in self._inp_known:
            self._inp_known[scripts] = _chance(self._inp, scripts, rules.target.inp_ms)
        inp, inp_late = self._inp_known[scripts]
        missed = 1 - (lcp + inp) / 2 + _LATE * (lcp_late + inp_late) / 2
        return Prospect(lcp, inp, lcp * inp * rules.value[tier] - rules.penalty * missed)


def _lcp_signs(views: Sequence[View], shares: Sequence[float], rules: ScoreRules) -> list[_Sign]:
    weight = rules.image_weight
    return [
        (share, view.fixed_ms, view.moved_ms, weight[view.tier], _SPREAD)
        for view, share in zip(views, shares, strict=True)
        if view.fixed_ms is not None and view.moved_ms is not None
    ]


def _inp_signs(views: Sequence[View], shares: Sequence[float], rules: ScoreRules) -> list[_Sign]:
    weight = rules.script_weight
    return [
        (share, 0, view.inp_ms, weight[view.tier], _GUESSED if view.inp_guessed else _SPREAD)
        for view, share in zip(views, shares, strict=True)
        if view.inp_ms is not None
    ]


def _left_by_a_break(signs: Sequence[_Sign]) -> float:
    """What of the earlier views still counts (0-1) if the newest is slower than they let expect."""
    if not signs:
        return 1.0
    *earlier, (_, fixed_ms, moved_ms, weight, _) = signs
    quicker, _ = _chance(earlier, 1, fixed_ms + moved_ms / weight)
    return min((1 - quicker) / _BREAK, 1.0) if earlier else 1.0


def _chance(signs: Sequence[_Sign], weight: float, target_ms: float) -> tuple[float, float]:
    """How likely a vital is within its target at a tier of this weight, and how late in e-folds.

    Each view votes by its share: the logarithm of what is to come is normal around its own. What
    nothing is known of is not held against a tier.
    """
    met = late = total = 0.0
    aim = math.log(max(target_ms, 1.0))
    for share, fixed_ms, moved_ms, served, spread in signs:
        total += share
        value_ms = fixed_ms + moved_ms
        wide = spread
        if served != weight:
            wide = _carried(spread, served, weight)
            value_ms = fixed_ms + moved_ms * weight / served
        room = (aim - math.log(value_ms)) / wide if value_ms > 1 else _CERTAIN
        if room >= _CERTAIN:
            met += share
            continue
        above = math.erfc(room * _SQRT_HALF) / 2
        met += share * (1 - above)
        # The mean of what is past the target: https://en.wikipedia.org/wiki/Normal_distribution
        late += share * wide * (_DENSITY * math.exp(-room * room / 2) - room * above)
    return (met / total, late / total) if total else (1.0, 0.0)


@cache
def _carried(spread: float, served: float, weight: float) -> float:
    return math.hypot(spread, _CARRIED * math.log(served / weight))
