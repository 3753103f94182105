import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptive.monitoring import sketch

UNITS = st.floats(1, 1e7, allow_nan=False)


def counts(values: list[float]) -> Counter[int]:
    return Counter(map(sketch.bucket_of, values))


@given(values=st.lists(UNITS, min_size=1, max_size=200), q=st.floats(0, 1))
def test_every_quantile_is_within_one_per_cent(values: list[float], q: float) -> None:
    exact = sorted(values)[math.floor(q * (len(values) - 1))]
    answer = sketch.quantile(counts(values).items(), q)
    assert answer is not None
    assert abs(answer - exact) <= sketch.ACCURACY * exact * (1 + 1e-9)


@pytest.mark.parametrize("tail", [0.5, 1.0, 2.5])
def test_heavy_tails_cost_no_accuracy(tail: float) -> None:
    values = [math.exp(9 + tail * ((n * 0.61803) % 1 * 6 - 3)) for n in range(10_000)]
    for q in (0.01, 0.5, 0.75, 0.99, 0.999):
        exact = sorted(values)[math.floor(q * 9_999)]
        assert sketch.quantile(counts(values).items(), q) == pytest.approx(exact, rel=0.01)


def test_below_one_unit_is_nothing() -> None:
    assert sketch.quantile([(sketch.bucket_of(0.4), 3)], 0.5) == 0


def test_of_no_values_there_is_no_quantile() -> None:
    assert sketch.quantile([], 0.5) is None


@given(st.floats(0, 5e8, allow_nan=False))
def test_buckets_fit_their_bits(value: float) -> None:
    assert 0 <= sketch.bucket_of(value) < sketch.MOST_BUCKETS


@given(UNITS, UNITS)
def test_a_larger_value_is_in_no_lower_bucket(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert sketch.bucket_of(low) <= sketch.bucket_of(high)
