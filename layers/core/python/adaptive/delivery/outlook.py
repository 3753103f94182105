"""What the views so far let expect of the next one, at each tier.

Each view votes by its share: the logarithm of what is to come is normal around its equivalent.
docs/control.md explains the model.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from adaptive.delivery import evidence
from adaptive.delivery.session import SessionState, View
from adaptive.edge.policy import Tier
from adaptive.settings.rules import ScoreRules

_PRIOR_VIEWS = 3  # as many make the prior superfluous
_PRIOR_SHARE = 0.5  # of a view
_SPREAD = 0.3  # of ln(a vital) from one view to the next, besides what the views so far show
_CARRIED = 0.3  # more for each e-fold that a vital is carried over from another tier's weight
_GUESSED = 0.6  # instead, for an INP that is a long task's
_LATE = 0.25  # penalties for each e-fold past the target: late is better than never
_BREAK = 0.01  # chance of a view as slow, below which the earlier views no longer tell
_CERTAIN = 3  # standard deviations

_MOST_MS = 6_000_000.0  # what any vital of any tier stays below
_HALVINGS = 40

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


class Outlook:
    """What the views so far let expect of the next."""

    __slots__ = ("_aim_ms", "_inp", "_inp_known", "_lcp", "_rules")

    def __init__(self, state: SessionState, rules: ScoreRules) -> None:
        self._rules = rules
        self._aim_ms = rules.aim_ms(state.connection)
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
        lcp, lcp_late = _chance(self._lcp, rules.image_weight[tier], self._aim_ms)
        scripts = rules.script_weight[tier]
        if scripts not in self._inp_known:
            self._inp_known[scripts] = _chance(self._inp, scripts, rules.target.inp_ms)
        inp, inp_late = self._inp_known[scripts]
        missed = 1 - (lcp + inp) / 2 + _LATE * (lcp_late + inp_late) / 2
        return Prospect(lcp, inp, lcp * inp * rules.value[tier] - rules.penalty * missed)

    def expected_ms(self, tier: Tier) -> tuple[float | None, float | None]:
        """LCP and INP that are as likely to be missed as not; None of what nothing is known."""
        rules = self._rules
        return (
            _middle(self._lcp, rules.image_weight[tier]),
            _middle(self._inp, rules.script_weight[tier]),
        )


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


def _middle(signs: Sequence[_Sign], weight: float) -> float | None:
    """The median: where the chance of staying below is a half."""
    if not signs:
        return None
    low, high = 0.0, math.log(_MOST_MS)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        met, _ = _chance(signs, weight, math.exp(middle))
        low, high = (middle, high) if met < 0.5 else (low, middle)  # noqa: PLR2004 - the median
    return math.exp(high)


@cache
def _carried(spread: float, served: float, weight: float) -> float:
    return math.hypot(spread, _CARRIED * math.log(served / weight))
