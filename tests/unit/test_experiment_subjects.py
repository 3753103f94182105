"""Whatever an experiment may change reaches its candidates' pages, and is judged by any metric."""

import math
from dataclasses import replace
from typing import Any

import pytest

from adaptive.delivery.policy import Policy
from adaptive.delivery.session import SessionId, SessionState
from adaptive.delivery.tier import choose
from adaptive.delivery.trial import CANDIDATE, Changes, Trial
from adaptive.edge import variant
from adaptive.experiments import guardrail
from adaptive.experiments.effect import Stratum, compare
from adaptive.experiments.metric import METRICS, Kind
from adaptive.experiments.moments import Moments
from tests.samples import INITIAL, POLICY, TREATED, edge_event
from tests.unit.test_tier import walk

SUBJECTS: dict[str, dict[str, Any]] = {
    "thresholds, by connection": {"target_lcp_ms": {"slow": 1_000}},
    "target": {"target": {"lcp_ms": 1_000, "inp_ms": 200, "share": 0.75}},
    "which tiers there are": {"tiers_on": ["lite", "minimal"], "default_tier": "lite"},
    "ladder of a tier": {"served_as": {"lite": "thrifty"}},
    "bundle of a tier": {"served_as": {"lite": "whole"}},
    "bundle of a tier, built anew": {"served_as": {"minimal": "rebuilt"}},
    "worth of the tiers": {"value": {"full": 1, "standard": 0.2, "lite": 0.1, "minimal": 0}},
    "default tier": {"default_tier": "standard"},
}


def candidate(changes: dict[str, Any]) -> Policy:
    trial = Trial(
        name="one", layer="x", slots=(0, 1_000), share=1, changes=Changes.model_validate(changes)
    )
    policy = Policy(**{**INITIAL.model_dump(), "trials": [trial.model_dump()]})
    assert trial.arm_of(SessionId(TREATED)) == CANDIDATE
    return policy.of(SessionId(TREATED))


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_subject_changes_what_some_candidates_are_served(subject: str) -> None:
    mine = candidate(SUBJECTS[subject])
    views = [(300, moved, 50) for moved in (100, 900, 1_500, 2_500, 5_000, 9_000, 30_000)]
    fresh = [replace(walk([view] * 3)[1], tier=None, connection="slow") for view in views]
    fetched = [(assets(each, INITIAL), assets(each, mine)) for each in (SessionState(), *fresh)]
    assert any(before != after for before, after in fetched), fetched


def assets(state: SessionState, policy: Policy) -> list[str]:
    """What the page of such a session fetches: the edge's answers to the cookies of `ingest`."""
    tier = choose(state, policy)
    recipe = policy.served_as.get(tier)
    cookie = f"ae_tier={tier}" + (f"; ae_recipe={recipe}" if recipe else "")
    requests = [
        edge_event(uri, cookie=cookie)["Records"][0]["cf"]["request"]
        for uri in ("/img/hero.jpg", "/js/shop.js")
    ]
    return [variant.adapt(each, POLICY)["uri"] for each in requests]


def _sessions(metric: str, mean: float) -> Moments:
    """A thousand, half of them above and half below: of shares and ratios the mean alone."""
    of = METRICS[metric]
    if of.kind is Kind.RATIO:
        return Moments.of([(mean * 2 + spread, 2) for spread in (-0.1, 0.1)] * 500)
    return Moments.of([(mean + spread, 0) for spread in (-0.1, 0.1)] * 500)


@pytest.mark.parametrize("metric", METRICS)
def test_harm_and_gain_are_told_apart_for_every_metric(metric: str) -> None:
    better = METRICS[metric].better
    usual, change = 1.0, 0.2
    for way in (1, -1):
        moved = math.log(1 + way * change) if METRICS[metric].kind is Kind.LOG else way * change
        strata = [Stratum(_sessions(metric, usual), _sessions(metric, usual + moved))]
        effect = compare(METRICS[metric], strata)
        assert effect
        assert effect.improvement == pytest.approx(way * better * change, rel=0.01)
        broken = guardrail.breaches({metric: effect}, {metric: 0.05})
        assert bool(broken) is (way * better < 0)
