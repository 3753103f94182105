"""What a session came to: in the log for experiments, and in the rollups once."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptive.monitoring import outcome_log
from adaptive.monitoring.dimension import Cell
from adaptive.monitoring.outcome import Growing, Outcome
from adaptive.monitoring.rollup import Field
from adaptive.monitoring.view import CORRECTED_FOR_MINUTES
from adaptive.monitoring.vital import Rating
from tests.rollup_world import ALL, MINUTE, RollupWorld, arrival
from tests.samples import HELD_OUT, TREATED

FAST = {"lcp_ms": 1_000, "fcp_ms": 500, "ttfb_ms": 200}
LEFT: dict[str, Any] = {
    "sequence": 1,
    "final": True,
    "vitals": {**FAST, "inp_ms": 80, "cls": 0.01},
    "engagement": {"visible_ms": 20_000.4, "scroll_depth": 0.5, "interactions": 1},
}
SALE = {"name": "checkout", "at_ms": 900, "value": 19.99, "currency": "EUR"}


def outcomes(world: RollupWorld) -> dict[str, Outcome]:
    return outcome_log.between(world.tallies, MINUTE, MINUTE + 60)


def outcome(world: RollupWorld, session: str = TREATED) -> Outcome:
    return outcomes(world)[session]


def told(*batches: list[bytes]) -> RollupWorld:
    world = RollupWorld()
    for batch in batches:
        world.post(*batch)
    return world


def uxi(world: RollupWorld, cell: Cell = ALL, *, minute: int = 0) -> list[float]:
    rollup = world.rollup(cell, minute=minute)
    return sorted(value for q in (0, 1) if (value := rollup.quantile("uxi", q)) is not None)[
        : sum(rollup.ratings("uxi").values())
    ]


def test_every_session_of_both_arms_is_in_the_log_with_its_last_state() -> None:
    world = told(
        [arrival(view_id="view-0001"), arrival(view_id="view-0009", session=HELD_OUT)],
        [arrival(view_id="view-0001", **LEFT)],
        [arrival(view_id="view-0002", minute=1)],
    )
    assert {name: (each.arm, each.views) for name, each in outcomes(world).items()} == {
        TREATED: ("treatment", 2),
        HELD_OUT: ("control", 1),
    }


def test_a_session_without_consent_is_in_no_log_and_no_count() -> None:
    world = RollupWorld()
    world.post(arrival().replace(f'"session_id": "{TREATED}", '.encode(), b""))
    assert world.count(Field.VIEWS) == 1
    assert (world.count(Field.SESSIONS), outcomes(world)) == (0, {})
    assert not any(pk.startswith("outcomes") for pk, _ in world.tallies.items)


def test_a_session_is_counted_once_in_the_five_minutes_it_began_in() -> None:
    world = told(
        [arrival(minute=7, page_group="front")],
        [arrival(minute=8, **LEFT)],
        [arrival(view_id="view-0002", minute=9, page_group="product")],
        [arrival(view_id="view-0002", minute=19, page_group="product", **LEFT)],
    )
    assert world.count(Field.SESSIONS, minute=5) == 1
    assert sum(world.rollup(minute=5).ratings("uxi").values()) == 1
    for minute in (7, 8, 9, 19):
        assert not sum(world.rollup(minute=minute).ratings("uxi").values())
    assert len(uxi(world, Cell("page_group", "front"), minute=5)) == 1
    assert uxi(world, Cell("page_group", "product"), minute=5) == []


def test_what_is_counted_of_a_session_is_what_its_record_says() -> None:
    world = told([arrival()], [arrival(**LEFT)], [arrival(view_id="view-0002", minute=2)])
    found = outcome(world).experience
    assert found is not None
    assert uxi(world) == [pytest.approx(found.uxi, rel=0.01)]
    assert world.count(Field.PERFORMANCE) == found.performance
    assert world.count(Field.ENGAGEMENT) == found.engagement
    assert world.count(Field.CALM) == found.calm


def test_a_session_whose_only_page_was_left_bounced_until_there_is_a_second_page() -> None:
    world = told([arrival()])
    assert (world.count(Field.BOUNCED), outcome(world).bounced) == (0, False)
    world.post(arrival(**LEFT))
    assert (world.count(Field.BOUNCED), outcome(world).bounced) == (1, True)
    bounced = uxi(world)
    world.post(arrival(view_id="view-0002", minute=3, **{**LEFT, "sequence": 0}))
    assert (world.count(Field.BOUNCED), outcome(world).bounced) == (0, False)
    assert uxi(world) > bounced


def test_an_open_page_is_held_to_the_risk_that_its_load_bears() -> None:
    engagement = []
    for lcp_ms in (900, 3_000, 9_000):
        found = outcome(told([arrival(vitals={"lcp_ms": lcp_ms})])).experience
        assert found is not None
        engagement.append(found.engagement)
    assert engagement == [60, pytest.approx(47, abs=1), pytest.approx(12, abs=2)]


def test_conversions_are_kept_apart() -> None:
    without = told([arrival(**LEFT)])
    world = told([arrival(**LEFT, events=[SALE, SALE, {"name": "other", "at_ms": 1}])])
    assert outcome(world).experience == outcome(without).experience
    assert outcome(world).totals[Growing.CONVERSIONS] == 2
    assert outcome(world).money == {"EUR": 3_998}


def test_money_counts_as_it_grows_and_in_four_currencies_at_most() -> None:
    sales = [{**SALE, "currency": f"XX{letter}", "value": 1} for letter in "ABCDEF"]
    world = told([arrival(events=sales[:3])], [arrival(sequence=1, events=[*sales, sales[0]])])
    assert outcome(world).money == {"XXA": 200, "XXB": 100, "XXC": 100, "XXD": 100}


def test_sums_are_those_of_all_views_and_depth_the_deepest() -> None:
    second = {**LEFT, "engagement": {"visible_ms": 5_000, "scroll_depth": 0.25}}
    clicks = {"rage_clicks": 1, "dead_clicks": 2, "error_clicks": 3}
    world = told(
        [arrival(transfer={"bytes": 1_000}, frustration=clicks), arrival(**LEFT)],
        [arrival(view_id="view-0002", **second, transfer={"bytes": 500}, frustration=clicks)],
    )
    totals = outcome(world).totals
    assert totals[Growing.BYTES] == 1_500
    assert totals[Growing.VISIBLE_MS] == 25_000
    assert totals[Growing.DEPTH] == 50
    of_clicks = (Growing.RAGE_CLICKS, Growing.DEAD_CLICKS, Growing.ERROR_CLICKS)
    assert [totals[each] for each in of_clicks] == [2, 4, 6]


def test_a_vital_is_told_by_its_geometric_mean_and_its_good_views() -> None:
    world = told(
        [arrival(vitals={"lcp_ms": 8_000})],
        [arrival(sequence=1, vitals={"lcp_ms": 1_000}), arrival(view_id="view-0002", **LEFT)],
        [arrival(view_id="view-0003", vitals={"lcp_ms": 4_000})],
    )
    lcp = outcome(world).lcp
    assert (lcp.views, lcp.good) == (3, 2)
    assert lcp.typical == pytest.approx(4_000 ** (1 / 3) * 1_000 ** (2 / 3), rel=0.02)
    assert outcome(world).inp.views == 1


def test_hidden_views_say_nothing_of_performance() -> None:
    world = told([arrival(hidden=True, **LEFT)])
    assert outcome(world).experience is None
    assert (world.count(Field.SESSIONS), uxi(world)) == (1, [])


def test_the_performance_score_counts_once_as_last_told() -> None:
    world = told(
        [arrival(of_arrival={"score": 31.5})],
        [arrival(of_arrival={"score": 93.2}, view_id="view-0002", minute=2)],
    )
    assert world.rollup().ratings("score") == {
        Rating.GOOD: 1,
        Rating.NEEDS_IMPROVEMENT: 0,
        Rating.POOR: 0,
    }
    assert outcome(world).score == 93


@pytest.mark.parametrize(
    "poison",
    [
        {"of_arrival": {"score": 101}},
        {"of_arrival": {"score": "good"}},
        {"engagement": {"visible_ms": -1}},
        {"engagement": {"scroll_depth": 1.5}},
        {"events": [{**SALE, "value": 1e300}]},
        {"frustration": {"rage_clicks": 0.5}},
    ],
)
def test_what_would_hurt_a_record_is_buried(poison: dict[str, Any]) -> None:
    world = RollupWorld()
    assert world.post(arrival(**poison)).buried == 1
    assert outcomes(world) == {}


def test_a_session_that_goes_on_for_hours_is_told_on_but_no_longer_corrected() -> None:
    world = told([arrival()])
    before = uxi(world)
    late = CORRECTED_FOR_MINUTES + 1
    world.post(
        arrival(view_id="view-0002", minute=late, **LEFT),
        arrival(view_id="view-0003", minute=late, **LEFT),
    )
    assert uxi(world) == before
    assert outcome(world).views == 3


def test_an_outcome_of_a_batch_that_is_carried_out_twice_is_in_the_log_once() -> None:
    world = RollupWorld()
    batch = [arrival(), arrival(**LEFT)]
    world.post(*batch)
    once = dict(world.tallies.items)
    world.last = 0
    world.post(*batch)
    assert world.tallies.items == once


@given(st.lists(st.integers(1, 4), min_size=1, max_size=8))
def test_how_the_stream_is_cut_into_batches_changes_no_outcome(lengths: list[int]) -> None:
    stream = [
        arrival(
            view_id=f"view-{n // 3:04}",
            sequence=n % 3,
            session=f"{n // 9}" * 22,
            minute=n * 40,
            final=n % 3 == 2,
            vitals={"lcp_ms": 700 * (n % 5 + 1)},
            engagement={"visible_ms": 1_000 * n, "scroll_depth": (n % 3) / 3},
            of_arrival={"score": n},
        )
        for n in range(sum(lengths))
    ]
    whole = told(stream)
    cut = RollupWorld()
    for at, length in enumerate(lengths):
        cut.post(*stream[sum(lengths[:at]) :][:length])
    assert cells(cut) == cells(whole)
    hours = MINUTE + 24 * 60
    assert outcome_log.between(cut.tallies, MINUTE, hours) == outcome_log.between(
        whole.tallies, MINUTE, hours
    )


def cells(world: RollupWorld) -> dict[tuple[str, str], bytes]:
    return {key: item.body for key, item in world.cells.items.items()}
