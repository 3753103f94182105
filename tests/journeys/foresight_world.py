"""A site whose evenings get busier every day: how long its visitors wait follows from the policy in
force, by the very controller that decides in the account.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from adaptive.delivery import tier
from adaptive.delivery.beacon import Beacon
from adaptive.delivery.session import SessionState
from adaptive.monitoring import vital
from adaptive.monitoring.dimension import Cell
from adaptive.monitoring.rollup import Field, Rollup
from adaptive.monitoring.vital import INDEX

if TYPE_CHECKING:
    from adaptive.delivery.policy import Policy

DAYS = 21

_SESSIONS = 105
_VISITS = (1, 2, 3)
"""Views of a session. The first is served before anything is known of the visitor: what crowded
evenings make of those, no controller hides.
"""
_FIXED_MS = 150
_MOVED_MS = {"slow": 600, "fast": 200}
_RTT_MS = {"slow": 400, "fast": 20}
_SPREAD = 0.3  # of one view against another, in e-folds
_NOISE = 0.005  # of one hour against another
_STEPS = 60  # of congestion, that are told apart
_LEAST_RISE, _MOST_RISE, _RISE_STEP = 1.0, 8.0, 0.05


class _View(NamedTuple):
    lcp_ms: float
    weight: float


@dataclass
class Evenings:
    """`peak` is the hour (since the epoch) of the evening of day 0; by then, the time that bytes
    take of an evening has risen by `rise` of that of a quiet night, evenly over DAYS.
    """

    peak: int
    rise: float = _LEAST_RISE
    _known: dict[tuple[str, int, str], list[_View]] = field(default_factory=dict)

    @classmethod
    def before_a_breach(cls, peak: int, policy: Policy, *, limit_ms: float) -> Evenings:
        """Nearly the most crowded that keep the limit before day 0, if nothing is done."""
        found = cls(peak)
        while all(found.p75(peak - 24 * day, policy) <= limit_ms for day in (1, 2, 3)):
            found.rise += _RISE_STEP
            assert found.rise < _MOST_RISE, "the controller holds the limit in any crowd"
        found.rise -= 2 * _RISE_STEP
        return found

    def congestion(self, hour: int) -> float:
        """Over that of a quiet night."""
        day = round((hour - self.peak) / 24)
        away = (hour - self.peak) - 24 * day
        return 1 + self.rise * max(1 + day / DAYS, 0) * math.exp(-((away / 2.5) ** 2))

    def hour(self, hour: int, policy: Policy) -> dict[Cell, Rollup]:
        """What is counted of it."""
        slow, all_ = self._slow(hour, policy), self._counted("fast", 1.0, hour, policy)
        all_.add(slow)
        return {Cell("all", ""): all_, Cell("connection", "slow"): slow}

    def arms(self, hour: int, policy: Policy) -> dict[Cell, Rollup]:
        """What is counted of slow connections, by arm: the holdout is served by no tier."""
        off = policy.model_copy(update={"tiers_on": (policy.default_tier,)})
        return {
            Cell("connection+arm", "slow,treatment"): self._slow(hour, policy),
            Cell("connection+arm", "slow,control"): self._slow(hour, off),
        }

    def p75(self, hour: int, policy: Policy) -> float:
        """LCP of slow connections, ms."""
        found = self._slow(hour, policy).quantile("lcp_ms", 0.75)
        assert found
        return found

    def _slow(self, hour: int, policy: Policy) -> Rollup:
        return self._counted("slow", self.congestion(hour), hour, policy)

    def _counted(self, connection: str, congestion: float, hour: int, policy: Policy) -> Rollup:
        slower = math.exp(random.Random(hour - self.peak).gauss(0, _NOISE))  # noqa: S311
        views = self._views(connection, round(congestion * _STEPS), policy)
        rollup = Rollup()
        rollup.fields[Field.VIEWS] = rollup.fields[Field.MEASURED] = len(views)
        rollup.fields[Field.BYTES] = round(sum(1_000_000 * view.weight for view in views))
        for view in views:
            rollup.codes[vital.code_of(INDEX["lcp_ms"], view.lcp_ms * slower)] += 1
        return rollup

    def _views(self, connection: str, step: int, policy: Policy) -> list[_View]:
        rules = f"{policy.target_lcp_ms} {policy.tiers_on}"
        key = (connection, step, rules)
        if key not in self._known:
            self._known[key] = _visit(connection, step / _STEPS, policy)
        return self._known[key]


def _visit(connection: str, congestion: float, policy: Policy) -> list[_View]:
    """Sessions that are the same each time."""
    chance = random.Random(connection)  # noqa: S311
    found = []
    for session in range(_SESSIONS):
        fixed_ms = _FIXED_MS * math.exp(chance.gauss(0, 0.2))
        moved_ms = _MOVED_MS[connection] * math.exp(chance.gauss(0, 0.3))
        state = SessionState()
        for view in range(_VISITS[session % len(_VISITS)]):
            served = tier.serving(state, policy)
            weight = policy.image_weight[served]
            lcp_ms = fixed_ms + moved_ms * congestion * weight
            lcp_ms *= math.exp(chance.gauss(0, _SPREAD))
            found.append(_View(lcp_ms, weight))
            report = Beacon.model_validate(
                {
                    "view_id": f"view-{session:04}-{view:04}",
                    "page": "/index.html",
                    "navigation": "navigate",
                    "tier": str(served),
                    "vitals": {"lcp_ms": lcp_ms, "ttfb_ms": min(fixed_ms, lcp_ms)},
                    "network": {"ect": "4g", "rtt_ms": _RTT_MS[connection]},
                }
            )
            state = tier.follow(state, report, policy)
    return found
