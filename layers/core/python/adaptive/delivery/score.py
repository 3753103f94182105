"""The Performance Score of a session, 0-100: what it would experience at the `full` tier.

Each vital maps onto Lighthouse's log-normal curve, whose control points are the Web Vitals limits:
90 at the good limit, 50 at the poor one
(https://developer.chrome.com/docs/lighthouse/performance/performance-scoring). A view's score is
the weighted mean over the vitals it has, as they would have been at `full`; the session's, the mean
over its views with half-lives. docs/control.md explains the model and prints what it achieves.
Tested: 0 <= score <= 100; a view slower by a factor, or in LCP, INP, FCP or CLS alone, never scores
higher; a report seen twice, or an older one after a newer, changes nothing.
"""

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from adaptive.delivery import evidence
from adaptive.delivery.beacon import Beacon
from adaptive.delivery.evidence import weights
from adaptive.delivery.session import VIEWS_KEPT, Prior, SessionState, View
from adaptive.edge.policy import Tier
from adaptive.settings.rules import BEST_SCORE, ScoreRules

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


@lru_cache(maxsize=8_192)  # a view is scored anew with each report of its session
def curve(value: float, good: float, poor: float) -> float:
    """Lighthouse's score, 0-1: .90 at `good`, .50 at `poor`."""
    if value <= 0:
        return 1.0
    z = (math.log(value) - math.log(poor)) * _SCORE_90 / math.log(poor / good)
    return (1 - math.erf(z)) / 2


def update(state: SessionState, beacon: Beacon, prior: Prior | None = None) -> SessionState:
    """Fold one report in; `prior` is what was measured of such visitors, for a session's first.

    Hidden loads and navigations that load nothing are not evidence.
    """
    if (view := evidence.of(beacon)) is None:
        return state
    connection = evidence.connection(beacon) or state.connection
    for at, known in enumerate(state.views):
        if known.view_id == view.view_id:
            if known.sequence >= view.sequence:
                return state
            newer = evidence.merged(known, view)
            return SessionState(
                (*state.views[:at], newer, *state.views[at + 1 :]),
                state.score,
                state.tier,
                state.prior,
                state.seen,
                state.changed,
                connection,
            )
    return SessionState(
        (*state.views, view)[-VIEWS_KEPT:],
        state.score,
        state.tier,
        state.prior or evidence.prior(beacon, prior),
        state.seen + 1,
        state.changed,
        connection,
    )


def is_known(state: SessionState) -> bool:
    """Whether any view of the session tells anything."""
    for view in reversed(state.views):
        vitals = view.vitals
        if (
            view.moved_ms is not None
            or view.inp_ms is not None
            or vitals.fcp_ms is not None
            or vitals.ttfb_ms is not None
            or vitals.cls is not None
        ):
            return True
    return False


def of_session(state: SessionState, rules: ScoreRules) -> float | None:
    """The session's score, None while no view of it tells anything."""
    total = weight = 0.0
    for view, share in zip(state.views, weights(state.views), strict=True):
        points = of_view(view, rules)
        if points is not None:
            total += share * points
            weight += share
    return min(total / weight, BEST_SCORE) if weight else None


def of_view(view: View, rules: ScoreRules) -> float | None:
    """One view's score at the `full` tier, None if it carries no vital."""
    points = weight = 0.0
    for vital, value in _at_full(view, rules):
        good, poor, counts = CURVES[vital]
        points += counts * curve(value, good, poor)
        weight += counts
    return min(BEST_SCORE * points / weight, BEST_SCORE) if weight else None


class Part(NamedTuple):
    """A vital of a view as it would have been at the `full` tier: ms, or CLS's own unit, and what
    that scores (0-1).
    """

    vital: str
    value: float
    points: float
    weight: float


def parts(view: View, rules: ScoreRules) -> Iterator[Part]:
    """What a view's score is the weighted mean of: the vitals it has."""
    for vital, value in _at_full(view, rules):
        good, poor, weight = CURVES[vital]
        yield Part(vital, value, curve(value, good, poor), weight)


def _at_full(view: View, rules: ScoreRules) -> list[tuple[str, float]]:
    vitals = view.vitals
    found = [
        ("lcp_ms", evidence.lcp_at(view, Tier.FULL, rules)),
        ("inp_ms", evidence.inp_at(view, Tier.FULL, rules)),
        ("fcp_ms", vitals.fcp_ms),
        ("ttfb_ms", vitals.ttfb_ms),
        ("cls", vitals.cls),
    ]
    return [(vital, value) for vital, value in found if value is not None]
