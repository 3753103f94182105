"""Whatever an experiment may change reaches its candidates' pages, and is judged by any metric."""

import math
from dataclasses import replace
from typing import Any

import pytest

from adaptive.delivery.policy import Policy
from adaptive.delivery.session import SessionId, SessionState
from adaptive.delivery.tier import choose
from adaptive.delivery.trial import CANDIDATE, Changes, Trial
from adaptive.experiments import guardrail
from adaptive.experiments.effect import Stratum, compare
from adaptive.experiments.metric import METRICS, Kind
from adaptive.experiments.moments import Moments
from tests.samples import INITIAL, TREATED
from tests.unit.test_tier import walk

SUBJECTS: dict[str, dict[str, Any]] = {
    "thresholds, by connection": {"target_lcp_ms": {"slow": 1_000}},
    "target": {"target": {"lcp_ms": 1_000, "inp_ms": 200, "share": 0.75}},
    "ladder, as the tiers that use it": {"tiers_on": ["lite", "minimal"], "default_tier": "lite"},
    "bundles, as the tiers that have twins": {"tiers_on": ["full", "standard"]},
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
    states = [walk([(300, moved, 50)] * 3)[1] for moved in (100, 900, 1_500, 2_500, 9_000)]
    fresh = [replace(each, tier=None, connection="slow") for each in states]
    served = [(choose(each, INITIAL), choose(each, mine)) for each in (SessionState(), *fresh)]
    assert any(before is not after for before, after in served), served


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
