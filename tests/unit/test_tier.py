from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptive.delivery import score, session
from adaptive.delivery.beacon import Beacon
from adaptive.delivery.session import VIEWS_KEPT, Prior, SessionState
from adaptive.delivery.tier import DWELL, Told, choose, follow, follow_all, prospects
from adaptive.edge.policy import Tier
from tests.samples import RULES, beacon

full_ms = st.floats(min_value=0, max_value=120_000)
networks = st.tuples(full_ms, full_ms, full_ms)


def walk(
    networks: Iterable[tuple[float, float, float]], state: SessionState | None = None
) -> tuple[list[Tier], SessionState]:
    """The tiers served, and the state at the end; a network is the fixed part of LCP, the part that
    moves at `full`, and INP at `full`, in ms. INP comes with a later report, as it does.
    """
    state = state or SessionState()
    served = []
    for number, (fixed, moved, inp) in enumerate(networks, start=state.seen):
        tier = state.tier or RULES.default_tier
        served.append(tier)
        lcp_ms = fixed + moved * RULES.image_weight[tier]
        reports = (
            {"ttfb_ms": min(fixed, 600_000), "lcp_ms": min(lcp_ms, 600_000)},
            {"inp_ms": inp * RULES.script_weight[tier]},
        )
        for sequence, vitals in enumerate(reports):
            report = beacon(
                view_id=f"view-{number:04}", sequence=sequence, tier=str(tier), vitals=vitals
            )
            state = follow(state, report, RULES)
    return [*served, state.tier or RULES.default_tier], state


def changes(tiers: Sequence[Tier]) -> list[int]:
    """The views before which the tier moved, from 1."""
    return [at for at, (a, b) in enumerate(pairwise(tiers), start=1) if a != b]


GOOD, COLLAPSED = (300, 300, 50), (900, 30_000, 50)


def test_an_unmeasured_session_gets_the_default_tier() -> None:
    assert choose(SessionState(), RULES) is Tier.FULL


def test_a_view_without_vitals_decides_nothing() -> None:
    assert follow(SessionState(), beacon(vitals={}), RULES).tier is None


some_ms = st.none() | st.floats(min_value=0, max_value=20_000)
reports = st.builds(
    lambda view, sequence, lcp_ms, inp_ms, ttfb_ms: beacon(
        view_id=f"view-{view:04}",
        sequence=sequence,
        vitals={
            name: value
            for name, value in (("lcp_ms", lcp_ms), ("inp_ms", inp_ms), ("ttfb_ms", ttfb_ms))
            if value is not None
        },
    ),
    st.integers(0, 3 * VIEWS_KEPT),
    st.integers(0, 3),
    some_ms,
    some_ms,
    some_ms,
)


@given(st.lists(reports, max_size=30))
def test_many_beacons_at_once_come_to_what_they_come_to_one_by_one(told: list[Beacon]) -> None:
    one_by_one = SessionState()
    for report in told:
        one_by_one = follow(one_by_one, report, RULES)
    assert follow_all(SessionState(), [Told(report, RULES) for report in told]) == one_by_one


def test_a_duplicate_report_moves_neither_score_nor_tier() -> None:
    state = follow(SessionState(tier=Tier.MINIMAL), beacon(vitals={"lcp_ms": 100}), RULES)
    assert follow(state, beacon(vitals={"lcp_ms": 100}), RULES) is state


@given(network=networks)
def test_a_constant_network_settles_within_three_views_and_stays(
    network: tuple[float, float, float],
) -> None:
    served, _ = walk([network] * 15)
    assert len(set(served[3:])) == 1


@given(views=st.lists(networks, max_size=30))
def test_under_any_network_the_tier_moves_at_most_once_per_dwell(
    views: list[tuple[float, float, float]],
) -> None:
    served, _ = walk(views)
    assert all(later - earlier >= DWELL for earlier, later in pairwise(changes(served)))


@given(views=st.lists(networks, max_size=30))
def test_once_decided_the_tier_climbs_one_step_at_a_time(
    views: list[tuple[float, float, float]],
) -> None:
    served, _ = walk(views)
    assert all(a.rank - b.rank <= 1 for a, b in pairwise(served[1:]))


