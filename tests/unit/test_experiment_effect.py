import math
import random
from dataclasses import astuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptive.experiments import sequential, words
from adaptive.experiments.effect import FEWEST, Effect, Stratum, compare
from adaptive.experiments.heterogeneity import discovered, is_novelty, unlike_the_rest
from adaptive.experiments.metric import METRICS
from adaptive.experiments.moments import Moments
from adaptive.experiments.quantile import compare_at
from adaptive.monitoring import sketch

LCP, GOOD, CONVERSION, REVENUE = (
    METRICS[name] for name in ("lcp", "good_lcp", "conversion", "revenue")
)
PAIRS = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), max_size=30)


def whole(pairs: list[tuple[int, int]]) -> Moments:
    """As in the store: of integers, exact."""
    found = Moments.of(pairs)
    return Moments.load([int(each) for each in astuple(found)])


def logs(seed: int, count: int, *, shift: float = 0.0) -> Moments:
    chance = random.Random(seed)  # noqa: S311 - the same every time
    return Moments.of((7.6 + shift + chance.gauss(0, 0.6), 0.0) for _ in range(count))


def effect(estimate: float, error: float, *, information: float = 2_500) -> Effect:
    return Effect(LCP, estimate, error, information, 2_000, 5_000, 5_000)


@given(PAIRS, PAIRS, PAIRS)
def test_moments_merge_in_any_order_and_grouping(a: list, b: list, c: list) -> None:  # type: ignore[type-arg]
    one, two, three = map(whole, (a, b, c))
    assert (one + two) + three == three + (two + one) == whole(a + b + c)


@given(st.floats(0.001, 0.2), st.floats(1, 1e6), st.floats(10, 1e6))
def test_the_interval_ends_where_the_evidence_reaches_one_in_alpha(
    alpha: float, information: float, at: float
) -> None:
    rho2 = sequential.tuned(alpha, at)
    z = sequential.two_sided(information, alpha=alpha, rho2=rho2)
    evidence = sequential.e_value(z, information, rho2=rho2)
    assert evidence == pytest.approx(1 / alpha)


@given(st.floats(10, 1e6), st.floats(0.001, 0.2))
def test_always_valid_intervals_are_wider_than_those_of_one_look(
    information: float, alpha: float
) -> None:
    rho2 = sequential.tuned(alpha, 1_000)
    two = sequential.two_sided(information, alpha=alpha, rho2=rho2)
    one = sequential.one_sided(information, alpha=alpha, rho2=rho2)
    assert two > one > 0
    assert math.erfc(two / math.sqrt(2)) < alpha
    assert math.erfc(one / math.sqrt(2)) / 2 < alpha


def test_intervals_are_narrowest_near_where_they_were_tuned() -> None:
    def width(at: float) -> float:
        return sequential.two_sided(1_000, alpha=0.05, rho2=sequential.tuned(0.05, at))

    assert width(1_000) < width(50)
    assert width(1_000) < width(20_000)
    assert width(1_000) == pytest.approx(3.03, abs=0.01)


@pytest.mark.parametrize("count", [0, 1, FEWEST - 1])
def test_arms_with_too_few_sessions_are_not_compared(count: int) -> None:
    assert compare(LCP, []) is None
    assert compare(LCP, [Stratum(logs(1, 5_000), logs(2, count))]) is None


def test_an_effect_is_the_ratio_of_geometric_means_with_its_standard_error() -> None:
    found = compare(LCP, [Stratum(logs(1, 5_000), logs(2, 5_000, shift=math.log(0.9)))])
    assert found is not None
    assert found.relative(found.estimate) == pytest.approx(-0.1, abs=0.02)
    assert found.error == pytest.approx(0.6 * math.sqrt(2 / 5_000), rel=0.05)
    assert found.level == pytest.approx(math.exp(7.6), rel=0.02)
    rho2 = sequential.tuned(0.05, 2_500)
    assert 0.04 < found.improvement_bound(alpha=0.05, rho2=rho2) < 0.1
    assert found.harm_bound(alpha=0.05, rho2=rho2) < -0.1


def test_a_mix_that_changes_with_the_shares_is_no_effect() -> None:
    slow_day = Stratum(logs(1, 9_000, shift=0.5), logs(2, 100, shift=0.5))
    fast_day = Stratum(logs(3, 1_000), logs(4, 1_000))
    found = compare(LCP, [slow_day, fast_day])
    assert found is not None
    assert abs(found.z) < 2
    pooled = compare(
        LCP,
        [Stratum(slow_day.control + fast_day.control, slow_day.treatment + fast_day.treatment)],
    )
    assert pooled is not None
    assert pooled.z < -10


