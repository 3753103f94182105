import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptive.monitoring import sketch, vital
from adaptive.monitoring.query import estimate, histogram
from adaptive.monitoring.query.estimate import EXACT_UP_TO, ranks
from adaptive.monitoring.query.histogram import Histogram
from adaptive.monitoring.rollup import Rollup
from adaptive.monitoring.vital import INDEX, Rating

LCP = INDEX["lcp_ms"]
values = st.lists(st.floats(min_value=0, max_value=60_000), min_size=1, max_size=60)


def of(*lcp_ms: float) -> Histogram:
    made = Rollup()
    made.codes.update(vital.code_of(LCP, each) for each in lcp_ms)
    return histogram.read([made.encode()], LCP)


def test_one_view_has_a_value_and_no_interval() -> None:
    found = of(2_000).quantile(0.75)
    assert found.value == pytest.approx(2_000, rel=0.01)
    assert (found.low, found.high, found.samples) == (None, None, 1)


def test_no_view_has_nothing() -> None:
    assert of().quantile(0.75) == (None, None, None, 0)


def test_the_ranks_are_those_of_the_tables() -> None:
    """Conover, Practical Nonparametric Statistics: for the median of 10 they are 2 and 9."""
    assert ranks(10, 0.5) == (1, 8)


@pytest.mark.parametrize("q", [0.5, 0.75, 0.95, 0.99])
def test_above_the_exact_the_approximation_goes_on(q: float) -> None:
    exact, approximate = ranks(EXACT_UP_TO, q), ranks(EXACT_UP_TO + 1, q)
    assert abs(exact[0] - approximate[0]) <= 2
    assert abs(exact[1] - approximate[1]) <= 2


def test_the_interval_holds_the_true_percentile_as_often_as_it_says() -> None:
    chance = random.Random(7)  # noqa: S311 - reproducible, not secret
    true = 2_000 * 2.718281828 ** (0.6 * 0.6744897501960817)
    held = 0
    for _ in range(400):
        found = of(*(2_000 * 2.718281828 ** chance.gauss(0, 0.6) for _ in range(120)))
        low, high = found.quantile(0.75)[1:3]
        assert low is not None
        assert high is not None
        held += low <= true <= high
    assert held / 400 >= 0.94


@given(values)
def test_the_interval_encloses_the_value(lcp_ms: list[float]) -> None:
    found = of(*lcp_ms).quantile(0.75)
    assert found.value is not None
    # Rounded to four digits, all of them: a bucket is two percent wide.
    assert found.low is None or found.low <= found.value * 1.001
    assert found.high is None or found.high >= found.value * 0.999


@given(values)
def test_what_one_vital_reads_is_what_the_rollup_says(lcp_ms: list[float]) -> None:
    made = Rollup()
    for name in INDEX:
        made.codes.update(vital.code_of(INDEX[name], min(each, 90)) for each in lcp_ms)
    for name, index in INDEX.items():
        found = histogram.read([made.encode()], index)
        assert found.samples == len(lcp_ms)
        assert found.ratings == made.ratings(name)
        whole = made.quantile(name, 0.75)
        assert found.quantile(0.75).value == pytest.approx(whole, rel=1e-3)


def test_what_a_shard_takes_back_is_gone_when_shards_are_together() -> None:
    counted, taken_back = Rollup(), Rollup()
    counted.codes[vital.code_of(LCP, 5_000)] = 1
    taken_back.codes[vital.code_of(LCP, 5_000)] = -1
    taken_back.codes[vital.code_of(LCP, 1_000)] = 1
    found = histogram.read([counted.encode(), taken_back.encode()], LCP)
    assert found.ratings == {Rating.GOOD: 1, Rating.NEEDS_IMPROVEMENT: 0, Rating.POOR: 0}
    assert histogram.read([taken_back.encode()], LCP).samples == 1


@pytest.mark.parametrize("body", [b"", b"\x03", b"\x01" + bytes(90), b"\x03\xff" + bytes(90)])
def test_what_is_no_rollup_is_said_to_be_none(body: bytes) -> None:
    with pytest.raises(ValueError, match="rollup"):
        histogram.read([body], LCP)


def test_every_value_lies_between_the_edges_of_its_bucket() -> None:
    for value in (0, 0.5, 1, 1.5, 2, 99, 2_500, 600_000):
        low, high = sketch.edges_of(sketch.bucket_of(value))
        assert low * 0.999999 <= value <= high * 1.000001


def test_a_share_has_wilsons_interval() -> None:
    """Newcombe 1998, https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8, table I: 81 of 263."""
    found = estimate.share(81, 263)
    assert found.low == pytest.approx(0.2553, abs=1e-4)
    assert found.high == pytest.approx(0.3662, abs=1e-4)
    assert estimate.share(0, 20).low == 0
    assert estimate.share(0, 0).value is None


def test_what_is_no_share_has_no_interval() -> None:
    assert estimate.share(30, 20)[:3] == (1.5, None, None)


def test_the_best_is_no_better_than_it_can_be() -> None:
    made = Rollup()
    made.codes[vital.code_of(INDEX["uxi"], 100)] = 40
    found = histogram.read([made.encode()], INDEX["uxi"]).quantile(0.75)
    assert (found.value, found.high) == (100, 100)