def test_a_collapse_drops_as_many_steps_as_needed_after_one_view() -> None:
    served, state = walk([GOOD] * 6)
    assert set(served) == {Tier.FULL}
    after, _ = walk([COLLAPSED], state)
    assert after[-1].rank >= Tier.LITE.rank


def test_a_slow_tap_at_the_end_of_the_first_view_still_counts_for_the_second() -> None:
    first = beacon(vitals={"ttfb_ms": 500, "lcp_ms": 3_000})
    state = follow(SessionState(), first, RULES)
    assert state.tier is Tier.STANDARD
    for inp_ms, expected in ((20, Tier.STANDARD), (900, Tier.LITE)):
        last = beacon(sequence=1, vitals={"inp_ms": inp_ms})
        assert follow(state, last, RULES).tier is expected


def test_a_recovered_session_climbs_back_to_full() -> None:
    served, state = walk([COLLAPSED] * 6)
    assert served[-1] is Tier.MINIMAL
    after, _ = walk([GOOD] * 12, state)
    assert after[-1] is Tier.FULL


def test_one_wild_view_of_a_steady_session_costs_quality_for_a_few_views_only() -> None:
    _, state = walk([GOOD] * 6)
    _, state = walk([(0, 600_000, 50)], state)
    after, _ = walk([GOOD] * 6, state)
    assert after[-1] is Tier.FULL
    assert len(changes(after)) <= len(Tier) - 1


def test_a_slow_view_surprises_a_steady_session_more_than_an_unsteady_one() -> None:
    slow = (300, 9_000, 50)
    _, steady = walk([*[GOOD] * 6, slow])
    _, unsteady = walk([*[GOOD, slow] * 3, slow])
    assert prospects(steady, RULES)[Tier.FULL].lcp < 0.01
    assert prospects(unsteady, RULES)[Tier.FULL].lcp > 0.1


@pytest.mark.parametrize("moved_ms", [4_000, 7_200, 30_000])
def test_a_late_paint_alone_costs_one_step_at_once(moved_ms: float) -> None:
    _, state = walk([GOOD] * 6)
    after, _ = walk([(300, moved_ms, 50)], state)
    assert after[-1] is Tier.STANDARD


def test_after_one_stall_in_one_file_quality_is_back_when_the_tier_may_move_again() -> None:
    _, state = walk([*[GOOD] * 6, (300, 4_000, 50)])
    served, _ = walk([GOOD] * 3, state)
    assert served == [Tier.STANDARD, Tier.STANDARD, Tier.FULL, Tier.FULL]


QUICK = Prior(fixed_ms=200, moved_ms=150, inp_ms=60, lcp_spread=0.7, of="DE,desktop,fast")
SLOW = Prior(fixed_ms=800, moved_ms=9_000, inp_ms=500, lcp_spread=0.7, of="DE,phone,slow")


@pytest.mark.parametrize(
    ("prior", "network", "expected"),
    [(QUICK, (900, 9_000, 50), Tier.LITE), (SLOW, (300, 300, 50), Tier.FULL)],
)
def test_no_prior_outvotes_what_a_visitors_own_views_keep_saying(
    prior: Prior, network: tuple[float, float, float], expected: Tier
) -> None:
    served, _ = walk([network] * 12, SessionState(prior=prior))
    assert (served[-1].rank >= expected.rank) if expected is Tier.LITE else served[-1] is expected


@given(network=networks, prior=st.sampled_from([QUICK, SLOW]))
def test_a_prior_however_wrong_delays_settling_by_a_dwell_per_tier_at_most(
    network: tuple[float, float, float], prior: Prior
) -> None:
    served, _ = walk([network] * 15, SessionState(prior=prior))
    assert len(set(served[3 + 2 * DWELL :])) == 1


