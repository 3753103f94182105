import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptive.monitoring.rollup import Field, Rollup
from adaptive.monitoring.vital import INDEX, VITALS, Rating, code_of

VALUES = st.integers(0, len(VITALS) - 1).flatmap(
    lambda index: st.tuples(st.just(index), st.floats(0, min(VITALS[index].most, 1_000)))
)
COUNTS = st.lists(st.integers(0, 2**40), min_size=len(Field), max_size=len(Field))


@st.composite
def rollups(draw: st.DrawFn) -> Rollup:
    found = Rollup(draw(COUNTS))
    for index, value in draw(st.lists(VALUES, max_size=30)):
        found.codes[code_of(index, value)] += draw(st.integers(1, 2**33))
    return found


def merged(parts: list[Rollup]) -> Rollup:
    whole = Rollup()
    for part in parts:
        whole.add(part)
    return whole


def of(name: str, *values: float) -> Rollup:
    found = Rollup()
    for value in values:
        found.codes[code_of(INDEX[name], value)] += 1
    return found


@given(st.lists(rollups(), min_size=1, max_size=6), st.randoms())
def test_merging_in_any_order_gives_the_same_bytes(parts: list[Rollup], chance) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    shuffled = parts.copy()
    chance.shuffle(shuffled)
    assert merged(shuffled).encode() == merged(parts).encode()


@given(st.lists(rollups(), min_size=2, max_size=6), st.integers(1, 5))
def test_merging_merges_gives_the_bytes_of_merging_all_at_once(
    parts: list[Rollup], cut: int
) -> None:
    halves = [merged(parts[:cut]), merged(parts[cut:])]
    assert merged(halves).encode() == merged(parts).encode()


@given(rollups())
def test_what_is_encoded_is_decoded(rollup: Rollup) -> None:
    again = Rollup.decode(rollup.encode())
    assert (again.fields, +again.codes) == (rollup.fields, +rollup.codes)


@given(rollups(), rollups())
def test_what_is_taken_out_again_leaves_no_trace(rollup: Rollup, extra: Rollup) -> None:
    before = rollup.encode()
    rollup.add(extra)
    negative = Rollup([-each for each in extra.fields])
    negative.codes.subtract(extra.codes)
    rollup.add(negative)
    assert rollup.encode() == before


@given(rollups(), st.data())
def test_a_cut_or_foreign_body_is_a_value_error(rollup: Rollup, data: st.DataObject) -> None:
    body = rollup.encode()
    for damaged in (body[: data.draw(st.integers(0, len(body) - 1))], b"\xff" + body[1:], b"{}"):
        with pytest.raises(ValueError, match="rollup"):
            Rollup.decode(damaged)


def test_ratings_are_exact_at_their_limits() -> None:
    assert of("lcp_ms", 2_500, 2_500.01, 4_000, 4_000.01).ratings("lcp_ms") == {
        Rating.GOOD: 1,
        Rating.NEEDS_IMPROVEMENT: 2,
        Rating.POOR: 1,
    }


def test_of_points_more_is_better() -> None:
    assert of("uxi", 100, 90, 89.9, 50, 49.9, 0).ratings("uxi") == {
        Rating.GOOD: 2,
        Rating.NEEDS_IMPROVEMENT: 2,
        Rating.POOR: 2,
    }


@pytest.mark.parametrize("value", [-0.1, 100.1])
def test_points_are_of_a_hundred(value: float) -> None:
    with pytest.raises(ValueError, match="score"):
        code_of(INDEX["score"], value)


@pytest.mark.parametrize("vital", VITALS, ids=lambda vital: vital.name)
def test_each_vital_has_its_own_quantiles(vital) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    parts = [of(each.name, each.good) for each in VITALS if each is not vital]
    whole = merged([of(vital.name, *[vital.poor] * 9), *parts])
    assert whole.quantile(vital.name, 0.75) == pytest.approx(vital.poor, rel=0.01)


def test_a_vital_that_nobody_has_has_no_quantile() -> None:
    assert Rollup().quantile("inp_ms", 0.75) is None


@pytest.mark.parametrize("value", [-1, 600_001, float("nan"), float("inf")])
def test_what_no_browser_measures_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="lcp_ms"):
        code_of(INDEX["lcp_ms"], value)


def test_a_full_cell_stays_far_below_what_an_item_may_hold() -> None:
    full = Rollup()
    for index, vital in enumerate(VITALS):
        value = vital.unit
        while value < vital.most:
            full.codes[code_of(index, value)] += 2**40
            value *= 1.02
    assert len(full.encode()) < 60_000


def test_a_rollup_with_counters_of_another_version_is_read() -> None:
    whole = of("lcp_ms", 900, 5_000)
    whole.fields = [*range(1, len(Field) + 1)]
    fewer, more = Rollup(whole.fields[:-2], whole.codes), Rollup([*whole.fields, 7], whole.codes)
    assert Rollup.decode(fewer.encode()) == Rollup([*whole.fields[:-2], 0, 0], whole.codes)
    assert Rollup.decode(more.encode()) == whole
