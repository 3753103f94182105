import pytest

from adaptive.delivery.trial import BASELINE, CANDIDATE
from adaptive.experiments import guardrail
from adaptive.experiments.effect import Effect
from adaptive.experiments.evidence import is_mismatched
from adaptive.experiments.metric import METRICS
from adaptive.experiments.mismatch import is_mismatch, log_evidence
from adaptive.experiments.tallies import ArmTally

LCP, CONVERSION = METRICS["lcp"], METRICS["conversion"]


def effect(name: str, estimate: float, error: float) -> Effect:
    return Effect(METRICS[name], estimate, error, 500, 0.03, 10_000, 500)


def test_proven_harm_is_a_breach_told_with_its_evidence() -> None:
    slower = effect("lcp", 0.15, 0.027)
    [breach] = guardrail.breaches({"lcp": slower}, {"lcp": 0})
    assert breach.metric == "lcp"
    assert 0 < breach.at_least < breach.estimate == pytest.approx(0.1618, abs=0.001)
    assert (breach.margin, breach.sessions) == (0, 500)


def test_harm_within_the_margin_and_improvements_are_none() -> None:
    slower, faster = effect("lcp", 0.15, 0.027), effect("lcp", -0.3, 0.027)
    assert guardrail.breaches({"lcp": slower}, {"lcp": 0.1}) == []
    assert guardrail.breaches({"lcp": faster}, {"lcp": 0}) == []


def test_fewer_conversions_are_harm_and_more_are_not() -> None:
    fewer, more = effect("conversion", -0.02, 0.004), effect("conversion", 0.02, 0.004)
    assert guardrail.breaches({"conversion": fewer}, {"conversion": 0})
    assert not guardrail.breaches({"conversion": more}, {"conversion": 0})


def test_what_cannot_be_compared_yet_is_no_breach() -> None:
    assert guardrail.breaches({"lcp": None}, {"lcp": 0, "conversion": 0}) == []


def test_each_of_several_guardrails_asks_for_more_evidence() -> None:
    border = effect("lcp", 0.027 * 2.9, 0.027)
    assert guardrail.harm_bound(border, of=1) > 0 > guardrail.harm_bound(border, of=5)


def test_arms_out_of_their_shares_are_a_mismatch() -> None:
    assert is_mismatch([(9_600, 10_400, 0.5)])
    assert is_mismatch([(400, 19_600, 0.01)])
    assert not is_mismatch([(10_040, 9_960, 0.5)])
    assert not is_mismatch([(195, 19_805, 0.01)])
    assert not is_mismatch([])


def test_an_arm_whose_visitors_come_back_more_often_is_no_mismatch() -> None:
    drawn = ArmTally(sessions=5_000, drawn=5_000)
    brought_back = ArmTally(sessions=9_000, drawn=5_000)
    assert not is_mismatched({"2026-11-02@0.5": {CANDIDATE: brought_back, BASELINE: drawn}})
    lost = ArmTally(sessions=5_000, drawn=4_500)
    assert is_mismatched({"2026-11-02@0.5": {CANDIDATE: lost, BASELINE: drawn}})


def test_small_leanings_of_every_step_add_up_to_a_mismatch() -> None:
    step = (2_380, 2_620, 0.5)
    assert not is_mismatch([step])
    assert is_mismatch([step] * 4)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_with_all_traffic_in_one_arm_there_is_nothing_to_mismatch(share: float) -> None:
    assert log_evidence(10, 10, share=share) == 0
