"""The Performance Score of a session, 0-100: what it would experience at the `full` tier.

Each vital maps onto Lighthouse's log-normal curve, whose control points are the Web Vitals limits:
90 at the good limit, 50 at the poor one
(https://developer.chrome.com/docs/lighthouse/performance/performance-scoring). A view's score is
the weighted mean over the vitals it has; the session's, the mean over its views with a half-life.
Tested: 0 <= score <= 100; a view slower by a factor, or in LCP, INP, FCP or CLS alone, never scores
higher; a report seen twice, or an older one after a newer, changes nothing.
"""

import math
from dataclasses import replace

from adaptive.delivery.beacon import Beacon, Vitals
from adaptive.delivery.session import VIEWS_KEPT, SessionState, View
from adaptive.edge.policy import CONTROL, Tier
from adaptive.settings import BEST_SCORE, ScoreRules

_SCORE_90 = 0.9061938024368232  # puts .90 at the good limit (Lighthouse statistics.js)

CURVES: dict[str, tuple[float, float, float]] = {
    # vital: (.90 at, .50 at, weight). What a tier can change weighs most: images move LCP, bundles
    # INP; hardly anything we serve moves the others.
    "lcp_ms": (2_500, 4_000, 0.50),
    "inp_ms": (200, 500, 0.40),
    "fcp_ms": (1_800, 3_000, 0.05),
    "ttfb_ms": (800, 1_800, 0.03),
    "cls": (0.1, 0.25, 0.02),
}

_LOADS = {"navigate", "reload", "back-forward"}
"""Navigations that load over the network; the others (bfcache, prerender, soft) tell nothing about
it."""


def curve(value: float, good: float, poor: float) -> float:
    """Lighthouse's score, 0-1: .90 at `good`, .50 at `poor`."""
    if value <= 0:
        return 1.0
    z = (math.log(value) - math.log(poor)) * _SCORE_90 / math.log(poor / good)
    return (1 - math.erf(z)) / 2


def update(state: SessionState, beacon: Beacon) -> SessionState:
    """Fold one report in.

    Hidden loads and navigations that load nothing are not evidence.
    """
    if beacon.hidden or beacon.navigation not in _LOADS:
        return state
    served = Tier.FULL if beacon.tier is None or beacon.tier == CONTROL else Tier(beacon.tier)
    view = View(beacon.view_id, beacon.sequence, served, beacon.vitals)
    for at, known in enumerate(state.views):
        if known.view_id == view.view_id:
            if known.sequence >= view.sequence:
                return state
            merged = known.vitals.model_copy(update=view.vitals.model_dump(exclude_none=True))
            newer = replace(view, tier=known.tier, vitals=merged)
            return replace(state, views=(*state.views[:at], newer, *state.views[at + 1 :]))
    return replace(state, views=(*state.views, view)[-VIEWS_KEPT:])


def of_session(state: SessionState, rules: ScoreRules) -> float | None:
    """The session's score, None while no view of it tells anything."""
    total = weight = 0.0
    for age, view in enumerate(reversed(state.views)):
        points = of_view(view, rules)
        if points is not None:
            share = 0.5 ** (age / rules.half_life_views)
            total += share * points
            weight += share
    return min(total / weight, BEST_SCORE) if weight else None


def of_view(view: View, rules: ScoreRules) -> float | None:
    """One view's score at the `full` tier, None if it carries no vital."""
    vitals = _at_full(view.vitals, rules.page_weight[view.tier])
    points = weight = 0.0
    for name, (good, poor, share) in CURVES.items():
        value = getattr(vitals, name)
        if value is not None:
            points += share * curve(value, good, poor)
            weight += share
    return min(BEST_SCORE * points / weight, BEST_SCORE) if weight else None


def _at_full(vitals: Vitals, page_weight: float) -> Vitals:
    """To first order, what was loaded and run after the first byte grows with the bytes served."""
    if page_weight == 1:
        return vitals
    update: dict[str, float] = {}
    if vitals.lcp_ms is not None:
        first_byte = min(vitals.ttfb_ms or 0, vitals.lcp_ms)
        update["lcp_ms"] = first_byte + (vitals.lcp_ms - first_byte) / page_weight
    if vitals.inp_ms is not None:
        update["inp_ms"] = vitals.inp_ms / page_weight
    return vitals.model_copy(update=update)
