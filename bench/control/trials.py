"""Every policy on the same sessions, and what to count of it."""

from __future__ import annotations

import random
import statistics
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from adaptive.edge.policy import Tier
from bench.control import judge, priors, traces
from bench.control.policies import SITE, Always, Hints, Naive, Ours
from bench.control.sessions import plan

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bench.control.judge import Worth
    from bench.control.link import Link
    from bench.control.policies import Known, Policy
    from bench.control.sessions import Session, View

SLOWDOWNS = (1, 4, 6)
_RESAMPLES = 400
_QUANTILES = 0.025, 0.975


def _ours(default: Tier) -> Callable[[Known], Policy]:
    return lambda known: Ours(SITE.rules.model_copy(update={"default_tier": default}), known)


POLICIES: Mapping[str, Callable[[Known], Policy]] = {
    "always full": lambda _: Always(Tier.FULL),
    "always lite": lambda _: Always(Tier.LITE),
    "hints": lambda _: Hints(),
    "naive": lambda _: Naive(),
    "ours, no prior": lambda _: Ours(SITE.rules),
    "ours": _ours(SITE.delivery.default_tier),
}
BEGINNING_AT = {tier: _ours(tier) for tier in Tier}
"""Ours, if unknown visitors got this tier."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One session under one policy."""

    session: Session
    views: tuple[View, ...]

    @property
    def family(self) -> str:
        """Which kind of connection."""
        return traces.family(self.session.link.name)

    @property
    def changes(self) -> int:
        """How often the tier moved."""
        return judge.changes(self.views)

    @property
    def settled_after(self) -> int:
        """Views before the last move of the tier."""
        tiers = [view.tier for view in self.views]
        return max((at for at in range(1, len(tiers)) if tiers[at] != tiers[at - 1]), default=0)


@dataclass(frozen=True, slots=True)
class Trials:
    """All visits, by policy; `oracle` is one of them."""

    worth: Worth
    visits: Mapping[str, tuple[Visit, ...]]

    @classmethod
    def of(cls, links: Sequence[Link], worth: Worth, *, seed: int) -> Self:
        """One session on every link for each processor, the same for all policies."""
        halves: tuple[list[tuple[Session, float]], ...] = ([], [])
        for number, link in enumerate(links):
            chance = random.Random(f"{seed} {link.name}")  # noqa: S311 - a simulation
            some = [(plan(chance, link, slow), chance.random()) for slow in SLOWDOWNS]
            halves[number % 2].extend(some)
        # Nobody is held for what his own link was like: each half begins with the other's priors.
        learnt = [priors.learnt(each for each, _ in half) for half in reversed(halves)]
        sessions = [
            (each, luck, priors.known(found, each))
            for half, found in zip(halves, learnt, strict=True)
            for each, luck in half
        ]
        visits = {
            name: tuple(
                Visit(each, tuple(judge.play(each, make(known), luck)))
                for each, luck, known in sessions
            )
            for name, make in (*POLICIES.items(), *BEGINNING_AT.items())
        }
        visits["oracle"] = tuple(
            Visit(each, tuple(judge.foresee(each, worth))) for each, _, _ in sessions
        )
        return cls(worth, visits)

    @property
    def views(self) -> int:
        """How many each policy served."""
        return sum(len(visit.views) for visit in self.visits["oracle"])

    def only(self, keep: Callable[[Visit], bool]) -> Trials:
        """Those of some sessions."""
        kept = {name: tuple(v for v in visits if keep(v)) for name, visits in self.visits.items()}
        return Trials(self.worth, kept)

    def mean(self, policy: str, of: Callable[[View], float]) -> float:
        """Of a figure per view, over all views."""
        return statistics.fmean(of(view) for v in self.visits[policy] for view in v.views)

    def utility(self, policy: str) -> float:
        """Mean over all views."""
        return self.mean(policy, self.worth.of)

    def ratio(self, policy: str) -> float:
        """Its utility over the oracle's."""
        return self.utility(policy) / self.utility("oracle")

    def per_session(self, policy: str, of: Callable[[Visit], float]) -> float:
        """Mean of a figure per session."""
        return statistics.fmean(of(visit) for visit in self.visits[policy])

    def interval(self, policy: str) -> tuple[float, float]:
        """Of the ratio, 95 %: bootstrap by trace."""
        ours, oracle = self._by_trace(policy), self._by_trace("oracle")
        names = sorted(ours)
        chance = random.Random(len(names))  # noqa: S311 - a simulation
        ratios = []
        for _ in range(_RESAMPLES):
            drawn = chance.choices(names, k=len(names))
            ratios.append(sum(ours[n] for n in drawn) / sum(oracle[n] for n in drawn))
        ratios.sort()
        low, high = (ratios[int(share * (_RESAMPLES - 1))] for share in _QUANTILES)
        return low, high

    def harmed(self) -> tuple[int, int]:
        """Views that `full` would have met the target at: those we served poorer, and all."""
        harmed = could = 0
        for visit in self.visits["ours"]:
            before: Tier | None = None
            for number, view in enumerate(visit.views):
                if self.worth.met(visit.session.view(number, Tier.FULL, before)):
                    could += 1
                    harmed += view.tier is not Tier.FULL
                before = Tier.FULL
        return harmed, could

    def _by_trace(self, policy: str) -> dict[str, float]:
        totals: dict[str, float] = defaultdict(float)
        for visit in self.visits[policy]:
            totals[visit.session.link.name] += sum(map(self.worth.of, visit.views))
        return totals
