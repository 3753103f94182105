"""The network stays or changes while somebody reads on, in a real browser: so does the tier.

What is asserted are tiers, not times. Taps on the shop's full script took 80 to 328 ms in eight
unthrottled views, half of them above 180 (bench/control/measured.csv, the least disturbed of three
runs): that misses the shipped target of 200 ms for 75 %, so `lite` would be right. A policy puts it
out of the way, so that the network decides; with the shipped targets tests/unit/test_tier.py has
both cases.
"""

from dataclasses import replace
from itertools import cycle, islice, pairwise

import pytest
from playwright.sync_api import Browser

from adaptive.edge.policy import Tier
from adaptive.settings.rules import Target
from local.loop import PAGES, Loop
from local.visitors import FAST_DESKTOP, SLOW_PHONE, Profile
from tests.journeys.policy_world import Policies

pytestmark = [pytest.mark.journey, pytest.mark.timed]

COLLAPSED = Profile(
    "a train in a tunnel", 1280, 800, 1, mobile=False, down_kbps=400, latency_ms=400
)
SLOW = replace(SLOW_PHONE, down_kbps=700, latency_ms=300)
MOST_VIEWS = 12
_GOOD = 90  # the Web Vitals' good limit, on the score's scale


@pytest.fixture(autouse=True, scope="module")
def _the_network_decides(policies: Policies) -> None:
    target = Target(lcp_ms=2_500, inp_ms=10_000, share=0.75)
    policies.put(target=target, a_slow_tap_gets="full")


def test_a_fast_visitor_stays_at_full(loop: Loop, chromium: Browser) -> None:
    seen = loop.visit(chromium, FAST_DESKTOP)
    assert [each.view.tier for each in seen[1:]] == [Tier.FULL, Tier.FULL]
    assert all(each.score and each.score >= _GOOD for each in seen)


def test_a_visitor_whose_throttle_is_lifted_climbs_back_to_full(
    loop: Loop, chromium: Browser
) -> None:
    with loop.visitor(chromium, SLOW) as someone:
        slow = [loop.seen(someone, path) for path in PAGES[:2]]
        someone.move_to(SLOW.unthrottled())
        climbed = [Tier(slow[-1].next_tier or "")]
        assert climbed[0] is not Tier.FULL
        for path in islice(cycle(PAGES), MOST_VIEWS):
            climbed.append(Tier(loop.seen(someone, path).next_tier or ""))
            if climbed[-1] is Tier.FULL:
                break
    assert climbed[-1] is Tier.FULL, climbed
    assert all(before.rank - after.rank <= 1 for before, after in pairwise(climbed))


def test_a_visitor_whose_network_collapses_drops_within_one_view(
    loop: Loop, chromium: Browser
) -> None:
    first, second, third = PAGES
    with loop.visitor(chromium, FAST_DESKTOP) as someone:
        good = [loop.seen(someone, path) for path in (first, second)]
        someone.move_to(COLLAPSED)
        collapsed = loop.seen(someone, third)
        after = loop.seen(someone, first)
    assert {each.next_tier for each in good} == {Tier.FULL}
    assert collapsed.view.tier == Tier.FULL
    assert Tier(after.view.tier or "").rank > Tier.FULL.rank
