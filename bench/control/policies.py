"""Who decides: each gets the beacons so far and names the next view's tier."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from adaptive.delivery import tier as controller
from adaptive.delivery.score import CURVES, curve
from adaptive.delivery.session import SessionState
from adaptive.edge.policy import Tier
from infra import config

if TYPE_CHECKING:
    from collections.abc import Callable

    from adaptive.delivery.beacon import Beacon
    from adaptive.delivery.session import Prior
    from adaptive.settings.rules import ScoreRules

    Known = Callable[[Beacon], Prior | None]
    """The prior of a session that begins with a report."""

SITE = config.load(Path(__file__).parents[2] / "site.toml")

_SLOW_RTT_MS = 150
_SAYS_OTHER_THAN_4G = 0.005
_LADDER = tuple(Tier)
_BORDERS = (90, 75, 50)


def unknown(_: Beacon) -> None:
    """Of visitors of whom nothing was measured."""


class Policy(Protocol):
    """`first` is for a view of which nothing is known but what the browser says."""

    def first(self, rtt_ms: float, luck: float) -> Tier:
        """The tier of the first view; `luck` is 0-1."""

    def after(self, beacon: Beacon) -> Tier:
        """The tier of the next."""


@dataclass(slots=True)
class Always:
    """One tier for everybody."""

    tier: Tier

    def first(self, rtt_ms: float, luck: float) -> Tier:  # noqa: ARG002 - decides alike
        """See Policy."""
        return self.tier

    def after(self, beacon: Beacon) -> Tier:  # noqa: ARG002 - decides alike
        """See Policy."""
        return self.tier


@dataclass(slots=True)
class Hints:
    """What CDNs do today: lite if RTT is over 150 ms, on Save-Data, or below 4g."""

    _tier: Tier = Tier.FULL

    def first(self, rtt_ms: float, luck: float) -> Tier:
        """See Policy."""
        poor = rtt_ms > _SLOW_RTT_MS or luck < _SAYS_OTHER_THAN_4G
        self._tier = Tier.LITE if poor else Tier.FULL
        return self._tier

    def after(self, beacon: Beacon) -> Tier:  # noqa: ARG002 - decides alike
        """See Policy."""
        return self._tier


@dataclass(slots=True)
class Naive:
    """A score of what was experienced, smoothed; thresholds at 90, 75 and 50."""

    _lcp_ms: float | None = None

    def first(self, rtt_ms: float, luck: float) -> Tier:  # noqa: ARG002 - decides alike
        """See Policy."""
        return Tier.FULL

    def after(self, beacon: Beacon) -> Tier:
        """See Policy."""
        lcp_ms = beacon.vitals.lcp_ms or 0
        self._lcp_ms = lcp_ms if self._lcp_ms is None else (self._lcp_ms + lcp_ms) / 2
        points = 100 * curve(self._lcp_ms, *CURVES["lcp_ms"][:2])
        borders = zip(_LADDER, _BORDERS, strict=False)
        return next((tier for tier, border in borders if points >= border), Tier.MINIMAL)


@dataclass(slots=True)
class Ours:
    """What is deployed; `known` is what was measured of such visitors."""

    rules: ScoreRules
    known: Known = unknown
    state: SessionState = field(default_factory=SessionState)

    def first(self, rtt_ms: float, luck: float) -> Tier:  # noqa: ARG002 - decides alike
        """See Policy."""
        return self.rules.default_tier

    def after(self, beacon: Beacon) -> Tier:
        """See Policy."""
        prior = None if self.state.prior else self.known(beacon)
        self.state = controller.follow(self.state, beacon, self.rules, prior=prior)
        return self.state.tier or self.rules.default_tier
