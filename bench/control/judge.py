"""What a view is worth, and what a policy made of a session. docs/control.md defines it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from adaptive.edge.policy import Tier
from bench.control.sessions import beacon

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adaptive.settings.rules import Target
    from bench.control.policies import Policy
    from bench.control.sessions import Session, View


@dataclass(frozen=True, slots=True)
class Worth:
    """`richness` of a tier is 0-1; a view that misses the target costs `penalty`."""

    target: Target
    richness: Mapping[Tier, float]
    penalty: float

    def fast(self, view: View) -> bool:
        """Whether its LCP is within the target."""
        return view.loaded.lcp_ms <= self.target.lcp_ms

    def prompt(self, view: View) -> bool:
        """Whether its INP is within the target."""
        return view.inp_ms <= self.target.inp_ms

    def met(self, view: View) -> bool:
        """Whether it is within the target altogether."""
        return self.fast(view) and self.prompt(view)

    def of(self, view: View) -> float:
        """A view's utility: its value if both targets are met, half a penalty for each missed."""
        missed = 2 - self.fast(view) - self.prompt(view)
        return -self.penalty * missed / 2 if missed else self.richness[view.tier]


def play(session: Session, policy: Policy, luck: float) -> list[View]:
    """The session's views under a policy."""
    views: list[View] = []
    tier = policy.first(session.link.rtt_s * 1_000, luck)
    for number, plan in enumerate(session.plans):
        view = session.view(number, tier, views[-1].tier if views else None)
        views.append(view)
        tier = policy.after(beacon(number, view, plan))
    return views


def foresee(session: Session, worth: Worth) -> list[View]:
    """The session's views by one who knows the trace: each view's best tier."""
    views: list[View] = []
    for number in range(len(session.plans)):
        before = views[-1].tier if views else None
        options = [session.view(number, tier, before) for tier in Tier]
        views.append(max(options, key=worth.of))
    return views


def changes(views: Sequence[View]) -> int:
    """How often the tier moved."""
    return sum(a.tier != b.tier for a, b in pairwise(views))