def test_what_the_first_view_tells_takes_out_of_the_variance_what_it_explains() -> None:
    chance = random.Random(5)  # noqa: S311 - the same every time

    def arm(shift: float) -> Moments:
        first = [chance.gauss(7.6, 0.6) for _ in range(4_000)]
        return Moments.of((shift + x * 0.8 + chance.gauss(1.5, 0.36), x) for x in first)

    control, treatment = arm(0), arm(-0.05)
    with_it = compare(LCP, [Stratum(control, treatment)])
    blind = [Moments(each.n, each.y, each.yy) for each in (control, treatment)]
    without = compare(LCP, [Stratum(*blind)])
    assert with_it is not None
    assert without is not None
    assert with_it.error == pytest.approx(without.error * 0.6, rel=0.05)
    assert with_it.estimate == pytest.approx(-0.05, abs=3 * with_it.error)


def test_a_ratio_of_sums_knows_that_views_of_a_session_resemble_each_other() -> None:
    chance = random.Random(6)  # noqa: S311 - the same every time

    def arm() -> Moments:
        return Moments.of((5.0 if chance.random() < 0.7 else 0.0, 5.0) for _ in range(2_000))

    found = compare(GOOD, [Stratum(arm(), arm())])
    assert found is not None
    assert found.level == pytest.approx(0.7, abs=0.03)
    of_sessions = math.sqrt(0.7 * 0.3 * 2 / 2_000)
    assert found.error == pytest.approx(of_sessions, rel=0.1)


def test_no_conversions_yet_are_not_taken_for_certainty() -> None:
    none, some = Moments(60), Moments(1_140, 34, 34)
    found = compare(CONVERSION, [Stratum(some, none)])
    assert found is not None
    assert found.error > 0.02
    nothing = compare(REVENUE, [Stratum(Moments(60), Moments(60))])
    assert nothing is not None
    assert (nothing.z, nothing.relative(nothing.estimate)) == (0, 0)


def test_a_quantile_is_compared_by_the_shares_of_its_buckets() -> None:
    chance = random.Random(7)  # noqa: S311 - the same every time

    def arm(factor: float) -> dict[int, int]:
        found: dict[int, int] = {}
        for _ in range(8_000):
            bucket = sketch.bucket_of(2_000 * factor * math.exp(chance.gauss(0, 0.6)))
            found[bucket] = found.get(bucket, 0) + 1
        return found

    found = compare_at(LCP, 0.75, arm(1), arm(0.8))
    assert found is not None
    assert found.relative(found.estimate) == pytest.approx(-0.2, abs=0.03)
    assert found.level == pytest.approx(2_000 * math.exp(0.6 * 0.674), rel=0.03)
    # By theory: sqrt(p(1-p)/n) over the normal density at its p75, in logarithms.
    assert found.error == pytest.approx(0.6 * 1.363 * math.sqrt(2 / 8_000), rel=0.3)
    assert compare_at(LCP, 0.75, {300: 49}, arm(1)) is None


def test_segments_are_discovered_with_few_false_ones() -> None:
    assert discovered({}) == set()
    assert discovered({"a": 1.0, "b": 3.0, "c": 0.2}) == set()
    assert discovered({"a": 1_000.0, "b": 26.0, "c": 0.2, "d": 1.0, "e": 1.0}) == {"a", "b"}


def test_a_segment_that_differs_from_the_rest_is_named() -> None:
    # Half of all sessions gain a quarter, the others nothing.
    whole_effect = effect(-0.125, 0.012)
    segments = {
        "phone": effect(-0.25, 0.017, information=1_250),
        "desktop": effect(0.0, 0.017, information=1_250),
    }
    assert unlike_the_rest(whole_effect, segments) == {"phone", "desktop"}
    alike = dict.fromkeys(segments, effect(-0.125, 0.017, information=1_250))
    assert unlike_the_rest(whole_effect, alike) == set()


def test_an_effect_that_wears_off_is_a_novelty() -> None:
    assert is_novelty(effect(-0.2, 0.02), effect(-0.02, 0.02))
    assert not is_novelty(effect(-0.2, 0.02), effect(-0.18, 0.02))


def test_results_are_told_in_plain_words() -> None:
    rho2 = sequential.tuned(0.05, 2_500)

    def said(found: Effect) -> str:
        return words.told(found, alpha=0.05, rho2=rho2)

    assert said(effect(math.log(0.69), 0.018)) == "LCP -31 % (-35 to -27)"
    bounce = Effect(METRICS["bounce"], -0.019, 0.0023, 2_500, 0.4, 5_000, 5_000)
    assert said(bounce) == "bounce -1.9 points (-2.6 to -1.2)"
    revenue = Effect(REVENUE, 0.001, 0.02, 2_500, 2.0, 5_000, 5_000)
    assert said(revenue) == "no proven change in revenue (-3.0 to +3.1 %)"
