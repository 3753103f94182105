"""What the sequential analysis promises, held against simulated experiments.

A/A tests looked at every ten users, harm found in a canary, power, sample-ratio mismatch, and what
a period of the judge costs. The peer is a t-test at every look: what most dashboards invite to.
"""

import argparse
import math
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from adaptive.experiments import guardrail, mismatch, sequential
from adaptive.experiments.effect import FEWEST, Effect, Stratum, compare
from adaptive.experiments.metric import METRICS, Metric
from adaptive.experiments.moments import Moments
from bench.judge_period import cost, ends_of, late_periods
from bench.report import Result, finish, say
from infra import config

_SITE = Path(__file__).parents[1] / "site.toml"
_LCP, _CONVERSION, _REVENUE, _GOOD = (
    METRICS[name] for name in ("lcp", "conversion", "revenue", "good_lcp")
)
_MEDIAN_LCP = math.log(2_000)
_SPREAD = 0.6  # sd of ln(LCP) from user to user
_WITHIN = 0.4  # and from view to view of a user, where users have several
_T_95 = 1.96
_ALPHA = 0.05
_LOOK_EVERY = 10
_CANARY = 0.05
_HALF = 0.5
_BUYERS = 0.03
_GUARDRAILS = 3
_JUDGED = {"A/A": 0.0, "LCP -5 %": -0.05, "LCP -10 %": -0.1}
_Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Arm:
    """Running sums of users in order of their arrival."""

    sums: _Values

    @classmethod
    def of(cls, y: _Values, x: _Values | None = None) -> "_Arm":
        x = np.zeros_like(y) if x is None else x
        return cls(np.cumsum(np.stack([y, y * y, x, x * x, x * y], axis=-1), axis=0))

    def after(self, users: int) -> Moments:
        return Moments(users, *map(float, self.sums[users - 1]))


def _looks(metric: Metric, control: _Arm, treatment: _Arm, *, share: float) -> Iterator[Effect]:
    """After every ten users of the smaller arm, whose share of the traffic it is."""
    per_look = _LOOK_EVERY if share < _HALF else _LOOK_EVERY // 2
    for users in range(FEWEST, len(treatment.sums) + 1, per_look):
        others = round(users * (1 - share) / share)
        effect = compare(metric, [Stratum(control.after(others), treatment.after(users))])
        if effect is not None:
            yield effect


def _excludes_zero(effect: Effect, rho2: float) -> bool:
    low, high = effect.interval(alpha=_ALPHA, rho2=rho2)
    return not low <= 0 <= high


def _users(chance: np.random.Generator, metric: Metric, count: int, views: int) -> _Arm:
    """`count` users without any effect, with so many views each."""
    if metric is _CONVERSION:
        return _Arm.of((chance.random(count) < _BUYERS).astype(float))
    if metric is _REVENUE:
        bought = chance.random(count) < _BUYERS
        return _Arm.of(np.where(bought, np.minimum(chance.lognormal(4, 0.8, count), 500), 0.0))
    own = chance.normal(_MEDIAN_LCP, _SPREAD, (count, 1))
    logs = own + (chance.normal(0, _WITHIN, (count, views)) if views > 1 else 0)
    if metric is _GOOD:
        return _Arm.of((logs < math.log(2_500)).sum(axis=1).astype(float), np.full(count, views))
    return _Arm.of(logs.mean(axis=1))


def _same(runs: int, metric: Metric, *, views: int = 1) -> dict[str, float]:
    """Shares of A/A tests of 5,000 users an arm that find a difference at any of their looks."""
    chance = np.random.default_rng(9)
    rho2 = sequential.tuned(_ALPHA, 2_500)
    alarms = by_t = by_view = harmed = 0
    for _ in range(runs):
        arms = [_users(chance, metric, 5_000, views) for _ in range(2)]
        found = t_found = v_found = harm = False
        for effect in _looks(metric, arms[0], arms[1], share=_HALF):
            found = found or _excludes_zero(effect, rho2)
            t_found = t_found or abs(effect.z) > _T_95
            v_found = v_found or abs(effect.z) * _inflation(views) > _T_95
            harm = harm or guardrail.harm_bound(effect, of=1) > 0
        alarms, by_t, harmed = alarms + found, by_t + t_found, harmed + harm
        by_view += v_found
    shares = {"always_valid": alarms, "guardrail": harmed, "t_test_at_every_look": by_t}
    if views > 1:
        shares["t_test_of_views"] = by_view
    return {name: round(count / runs, 4) for name, count in shares.items()}


def _inflation(views: int) -> float:
    """How far too small a standard error is that takes views for independent."""
    of_users = _SPREAD**2 + _WITHIN**2 / views
    return math.sqrt(of_users * views / (_SPREAD**2 + _WITHIN**2))


