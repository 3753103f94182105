import math
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptive.delivery.assignment import is_control
from adaptive.delivery.session import SessionId
from adaptive.monitoring import sampling
from adaptive.monitoring.sampling import Stratum
from local.history import fit
from tests.samples import SAMPLING

RATES = SAMPLING.rates


def stratum(lcp_ms: float | None = None, errors: int = 0, conversions: int = 0) -> Stratum:
    return sampling.stratum_of(SAMPLING, lcp_ms=lcp_ms, errors=errors, conversions=conversions)


def test_an_event_is_of_the_first_stratum_that_fits() -> None:
    assert stratum(9_000, errors=1, conversions=1) is Stratum.CONVERTING
    assert stratum(9_000, errors=1) is Stratum.FAILING
    assert [stratum(ms) for ms in (1_200, 1_201, 4_000, 4_001)] == [
        Stratum.FAST,
        Stratum.NORMAL,
        Stratum.NORMAL,
        Stratum.SLOW,
    ]
    assert stratum(None) is Stratum.NORMAL


@given(st.text(max_size=30))
def test_a_session_has_one_number(session: str) -> None:
    assert sampling.number_of(session) == sampling.number_of(session)
    assert 0 <= sampling.number_of(session) < 1


def test_numbers_are_uniform_and_independent_of_the_arm() -> None:

    count, cuts = 40_000, 10
    sessions = [SessionId(f"{n:022}") for n in range(count)]
    for control in (True, False):
        arm = [s for s in sessions if is_control(s, share=0.5, salt="salt") is control]
        found = [0] * cuts
        for session in arm:
            found[int(sampling.number_of(session) * cuts)] += 1
        expected = len(arm) / cuts
        assert sum((each - expected) ** 2 / expected for each in found) < 27.9  # chi2, 1 in 1,000


def population(count: int, chance: random.Random) -> list[float]:
    """LCPs of phones as 64 million real loads have them (local.history.fit)."""
    return [fit.lcp_ms("phone", chance.gauss(0, 1)) for _ in range(count)]


def sample(loads: list[float], chance: random.Random) -> list[tuple[float, float]]:
    kept = ((load, RATES[stratum(load)]) for load in loads)
    return [(load, probability) for load, probability in kept if chance.random() < probability]


def test_weighted_estimates_are_unbiased_on_the_real_distribution_and_plain_ones_are_not() -> None:
    chance = random.Random(11)  # noqa: S311 - reproducible, not secret
    loads = population(200_000, chance)
    true_p75 = sorted(loads)[int(0.75 * len(loads))]
    samples = [sample(loads, chance) for _ in range(60)]
    totals = [sampling.total(p for _, p in each) for each in samples]
    mean, spread = _mean_and_error(totals)
    assert abs(mean - len(loads)) < 3 * spread
    mean, spread = _mean_and_error([sampling.quantile(each, 0.75) for each in samples])
    assert mean == pytest.approx(true_p75, rel=0.03)
    plain, _ = _mean_and_error([sampling.quantile([(v, 1) for v, _ in s], 0.75) for s in samples])
    assert plain > 1.5 * true_p75


def _mean_and_error(values: list[float]) -> tuple[float, float]:
    mean = sum(values) / len(values)
    variance = sum((each - mean) ** 2 for each in values) / (len(values) - 1)
    return mean, math.sqrt(variance / len(values))


@given(
    st.lists(st.tuples(st.floats(0, 1e6), st.floats(0.001, 1)), min_size=1, max_size=40),
    st.lists(st.floats(0, 1), min_size=2, max_size=5),
)
def test_quantiles_ascend_within_what_was_kept(
    events: list[tuple[float, float]], shares: list[float]
) -> None:
    found = [sampling.quantile(events, q) for q in sorted(shares)]
    assert all(a <= b for a, b in pairwise(found))
    assert set(found) <= {value for value, _ in events}


def test_where_everything_is_kept_estimates_are_the_truth() -> None:
    events = [(float(value), 1.0) for value in range(1, 101)]
    assert sampling.total(p for _, p in events) == 100
    assert sampling.quantile(events, 0.75) == 75
