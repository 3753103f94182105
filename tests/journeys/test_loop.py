"""Browser, ingest, stream, score, edge, asset, browser: through the deployed local cloud."""

from statistics import median

import httpx
import pytest
from playwright.sync_api import Browser

from adaptive.edge.policy import CONTROL, Tier
from local.loop import Loop
from local.visitors import FAST_DESKTOP, SLOW_PHONE
from tests.samples import envelope, wire_beacon

pytestmark = pytest.mark.journey


@pytest.mark.timed
def test_a_slow_visitors_third_view_is_poorer_lighter_and_faster_than_the_first(
    loop: Loop, chromium: Browser
) -> None:
    visits = [loop.visit(chromium, SLOW_PHONE) for _ in range(3)]  # one LCP is noise
    firsts, _, thirds = zip(*visits, strict=True)
    assert {first.view.tier for first in firsts} == {None}
    for first, third in zip(firsts, thirds, strict=True):
        assert Tier(third.view.tier or "").rank > Tier.FULL.rank
        assert third.view.bytes <= first.view.bytes / 2
    before, after = (median(each.view.lcp_ms for each in seen) for seen in (firsts, thirds))
    assert after < before


def test_a_held_out_visitor_gets_untouched_originals(loop: Loop, chromium: Browser) -> None:
    seen = loop.visit(chromium, FAST_DESKTOP, control=True)
    assert {each.view.tier for each in seen} == {CONTROL}
    originals = httpx.get(
        f"{loop.base_url}/img/manhattan.jpg", headers={"cookie": "ae_tier=control"}
    )
    assert originals.headers["content-type"] == "image/jpeg"
    assert len(originals.content) == 646_615


def test_a_rendition_is_made_once_then_served_from_the_cache(loop: Loop) -> None:
    asked = {"accept": "image/webp", "cookie": "ae_tier=minimal", "sec-ch-width": "300"}
    url = f"{loop.base_url}/img/fjord.jpg"
    first, second = (httpx.get(url, headers=asked, timeout=30) for _ in range(2))
    assert first.headers["content-type"] == second.headers["content-type"] == "image/webp"
    assert first.content == second.content
    assert second.headers["x-cache"] == "Hit from cloudfront"


def test_a_bad_beacon_is_refused_at_the_front_door(loop: Loop) -> None:
    body = envelope(wire_beacon(vitals={"lcp_ms": -1}))
    answer = httpx.post(
        f"{loop.base_url}/rum", content=body, headers={"content-type": "text/plain"}
    )
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["field"] == "beacons.0.vitals.lcp_ms"
