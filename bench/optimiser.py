"""What the optimiser's proposals cost and bring: its regret against the best fixed policy.

Simulated sites, each with a worth of its own at every point of the grid (a bowl whose bottom and
widths are drawn, with ripples: not what the optimiser believes in), and a region that does harm. A
round is one experiment: half of the sessions get the candidate, the judge's rule promotes it, and
harm is rolled back after a tenth of the time. The peer tries points at random.
"""

import argparse
import math
import random
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from adaptive.edge.policy import Tier
from adaptive.experiments import sequential
from adaptive.experiments.evidence import ALPHA, TUNED
from adaptive.experiments.optimiser import Lesson, Proposal, propose
from adaptive.experiments.search import Point, Search
from bench.report import Result, finish, say

_SEARCH = Search(
    metric="revenue",
    minimum_effect=0.01,
    guardrails={"conversion": 0.0},
    lcp_ms=(1_500, 3_500),
    share=(0.6, 0.9),
    default_tiers=(Tier.FULL, Tier.STANDARD, Tier.LITE),
)
_START = Point(2_500, 0.75, Tier.FULL)
_DEPTH = 0.06  # what the bowl's rim is worth less than its bottom, relative
_RIPPLE = 0.004
_SESSIONS = 40_000  # an arm, in a round
_SPREAD = 0.6  # of a session's outcome, relative
_UNTIL_ROLLED_BACK = 0.1  # of a round
_HARMFUL = -0.03

_Next = Callable[[Point, list[Lesson], random.Random], Point | None]


@dataclass(frozen=True, slots=True)
class _Site:
    worth: dict[Point, float]

    @classmethod
    def of(cls, chance: random.Random) -> "_Site":
        grid = [*_SEARCH.grid()]
        bottom = _SEARCH.place(chance.choice(grid))
        widths = [chance.uniform(2, 5), chance.uniform(2, 5), chance.uniform(1, 3)]
        return cls(
            {
                point: chance.gauss(0, _RIPPLE)
                - _DEPTH
                * math.tanh(
                    sum(
                        ((a - b) / width) ** 2
                        for a, b, width in zip(_SEARCH.place(point), bottom, widths, strict=True)
                    )
                )
                for point in grid
            }
        )

    @property
    def best(self) -> float:
        return max(self.worth.values())


@dataclass(frozen=True, slots=True)
class _Way:
    """`regret` by round: what the best fixed policy would have brought more, relative."""

    regret: list[float]
    left: float
    outside: int


def _play(site: _Site, rounds: int, choose: _Next, chance: random.Random) -> _Way:
    current, lessons, regret, outside = _START, list[Lesson](), list[float](), 0
    error = _SPREAD * math.sqrt(2 / _SESSIONS)
    reach = error * sequential.two_sided(_SESSIONS / 2, alpha=ALPHA, rho2=TUNED)
    grid = set(_SEARCH.grid())
    for _ in range(rounds):
        candidate = choose(current, lessons, chance)
        if candidate is None:
            regret.append(site.best - site.worth[current])
            continue
        outside += candidate not in grid
        gain = site.worth[candidate] - site.worth[current]
        is_harmful = gain < _HARMFUL
        on_trial = 0.5 * (_UNTIL_ROLLED_BACK if is_harmful else 1)
        regret.append(site.best - site.worth[current] - on_trial * gain)
        wider = error / math.sqrt(_UNTIL_ROLLED_BACK) if is_harmful else error
        seen = chance.gauss(gain, wider)
        lessons.append(Lesson(current, candidate, seen, wider, was_harmful=is_harmful))
        if not is_harmful and seen - reach >= _SEARCH.minimum_effect:
            current = candidate
    return _Way(regret, site.best - site.worth[current], outside)


def _ours(current: Point, lessons: list[Lesson], chance: random.Random) -> Point | None:
    found: Proposal | None = propose(_SEARCH, current, lessons, lambda: chance.gauss(0, 1))
    return None if found is None else found.point


def _at_random(current: Point, lessons: list[Lesson], chance: random.Random) -> Point | None:  # noqa: ARG001 - learns nothing
    return chance.choice([each for each in _SEARCH.grid() if each != current])


def _never(current: Point, lessons: list[Lesson], chance: random.Random) -> Point | None:  # noqa: ARG001 - stays
    return None


def _told(ways: Sequence[_Way]) -> dict[str, float]:
    rounds = len(ways[0].regret)
    return {
        "regret_a_round": round(statistics.fmean(statistics.fmean(w.regret) for w in ways), 4),
        "in_the_first_five": round(
            statistics.fmean(statistics.fmean(w.regret[:5]) for w in ways), 4
        ),
        "in_the_last_five": round(
            statistics.fmean(statistics.fmean(w.regret[rounds - 5 :]) for w in ways), 4
        ),
        "of_the_policy_in_force_at_the_end": round(statistics.fmean(w.left for w in ways), 4),
    }


def main() -> None:
    """The same sites for every way of choosing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1_000, help="sites (%(default)s)")
    parser.add_argument("--rounds", type=int, default=20, help="experiments each (%(default)s)")
    options = parser.parse_args()
    sites = [_Site.of(random.Random(seed)) for seed in range(options.runs)]  # noqa: S311
    found: dict[str, dict[str, float]] = {}
    outside = 0
    ways: dict[str, _Next] = {"optimiser": _ours, "at_random": _at_random, "never": _never}
    for name, choose in ways.items():
        played = [
            _play(site, options.rounds, choose, random.Random(seed))  # noqa: S311
            for seed, site in enumerate(sites)
        ]
        found[name] = _told(played)
        outside += sum(each.outside for each in played)
        say(f"{name}: {found[name]}")
    ours, peer = (found[name]["regret_a_round"] for name in ("optimiser", "at_random"))
    finish(
        Result(
            name="optimiser",
            value=ours,
            unit="of revenue a round, less than the best fixed policy",
            peer="experiments at random points",
            peer_value=peer,
            ratio=peer / ours,
            n=options.runs,
        ),
        outside_the_bounds=outside,
        **found,
    )


if __name__ == "__main__":
    main()
