import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptive.delivery import evidence
from adaptive.delivery.session import AtFull, Prior, View
from adaptive.edge.policy import Tier
from tests.samples import RULES, beacon

milliseconds = st.floats(min_value=0, max_value=600_000)


def seen(**changes: object) -> View:
    view = evidence.of(beacon(**changes))
    assert view is not None
    return view


@given(lcp=milliseconds, ttfb=milliseconds, connect=milliseconds, load=milliseconds)
def test_no_report_makes_a_part_of_lcp_negative_or_the_parts_more_than_the_whole(
    lcp: float, ttfb: float, connect: float, load: float
) -> None:
    view = seen(
        vitals={"lcp_ms": lcp, "ttfb_ms": ttfb},
        timing={"tcp_ms": connect},
        lcp={"load_duration_ms": load},
    )
    assert view.fixed_ms is not None
    assert view.moved_ms is not None
    assert min(view.fixed_ms, view.moved_ms) >= 0
    assert view.fixed_ms + view.moved_ms <= lcp * (1 + 1e-9)


def test_only_the_time_in_which_bytes_moved_shrinks_with_the_tier() -> None:
    view = seen(
        vitals={"lcp_ms": 3_000, "ttfb_ms": 500},
        timing={"dns_ms": 100, "tcp_ms": 100, "tls_ms": 100},
        lcp={"load_duration_ms": 2_200},
    )
    assert (view.fixed_ms, view.moved_ms) == (700, 2_000)  # 200 ms were the answer's round trip
    assert evidence.lcp_at(view, Tier.LITE, RULES) == pytest.approx(700 + 2_000 * 0.3)


def test_a_text_as_largest_paint_moves_all_after_the_first_byte() -> None:
    view = seen(vitals={"lcp_ms": 1_500, "ttfb_ms": 500}, lcp={"ttfb_ms": 500})
    assert (view.fixed_ms, view.moved_ms) == (500, 1_000)


@given(tier=st.sampled_from(Tier), lcp=milliseconds, inp=milliseconds)
def test_at_the_tier_it_was_served_a_view_is_its_own_equivalent(
    tier: Tier, lcp: float, inp: float
) -> None:
    view = seen(tier=str(tier), vitals={"lcp_ms": lcp, "inp_ms": inp})
    assert evidence.lcp_at(view, tier, RULES) == pytest.approx(lcp)
    assert evidence.inp_at(view, tier, RULES) == pytest.approx(inp)


def test_without_a_tap_the_long_tasks_let_guess_what_one_would_have_waited() -> None:
    view = seen(vitals={}, main_thread={"long_tasks": 3, "long_task_ms": 960})
    assert (view.inp_ms, view.inp_guessed) == (200, True)
    assert seen(vitals={}, main_thread={"long_tasks": 0, "long_task_ms": 0}).inp_ms == 0
    assert seen(vitals={}).inp_ms is None


def test_a_later_report_keeps_what_it_does_not_repeat_even_if_that_is_nought() -> None:
    merged = evidence.merged(
        seen(vitals={"cls": 0, "fcp_ms": 900}), seen(sequence=1, vitals={"fcp_ms": 950})
    )
    assert (merged.vitals.cls, merged.vitals.fcp_ms, merged.sequence) == (0, 950, 1)


def test_a_guess_never_replaces_a_measured_inp() -> None:
    first = seen(vitals={"inp_ms": 80})
    last = seen(sequence=1, vitals={}, main_thread={"long_tasks": 1, "long_task_ms": 900})
    assert evidence.merged(first, last).inp_ms == 80
    assert evidence.merged(last, first).inp_ms == 80


def test_a_later_report_without_lcp_keeps_its_parts_and_the_clock() -> None:
    first = seen(vitals={"lcp_ms": 900}, clock={"started_at_ms": 5, "sent_after_ms": 0})
    kept = evidence.merged(first, seen(sequence=1, vitals={"inp_ms": 40}))
    assert (kept.fixed_ms, kept.moved_ms, kept.started_at_ms) == (0, 900, 5)


MEASURED = Prior(fixed_ms=300, moved_ms=500, inp_ms=60, of="DE,phone,fast")
SLOW = Prior(fixed_ms=300, moved_ms=1_500, inp_ms=400, of="DE,phone,slow")


@pytest.mark.parametrize("known", [None, MEASURED])
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"network": {"ect": "2g"}}, "moved_ms"),
        ({"network": {"save_data": True}}, "moved_ms"),
        ({"device": {"memory_gib": 1}}, "inp_ms"),
    ],
)
def test_a_slow_network_saving_data_or_a_small_memory_makes_the_prior_slower(
    change: dict[str, object], field: str, known: Prior | None
) -> None:
    usual = known or evidence.USUAL
    assert evidence.prior(beacon(), known) == usual
    assert getattr(evidence.prior(beacon(**change), known), field) > getattr(usual, field)


def test_what_was_measured_of_slow_visitors_is_not_made_slower_for_being_slow() -> None:
    hints = {"network": {"ect": "3g"}, "device": {"memory_gib": 2}}
    assert evidence.prior(beacon(**hints), SLOW) == SLOW


def test_a_view_counts_as_what_it_would_have_been_at_full_and_inp_when_it_is_final() -> None:
    vitals = {"lcp_ms": 1_000, "ttfb_ms": 400, "inp_ms": 40}
    first = beacon(tier="lite", vitals=vitals)
    assert evidence.at_full(first, RULES) == AtFull(lcp_ms=2_400, moved_ms=2_000)
    last = evidence.at_full(beacon(tier="lite", vitals=vitals, final=True), RULES)
    assert last == AtFull(lcp_ms=2_400, moved_ms=2_000, inp_ms=160)


@pytest.mark.parametrize(
    "change", [{"hidden": True}, {"navigation": "soft-navigation"}, {"vitals": {}}]
)
def test_what_loads_nothing_in_sight_counts_as_nothing_at_full(change: dict[str, object]) -> None:
    assert evidence.at_full(beacon(final=True, **change), RULES) is None


@given(tier=st.sampled_from(Tier), lcp=milliseconds, ttfb=milliseconds, inp=milliseconds)
def test_what_counts_at_full_is_bounded_whatever_is_sent(
    tier: Tier, lcp: float, ttfb: float, inp: float
) -> None:
    vitals = {"lcp_ms": lcp, "ttfb_ms": ttfb, "inp_ms": inp}
    found = evidence.at_full(beacon(tier=str(tier), vitals=vitals, final=True), RULES)
    assert found is not None
    assert all(value <= 600_000 for value in found.model_dump().values())