def _harm(runs: int, *, share: float, change: float) -> dict[str, float]:
    """Users of a canary until its slower LCP is proven, as one of three guardrails."""
    chance = np.random.default_rng(10)
    most = 2_000
    needed: list[float] = []
    for _ in range(runs):
        control = _Arm.of(chance.normal(_MEDIAN_LCP, _SPREAD, round(most * (1 - share) / share)))
        slow = _Arm.of(chance.normal(_MEDIAN_LCP + math.log1p(change), _SPREAD, most))
        found = (
            effect.m
            for effect in _looks(_LCP, control, slow, share=share)
            if guardrail.harm_bound(effect, of=_GUARDRAILS) > 0
        )
        needed.append(next(found, math.inf))
    needed.sort()
    return {
        "median_users": statistics.median(needed),
        "p90_users": needed[math.ceil(0.9 * runs) - 1],
        "found_within_2000": sum(map(math.isfinite, needed)) / runs,
    }


def _power(runs: int, *, change: float, covariate: float = 0.0) -> float:
    """Share of tests of 5,000 users an arm that prove the improvement; `covariate` is how far the
    first view correlates with those after it.
    """
    chance = np.random.default_rng(11)
    rho2 = sequential.tuned(_ALPHA, 2_500)
    proven = 0
    for _ in range(runs):
        arms = []
        for shift in (0.0, math.log1p(-change)):
            before = chance.normal(0, _SPREAD, 5_000)
            rest = chance.normal(0, _SPREAD * math.sqrt(1 - covariate**2), 5_000)
            known = before if covariate else np.zeros(5_000)
            arms.append(_Arm.of(_MEDIAN_LCP + shift + covariate * before + rest, known))
        proven += any(
            _excludes_zero(effect, rho2) and effect.estimate < 0
            for effect in _looks(_LCP, arms[0], arms[1], share=_HALF)
        )
    return proven / runs


def _ratio_alarms(runs: int, *, treated: float, users: int = 20_000) -> float:
    """Share of tests, meant to be half and half, that raise the alarm at any of their looks."""
    chance = np.random.default_rng(12)
    alarms = 0
    for _ in range(runs):
        counts = np.cumsum(chance.random(users) < treated)
        alarms += any(
            mismatch.is_mismatch([(int(counts[seen - 1]), seen - int(counts[seen - 1]), _HALF)])
            for seen in range(_LOOK_EVERY, users + 1, _LOOK_EVERY)
        )
    return alarms / runs


def main() -> None:
    """Run all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1_000, help="of each (%(default)s)")
    runs = parser.parse_args().runs
    began = time.monotonic()

    def told(name: str, found: dict[str, float]) -> dict[str, float]:
        say(f"{name}: {found} ({time.monotonic() - began:.0f} s)")
        return found

    same = {
        "lcp": told("A/A, LCP", _same(runs, _LCP)),
        "lcp_5_views": told("A/A, LCP, 5 views a user", _same(runs, _LCP, views=5)),
        "good_lcp_5_views": told("A/A, good LCP, 5 views", _same(runs, _GOOD, views=5)),
        "conversion": told("A/A, conversion", _same(runs, _CONVERSION)),
        "revenue": told("A/A, revenue", _same(runs, _REVENUE)),
    }
    slow = told("LCP +10 %", _harm(runs, share=_CANARY, change=0.1))
    power = told(
        "LCP -5 %",
        {
            "plain": _power(runs, change=0.05),
            "with_first_view": _power(runs, change=0.05, covariate=0.6),
        },
    )
    ratio = told(
        "sample ratio",
        {
            "alarms_48_52": _ratio_alarms(runs, treated=0.48),
            "false_alarms": _ratio_alarms(runs, treated=0.5),
        },
    )
    site = config.load(_SITE)
    late = late_periods(site, runs)
    judged = {
        name: told(f"{name}, by the judge", ends_of(site, runs, change=change))
        for name, change in _JUDGED.items()
    }
    period = told("a period of the judge", cost(site))
    ours, peer = same["lcp"]["always_valid"], same["lcp"]["t_test_at_every_look"]
    finish(
        Result(
            name="experiments",
            value=ours,
            unit="share of A/A tests with a false positive, a look every 10 users",
            peer="a t-test at every look",
            peer_value=peer,
            ratio=peer / max(ours, 1 / runs),
            n=runs,
        ),
        same=same,
        lcp_10_percent_slower=slow,
        power_5_percent=power,
        sample_ratio=ratio,
        rolled_back_later_than_the_first_period=late,
        promoted_by_the_judge={name: ends["promoted"] for name, ends in judged.items()},
        rolled_back_by_the_judge={name: ends["rolled_back"] for name, ends in judged.items()},
        period_of_the_judge=period,
    )


if __name__ == "__main__":
    main()
