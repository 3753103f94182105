"""The kill switch, from the policy's item to a real browser's next page."""

import pytest
from playwright.sync_api import Browser

from adaptive.edge.policy import CONTROL, TIER_COOKIE
from local.loop import PAGES, Loop
from local.visitors import FAST_DESKTOP, SLOW_PHONE
from tests.journeys.policy_world import Policies

pytestmark = pytest.mark.journey


def test_a_kill_reaches_a_visitor_with_the_next_beacon_and_lifting_it_brings_the_tier_back(
    loop: Loop, chromium: Browser, policies: Policies
) -> None:
    with loop.visitor(chromium, SLOW_PHONE) as someone:
        first = loop.seen(someone, PAGES[0])
        assert someone.cookie(TIER_COOKIE) == first.next_tier != CONTROL
        policies.put(kill=True, a_slow_tap_gets=CONTROL)
        someone.move_to(FAST_DESKTOP)  # originals take long on a slow line
        loop.seen(someone, PAGES[1])
        assert someone.cookie(TIER_COOKIE) == CONTROL
        original = someone.page.request.get(f"{loop.base_url}/img/fjord.jpg")
        assert original.headers["content-type"] == "image/jpeg"
        policies.put_back()
        lifted = loop.seen(someone, PAGES[2])
        assert someone.cookie(TIER_COOKIE) == lifted.next_tier
