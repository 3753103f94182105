"""The bench's page model: laws that must hold before its figures mean anything."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptive.edge.policy import Tier
from bench.control import fit, shop
from bench.control.link import Link
from bench.control.page import Transport, load

steps = st.lists(
    st.tuples(st.floats(0.1, 5), st.floats(0.05, 20)), min_size=2, max_size=12
)  # (seconds, Mbit/s)


def link(steps: list[tuple[float, float]]) -> Link:
    at_s, points = 0.0, []
    for span_s, mbps in steps:
        points.append((at_s, mbps))
        at_s += span_s
    return Link.of("drawn", points, rtt_s=0.05)


def lcp_ms(on: Link, tier: Tier, slowdown: float = 1, at_s: float = 3) -> float:
    page, device = shop.pages(tier)[0], shop.device(slowdown)
    return load(page, on, device, at_s=at_s, transport=Transport()).lcp_ms


@given(steps=steps, count=st.floats(0, 1e8))
def test_a_link_delivers_what_it_was_asked_when_it_says(
    steps: list[tuple[float, float]], count: float
) -> None:
    drawn = link(steps)
    assert drawn.delivered(drawn.when(count)) == pytest.approx(count, rel=1e-6, abs=1e-3)


@given(steps=steps, at_s=st.floats(0, 100))
def test_a_faster_link_or_processor_never_paints_later(
    steps: list[tuple[float, float]], at_s: float
) -> None:
    drawn = link(steps)
    slow = lcp_ms(drawn, Tier.FULL, at_s=at_s)
    assert lcp_ms(drawn.scaled(2), Tier.FULL, at_s=at_s) <= slow + 1e-6
    assert lcp_ms(drawn, Tier.FULL, slowdown=4, at_s=at_s) >= slow - 1e-6


def test_a_poorer_tier_paints_sooner_on_a_slow_link() -> None:
    steady = Link.steady(1, rtt_s=0.1)
    times = [lcp_ms(steady, tier) for tier in Tier]
    assert times == sorted(times, reverse=True)


def test_the_model_is_within_15_percent_of_chromium_at_the_median() -> None:
    runs = fit.runs()
    assert len(runs) >= 30
    assert fit.median_error(runs) < 0.15


def test_the_fitted_constants_can_be_varied() -> None:
    slower = fit.runs(replace(fit.Constants(), parse_ms=500))
    assert sum(run.predicted_ms for run in slower) > sum(run.predicted_ms for run in fit.runs())
