import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptive.monitoring import experience
from adaptive.monitoring.experience import Standards
from adaptive.monitoring.vital import INDEX, OF_VIEWS, code_of
from tests.samples import EXPERIENCE

STANDARDS = Standards.default(EXPERIENCE)
COUNTS = st.integers(0, 2**40)
CLICKS = st.fixed_dictionaries(
    {"rage": COUNTS, "dead": COUNTS, "error_clicks": COUNTS, "errors": COUNTS}
)
LOOKS = st.fixed_dictionaries(
    {
        "bounce": st.floats(0, 1),
        "visible_ms": st.integers(-1, 2**40),
        "depth": st.integers(-1, 100),
    }
)


def codes(**values: float) -> list[int]:
    return [code_of(INDEX[v.name], values[v.name]) if v.name in values else -1 for v in OF_VIEWS]


VIEWS = st.fixed_dictionaries(
    {},
    optional={
        "lcp_ms": st.floats(0, 600_000),
        "inp_ms": st.floats(0, 600_000),
        "cls": st.floats(0, 1_000),
        "fcp_ms": st.floats(0, 600_000),
        "ttfb_ms": st.floats(0, 600_000),
    },
)


def test_without_a_vital_there_is_no_performance() -> None:
    assert experience.performance_of(codes()) is None
    assert experience.performance_of(codes(load_ms=900, dcl_ms=400)) is None


@pytest.mark.parametrize(
    ("limit", "points"), [("good", 90), ("poor", 50)], ids=["good limits", "poor limits"]
)
def test_performance_is_90_at_the_good_limits_and_50_at_the_poor_ones(
    limit: str, points: int
) -> None:
    values = {vital.name: getattr(vital, limit) for vital in OF_VIEWS}
    assert experience.performance_of(codes(**values)) == pytest.approx(points, abs=1)


@given(VIEWS, st.sampled_from(["lcp_ms", "inp_ms", "fcp_ms", "ttfb_ms", "cls"]), st.floats(1, 50))
def test_a_slower_vital_never_raises_performance(
    view: dict[str, float], name: str, factor: float
) -> None:
    view[name] = view.get(name, 1.0)
    slower = {**view, name: min(view[name] * factor, 1_000 if name == "cls" else 600_000)}
    before, after = (experience.performance_of(codes(**each)) for each in (view, slower))
    assert before is not None
    assert after is not None
    assert 0 <= after <= before <= 100


@given(LOOKS)
def test_engagement_is_bounded(looks: dict[str, float]) -> None:
    assert 0 <= experience.engagement_of(STANDARDS, **looks) <= 100  # type: ignore[arg-type]


@given(LOOKS, st.integers(0, 2**40), st.integers(0, 100), st.floats(0, 1))
def test_a_longer_or_deeper_look_or_a_lesser_risk_never_lowers_engagement(
    looks: dict[str, float], longer: int, deeper: int, risk: float
) -> None:
    before = experience.engagement_of(STANDARDS, **looks)  # type: ignore[arg-type]
    more = dict(looks)
    if more["visible_ms"] >= 0:
        more["visible_ms"] += longer
    if more["depth"] >= 0:
        more["depth"] = max(more["depth"], deeper)
    more["bounce"] = min(more["bounce"], risk)
    assert experience.engagement_of(STANDARDS, **more) >= before - 1e-9  # type: ignore[arg-type]


def test_the_median_look_of_a_session_with_a_second_page_is_worth_75() -> None:
    look = {"visible_ms": 20_000, "depth": 50}
    assert experience.engagement_of(STANDARDS, bounce=0, **look) == 75
    assert experience.engagement_of(STANDARDS, bounce=1, **look) == 25


def test_what_was_not_told_is_no_fault_of_the_visitor() -> None:
    assert experience.engagement_of(STANDARDS, bounce=0, visible_ms=-1, depth=-1) == 100


@given(CLICKS, st.integers(1, 1_000), st.sampled_from(["rage", "dead", "error_clicks", "errors"]))
def test_one_more_irritation_never_raises_calm(
    clicks: dict[str, int], views: int, more: str
) -> None:
    before = experience.calm_of(views=views, **clicks)
    after = experience.calm_of(views=views, **{**clicks, more: clicks[more] + 1})
    assert 0 <= after <= before <= 100


def test_calm_is_halved_by_a_rage_click_a_view() -> None:
    none = {"rage": 0, "dead": 0, "error_clicks": 0, "errors": 0}
    assert experience.calm_of(views=3, **none) == 100
    for of in ({"rage": 3}, {"error_clicks": 3}, {"dead": 6}, {"errors": 12}):
        assert experience.calm_of(views=3, **{**none, **of}) == 50


@given(st.floats(0, 100), st.floats(0, 100), st.floats(0, 100))
def test_the_index_lies_between_its_parts(p: float, e: float, c: float) -> None:
    found = experience.combined(EXPERIENCE, performance=p, engagement=e, calm=c)
    assert min(found[:3]) - 1 <= found.uxi <= max(found[:3]) + 1
    assert all(0 <= each <= 100 for each in found)


def test_standards_are_read_as_they_were_written() -> None:
    own = Standards(12_345.5, 61, ((900, 0.2), (4_000, 0.4)), 9_000, curve_is_own=True)
    own.risk_at(code_of(0, 2_000))
    assert Standards.decode(own.encode()) == own
