"""A lower aim for a class of connections whose LCP is going to leave its limit, or has left it.

What it does is bounded by what the control group shows: the class's LCP untouched, as served, and
as it would be if every session were at the poorest tier. How much of an LCP moves with its images
is taken as for the usual view (adaptive.delivery.evidence).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, get_args

from adaptive.delivery.evidence import USUAL
from adaptive.edge.policy import Tier
from adaptive.monitoring.dimension import Cell
from adaptive.monitoring.rollup import Field, Rollup
from adaptive.prediction.advice.recommendation import Effect, Interval, Kind, Recommendation
from adaptive.prediction.advice.situation import WITHIN_H, exceeded_at, percentile, worst
from adaptive.prediction.advice.wording import at_worst, policy_keys
from adaptive.prediction.cost import MONTH_S
from adaptive.prediction.series import ALL
from adaptive.settings.rules import Connection

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from adaptive.prediction.advice.situation import Situation

_LIKELY = 0.5
_LEAST_VIEWS = 100
_STEP_MS = 50
_ROOM = 0.95  # of the limit, where the upper end should come to lie
_LOWEST = 0.4  # of the limit: below, every session is at the poorest tier anyway
_DAYS_A_MONTH = MONTH_S / 86_400

_MOVES = (USUAL.moved_ms or 0) / ((USUAL.moved_ms or 0) + (USUAL.fixed_ms or 0))


class _Trouble(NamedTuple):
    """How slow a class is going to be, or is, and how that is known."""

    probability: float
    due_at: datetime
    peak: Interval
    evidence: tuple[str, ...]


def of(situation: Situation) -> Iterator[Recommendation]:
    """For each class by itself."""
    if situation.policy.kill:
        return
    for connection in get_args(Connection):
        trouble = _forecast(situation, connection) or _found(situation, connection)
        if trouble is not None:
            yield from _lower(situation, connection, trouble)


def _forecast(situation: Situation, connection: Connection) -> _Trouble | None:
    found = situation.forecast("connection", connection, "lcp_ms")
    if found is None or found.breach is None or found.breach.probability <= _LIKELY:
        return None
    _, peak = worst(found, hours=WITHIN_H)
    due_at = exceeded_at(found, situation.limits["lcp_ms"])
    evidence = (at_worst(found, "ms of LCP (p75)"),)
    return _Trouble(found.breach.probability, due_at, peak, evidence)


def _found(situation: Situation, connection: Connection) -> _Trouble | None:
    """An anomaly of all views, or of the class, that has brought it above the limit."""
    cell = Cell("connection", connection)
    odd = [each for each in situation.odd("lcp_ms") if each.cell in {cell, ALL}]
    seen = situation.lately.get(cell, Rollup())
    if not odd or seen.count("lcp_ms") < _LEAST_VIEWS:
        return None
    now = percentile(seen, "lcp_ms")
    if now.expected <= situation.limits["lcp_ms"]:
        return None
    evidence = (
        f"{now.expected:,.0f} ms of LCP (p75) in {seen.views:,} views of the last hours",
        *map(str, odd),
    )
    return _Trouble(1.0, odd[0].since, now, evidence)


def _lower(
    situation: Situation, connection: Connection, trouble: _Trouble
) -> Iterator[Recommendation]:
    policy, limit, peak = situation.policy, situation.limits["lcp_ms"], trouble.peak
    aim = policy.aim_ms(connection)
    # By the upper end, since a breach is worse than images a tier poorer for some; and only what
    # moves of an LCP follows the aim.
    short = min(1.0, _ROOM * limit / peak.high) ** (1 / _MOVES)
    lower = max(_LOWEST * limit, aim * short) // _STEP_MS * _STEP_MS
    weight = _weight_now(situation, connection)
    weights = sorted({policy.image_weight[tier] for tier in policy.tiers_on}, reverse=True)
    poorer = [each for each in weights if each < weight * 0.97]
    if lower >= aim or not poorer:
        return
    middle, least = (_slower(each) / _slower(weight) for each in (poorer[0], poorer[-1]))
    after = Interval(expected=peak.expected * middle, low=peak.low * least, high=peak.high)
    key = f"target_lcp_ms.{connection}"
    before = policy.target_lcp_ms.get(connection)
    yield Recommendation(
        kind=Kind.LOWER_AIM,
        subject=connection,
        title=f"Aim at an LCP of {lower:,.0f} ms, not {aim:,.0f}, on {connection} connections",
        evidence=(
            *trouble.evidence,
            f"its images weigh {weight:.2f} of the originals, and could weigh {poorer[-1]:.2f}",
        ),
        probability=trouble.probability,
        due_at=trouble.due_at,
        effect=Effect(
            family="connection",
            value=connection,
            measure="lcp_ms",
            unit="ms",
            before=peak,
            after=after,
            limit=limit,
        ),
        usd_a_month=-_saved_gb(situation, connection, weight, poorer[0])
        * situation.prices["cloudfront_gb"],
        change=policy_keys({key: lower}, {key: before}),
        experiment={
            "name": f"aim-{connection}",
            "hypothesis": f"Aiming lower on {connection} connections keeps LCP within its limit",
            "changes": {"target_lcp_ms": {**policy.target_lcp_ms, connection: lower}},
            "primary": "lcp",
            "minimum_effect": 0.03,
            "guardrails": {"lcp": 0.0, "conversion": 0.0, "errors": 0.05},
        },
    )


def _weight_now(situation: Situation, connection: str) -> float:
    """What the images of the class weigh now, over the originals (0-1)."""
    policy = situation.policy
    least = min(policy.image_weight[tier] for tier in policy.tiers_on)
    arms = [
        situation.views_of(Cell("connection+arm", f"{connection},{arm}"))
        for arm in ("control", "treatment")
    ]
    if all(arm.count("lcp_ms") >= _LEAST_VIEWS for arm in arms):
        untouched, served = (arm.quantile("lcp_ms", 0.75) or 0.0 for arm in arms)
        if untouched:
            weight = (served / untouched - (1 - _MOVES)) / _MOVES
            return min(1.0, max(least, weight))
    views = {tier: situation.views_of(Cell("tier", str(tier))).views for tier in Tier}
    whole = sum(views.values())
    if not whole:
        return policy.image_weight[policy.default_tier]
    return sum(policy.image_weight[tier] * count for tier, count in views.items()) / whole


def _slower(weight: float) -> float:
    """An LCP at this weight, over the originals'."""
    return 1 - _MOVES + _MOVES * weight


def _saved_gb(situation: Situation, connection: str, weight: float, then: float) -> float:
    """A month, if the class's images went to the next weight."""
    seen = situation.views_of(Cell("connection", connection)).fields
    images = max(seen[Field.BYTES] - seen[Field.SCRIPT_BYTES], 0)
    return images * _DAYS_A_MONTH * (1 - then / weight) / 1e9
