"""Why a session's score and tier are what they are: the parts that they were made of.

The points lost, over all views and vitals, are what the score lacks to 100.
"""

from dataclasses import dataclass

from adaptive.delivery import score
from adaptive.delivery.evidence import weights
from adaptive.delivery.outlook import Outlook
from adaptive.delivery.session import Prior, SessionState, View
from adaptive.edge.policy import Tier
from adaptive.settings.rules import BEST_SCORE, ScoreRules


@dataclass(frozen=True, slots=True)
class VitalPart:
    """A vital at the `full` tier, ms or CLS's own unit; `lost` is what it costs the score."""

    value: float
    points: float
    lost: float


@dataclass(frozen=True, slots=True)
class ViewPart:
    """A view, its own score, and its share (0-1) of the session's; None and 0 if it tells
    nothing.
    """

    view: View
    score: float | None
    share: float
    vitals: dict[str, VitalPart]


@dataclass(frozen=True, slots=True)
class TierPart:
    """What a tier promises for the next view: medians in ms, the chances (0-1) of meeting the
    targets, the value if both are met, and the worth, which decides.
    """

    is_on: bool
    lcp_ms: float | None
    inp_ms: float | None
    lcp_met: float
    inp_met: float
    value: float
    worth: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """`kept_for` is how many views the tier was kept since it moved, None if it never did."""

    score: float | None
    tier: Tier | None
    kept_for: int | None
    views: tuple[ViewPart, ...]
    prior: Prior | None
    tiers: dict[Tier, TierPart]

    @property
    def best(self) -> Tier | None:
        """The tier worth most of those that are on; None while nothing is known."""
        on = [tier for tier, part in self.tiers.items() if part.is_on]
        return max(on, key=lambda tier: self.tiers[tier].worth) if self.views else None


def explain(state: SessionState, rules: ScoreRules) -> Explanation:
    """By the rules as they are now; the stored score and tier may be older than these."""
    parts = [list(score.parts(view, rules)) for view in state.views]
    shares = [
        share if each else 0.0 for share, each in zip(weights(state.views), parts, strict=True)
    ]
    total = sum(shares) or 1.0
    views = [
        _view(view, each, share / total)
        for view, each, share in zip(state.views, parts, shares, strict=True)
    ]
    return Explanation(
        score=score.of_session(state, rules),
        tier=state.tier,
        kept_for=None if state.changed is None else state.seen - state.changed,
        views=tuple(views),
        prior=state.prior,
        tiers=_tiers(state, rules),
    )


def _view(view: View, parts: list[score.Part], share: float) -> ViewPart:
    weight = sum(part.weight for part in parts)
    vitals = {
        part.vital: VitalPart(
            part.value,
            BEST_SCORE * part.points,
            BEST_SCORE * (1 - part.points) * part.weight / weight * share,
        )
        for part in parts
    }
    points = sum(part.weight * part.points for part in parts)
    return ViewPart(view, BEST_SCORE * points / weight if parts else None, share, vitals)


def _tiers(state: SessionState, rules: ScoreRules) -> dict[Tier, TierPart]:
    outlook = Outlook(state, rules)
    found = {}
    for tier in Tier:
        prospect = outlook.at(tier)
        lcp_ms, inp_ms = outlook.expected_ms(tier)
        found[tier] = TierPart(
            tier in rules.tiers_on,
            lcp_ms,
            inp_ms,
            prospect.lcp,
            prospect.inp,
            rules.offered[tier].value,
            prospect.worth,
        )
    return found
