"""What the views so far let expect of the next one, at each tier.

Each view votes by its share: the logarithm of what is to come is normal around its equivalent.
docs/control.md explains the model.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from adaptive.delivery import evidence
from adaptive.delivery.session import SessionState, View
from adaptive.edge.policy import Tier
from adaptive.settings.rules import ScoreRules

_FEW_VIEWS = 3  # fewer are held against what visitors are usually like, even if it is a guess
_PRIOR_PART = 0.5  # of what the views count together, while there are few
_SPREAD = 0.3  # of ln(a vital) from one view to the next, besides what the views so far show
_CARRIED = 0.3  # more for each e-fold that a vital is carried over from another tier's weight
_GUESSED = 0.6  # instead, for an INP that is a long task's
_LATE = 0.25  # penalties for each e-fold past the target: late is better than never
_BREAK = 0.01  # chance of a view as slow, below which the earlier views no longer tell
_SLOW_IN_ALL = 1.5  # times the usual fixed part, above which it is more than one file that is late
_UNCONFIRMED = 0.7  # of the newest view's share, which makes it that of the view before
_CERTAIN = 3  # standard deviations

_MOST_MS = 6_000_000.0  # what any vital of any tier stays below
_HALVINGS = 40

_log, _exp, _erfc = math.log, math.exp, math.erfc
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
    """What the views so far let expect of the next; `is_doubtful` if that is worse only by what
    may be one file's bad luck.
    """

    __slots__ = ("_aims", "_inp", "_inp_known", "_lcp", "_rules", "is_doubtful")

    def __init__(self, state: SessionState, rules: ScoreRules) -> None:
        self._rules = rules
        self._aims = (
            _log(max(rules.aim_ms(state.connection), 1.0)),
            _log(max(rules.target.inp_ms, 1.0)),
        )
        self._inp_known: dict[float, tuple[float, float]] = {}
        shares = evidence.weights(state.views)
        lcp, inp = _signs(state.views, shares, rules)
        prior, few = state.prior, len(state.views) < _FEW_VIEWS
        if prior and (few or prior.is_measured):
            of_lcp = (prior.fixed_ms, prior.moved_ms, 1.0, prior.lcp_spread)
            of_inp = (0.0, prior.inp_ms, 1.0, prior.inp_spread)
            if few:
                part = _PRIOR_PART * sum(shares)
                lcp, inp = [(part, *of_lcp), *lcp], [(part, *of_inp), *inp]
            else:
                lcp = [*_confirmed(of_lcp, lcp, rules.aim_ms(state.connection)), *lcp]
                inp = [*_confirmed(of_inp, inp, rules.target.inp_ms), *inp]
        self._lcp, self.is_doubtful = _weighed(lcp, begins=few)
        self._inp = inp

    def at(self, tier: Tier) -> Prospect:
        """At one tier."""
        lcp, inp, worth = self._told(tier)
        return Prospect(lcp, inp, worth)

    def worth(self, tier: Tier) -> float:
        """Of one tier."""
        return self._told(tier)[2]

    def _told(self, tier: Tier) -> tuple[float, float, float]:
        """The chances, and the tier's value where both targets are met, less half a penalty for
        each that is missed.
        """
        rules = self._rules
        images, scripts, value = rules.offered[tier]
        lcp, lcp_late = _chance(self._lcp, images, self._aims[0])
        known = self._inp_known.get(scripts)
        if known is None:
            known = self._inp_known[scripts] = _chance(self._inp, scripts, self._aims[1])
        inp, inp_late = known
        missed = 1 - (lcp + inp) / 2 + _LATE * (lcp_late + inp_late) / 2
        return lcp, inp, lcp * inp * value - rules.penalty * missed

    def expected_ms(self, tier: Tier) -> tuple[float | None, float | None]:
        """LCP and INP that are as likely to be missed as not; None of what nothing is known."""
        images, scripts, _ = self._rules.offered[tier]
        return _middle(self._lcp, images), _middle(self._inp, scripts)


def _signs(
    views: Sequence[View], shares: Sequence[float], rules: ScoreRules
) -> tuple[list[_Sign], list[_Sign]]:
    """Of LCP, and of INP."""
    lcp: list[_Sign] = []
    inp: list[_Sign] = []
    for view, share in zip(views, shares, strict=True):
        fixed_ms, moved_ms, inp_ms = view.fixed_ms, view.moved_ms, view.inp_ms
        images, scripts, _ = rules.as_served(view.tier, view.recipe)
        if fixed_ms is not None and moved_ms is not None:
            lcp.append((share, fixed_ms, moved_ms, images, _SPREAD))
        if inp_ms is not None:
            spread = _GUESSED if view.inp_guessed else _SPREAD
            inp.append((share, 0.0, inp_ms, scripts, spread))
    return lcp, inp


def _weighed(signs: list[_Sign], *, begins: bool) -> tuple[list[_Sign], bool]:
    """The newest counts like the one before it, until another confirms it; the earlier ones, and
    the prior that a session `begins` with, count the less if it is slower than they let expect.
    Whether that may be one file's bad luck: a slow network is slow in the fixed part, too.
    """
    if len(signs) <= 1 + begins:
        return signs, False
    *earlier, (share, fixed_ms, moved_ms, weight, spread) = signs
    if len(earlier) > 1 and not begins:
        share *= _UNCONFIRMED
    newest = (share, fixed_ms, moved_ms, weight, spread)
    quicker, _ = _chance(earlier, 1, _log(max(fixed_ms + moved_ms / weight, 1.0)))
    left = (1 - quicker) / _BREAK
    if left >= 1:
        return [*earlier, newest], False
    total = sum([sign[0] for sign in earlier])
    usual_ms = sum([sign[0] * sign[1] for sign in earlier]) / total if total else 0.0
    weakened = [(sign[0] * left, *sign[1:]) for sign in earlier]
    return [*weakened, newest], fixed_ms < _SLOW_IN_ALL * usual_ms


def _confirmed(
    prior: tuple[float, float, float, float], signs: list[_Sign], most_ms: float
) -> list[_Sign]:
    """A prior that is in time counts for good as much as the views that would have been at `full`:
    who mostly is like others meets what they meet. One that is not counts for few views only.
    """
    if prior[0] + prior[1] > most_ms:
        return []
    alike = sum([sign[0] for sign in signs if sign[1] + sign[2] / sign[3] <= most_ms])
    return [(alike, *prior)] if alike else []


def _chance(signs: Sequence[_Sign], weight: float, aim: float) -> tuple[float, float]:
    """How likely a vital is within its target at a tier of this weight, and how late in e-folds;
    `aim` is the target's logarithm.

    Each view votes by its share: the logarithm of what is to come is normal around its own. What
    nothing is known of is not held against a tier.
    """
    met = late = total = 0.0
    last = last_wide = scale = spread = 0.0
    for share, fixed_ms, moved_ms, served, wide in signs:
        total += share
        if served != last or wide != last_wide:
            last, last_wide = served, wide
            scale, spread = _carried(wide, served, weight)
        value_ms = fixed_ms + moved_ms * scale
        room = (aim - (_log(value_ms) if value_ms > 1 else 0.0)) / spread
        if room >= _CERTAIN:
            met += share
            continue
        above = _erfc(room * _SQRT_HALF) / 2
        met += share * (1 - above)
        # The mean of what is past the target: https://en.wikipedia.org/wiki/Normal_distribution
        late += share * spread * (_DENSITY * _exp(-room * room / 2) - room * above)
    return (met / total, late / total) if total else (1.0, 0.0)


def _middle(signs: Sequence[_Sign], weight: float) -> float | None:
    """The median: where the chance of staying below is a half."""
    if not signs:
        return None
    low, high = 0.0, math.log(_MOST_MS)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        met, _ = _chance(signs, weight, middle)
        low, high = (middle, high) if met < 0.5 else (low, middle)  # noqa: PLR2004 - the median
    return math.exp(high)


@lru_cache(maxsize=4_096)
def _carried(spread: float, served: float, weight: float) -> tuple[float, float]:
    """What the moved part is to be multiplied by, and how far that makes a vital spread."""
    ratio = weight / served
    return ratio, math.hypot(spread, _CARRIED * math.log(ratio))