@given(network=networks)
def test_a_constant_network_settles_within_three_views_if_others_have_the_same(
    network: tuple[float, float, float],
) -> None:
    fixed, moved, inp = network
    prior = Prior(fixed_ms=fixed, moved_ms=moved, inp_ms=inp, of="DE,phone,slow")
    served, _ = walk([network] * 15, SessionState(prior=prior))
    assert len(set(served[3:])) == 1


@pytest.mark.parametrize("prior", [None, QUICK, SLOW])
@pytest.mark.parametrize("missing", [(), (0,), (0, 1), (3,), (0, 1, 2)])
def test_no_clock_and_no_gap_in_the_vitals_breaks_the_decision(
    prior: Prior | None, missing: tuple[int, ...]
) -> None:
    state = SessionState(prior=prior)
    for number, began_ms in enumerate((-8.64e15, 8.64e15, 0, 8.64e15)):
        vitals = {} if number in missing else {"ttfb_ms": 100, "lcp_ms": 600 + 9_000 * number}
        report = beacon(
            view_id=f"view-{number:04}",
            vitals=vitals,
            clock={"started_at_ms": began_ms, "sent_after_ms": 0},
        )
        state = follow(state, report, RULES)
        assert all(0 <= each.lcp <= 1 for each in prospects(state, RULES).values())


def test_one_stall_costs_a_visitor_less_whose_like_are_quick() -> None:
    stalls = [GOOD, GOOD, (300, 4_000, 50), GOOD, GOOD, (300, 4_000, 50), (300, 4_000, 50)]
    promised = [
        prospects(walk(stalls, SessionState(prior=prior))[1], RULES)[Tier.FULL].worth
        for prior in (QUICK, SLOW)
    ]
    assert promised[0] > promised[1]


@given(views=st.lists(networks, min_size=1, max_size=12), by=full_ms, at=st.integers(0, 2))
def test_a_slower_view_never_makes_a_tier_more_promising(
    views: list[tuple[float, float, float]], by: float, at: int
) -> None:
    _, state = walk(views)
    last = state.views[-1]
    assert last.fixed_ms is not None
    assert last.moved_ms is not None
    assert last.inp_ms is not None
    slower = (
        replace(last, fixed_ms=last.fixed_ms + by),
        replace(last, moved_ms=last.moved_ms + by),
        replace(last, inp_ms=last.inp_ms + by),
    )[at]
    before = prospects(state, RULES)
    after = prospects(replace(state, views=(*state.views[:-1], slower)), RULES)
    for tier in Tier:
        assert after[tier].worth <= before[tier].worth + 1e-9


@given(views=st.lists(networks, min_size=1, max_size=12))
def test_chances_stay_within_0_and_1_and_a_poorer_tier_is_never_slower(
    views: list[tuple[float, float, float]],
) -> None:
    _, state = walk(views)
    found = prospects(state, RULES)
    for prospect in found.values():
        assert 0 <= prospect.lcp <= 1
        assert 0 <= prospect.inp <= 1


def test_a_session_of_any_length_stays_small_in_the_store() -> None:
    _, state = walk([(1234.5678, 2345.6789, 123.4567)] * 60)
    assert len(state.views) == VIEWS_KEPT
    assert len(session.dump(state)) < 4_096


def test_a_stricter_share_never_gets_a_richer_tier_at_first() -> None:
    for moved in range(200, 20_000, 200):
        report = beacon(vitals={"ttfb_ms": 400, "lcp_ms": 400 + moved})
        ranks = []
        for share in (0.5, 0.75, 0.9):
            target = RULES.target.model_copy(update={"share": share})
            rules = RULES.model_copy(update={"target": target})
            tier = follow(SessionState(), report, rules).tier
            assert tier is not None
            ranks.append(tier.rank)
        assert ranks == sorted(ranks)


@pytest.mark.parametrize("served", list(Tier))
def test_a_missing_inp_is_not_held_against_a_tier(served: Tier) -> None:
    state = SessionState()
    for number in range(4):
        vitals = {"ttfb_ms": 100, "lcp_ms": 500}
        report = beacon(view_id=f"view-{number:04}", tier=str(served), vitals=vitals)
        state = score.update(state, report)
    assert prospects(state, RULES)[Tier.FULL].inp == 1
