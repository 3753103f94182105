"""One page, one tier: what a navigation finds, what it pins, and what the origin is told."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptive.edge import policy, variant
from adaptive.edge.policy import CONTROL, TIER_HEADER, Policy, Tier
from tests.samples import POLICY, edge_event

OWN_ORIGIN: Policy = policy.of(
    {
        **{name: getattr(POLICY, name) for name in Policy.__slots__ if not name.startswith("_")},
        "own_origin": True,
    }
)
DOCUMENT = {"sec_fetch_dest": "document"}
WORDS = (*Tier, CONTROL)


def request_for(uri: str = "/page", query: str = "", **headers: str) -> dict[str, Any]:
    request: dict[str, Any] = edge_event(uri, **headers)["Records"][0]["cf"]["request"]
    return {**request, "querystring": query}


def script_for(*, query: str = "", **headers: str) -> str:
    uri: str = variant.adapt(request_for("/js/shop.js", query, **headers), POLICY)["uri"]
    return uri


def pinned(request: dict[str, Any], *, kept: dict[str, Any] | None = None) -> list[str]:
    response = {"status": "200", "statusDescription": "OK", "headers": kept or {}}
    answer = variant.pin(response, request, POLICY)
    return [each["value"] for each in answer["headers"].get("set-cookie", [])]


def told(**headers: str) -> str | None:
    answer = variant.adapt(request_for(**headers), OWN_ORIGIN)
    [entry] = answer["headers"].get(TIER_HEADER, [{"value": None}])
    word: str | None = entry["value"]
    return word


@pytest.mark.parametrize("moved", [*Tier, CONTROL])
def test_a_beacon_that_moves_the_tier_moves_no_script_of_the_page_that_is_open(moved: str) -> None:
    assert script_for(cookie=f"ae_tier={moved}; ae_page=full") == "/js/shop.js"
    assert script_for(cookie=f"ae_tier={moved}; ae_page=lite") == "/js/shop.lite.js"
    assert script_for(cookie=f"ae_tier={moved}; ae_page=control") == "/js/shop.js"


def test_no_hint_moves_a_script_of_a_page() -> None:
    hints = {"ect": "2g", "rtt": "3000", "save_data": "on", "device_memory": "0.25"}
    assert script_for(cookie="ae_page=full", **hints) == "/js/shop.js"
    assert script_for(query="tier=full", **hints) == "/js/shop.js"


def test_images_move_at_once_whatever_the_page_began_with() -> None:
    request = request_for("/img/hero.jpg", "tier=full", cookie="ae_page=full; ae_tier=lite")
    assert variant.adapt(request, POLICY)["uri"] == "/img/hero.jpg/960w.lite.jpg"


def test_a_page_made_for_a_tier_outranks_the_page_opened_last() -> None:
    assert script_for(query="tier=full", cookie="ae_page=lite; ae_tier=lite") == "/js/shop.js"
    assert script_for(query="v=2&tier=lite", cookie="ae_page=full") == "/js/shop.lite.js"
    assert script_for(query="tier=control", cookie="ae_page=lite") == "/js/shop.js"


@pytest.mark.parametrize(
    "query", ["tier=LITE", "tier=", "tier", "tier=gold", "tier=lite&tier=lite"]
)
def test_an_odd_word_is_no_word(query: str) -> None:
    assert script_for(query=query) == "/js/shop.js"
    assert script_for(query=query, cookie="ae_tier=lite; ae_page=odd") == "/js/shop.lite.js"


def test_a_navigation_pins_what_it_finds_beside_the_cookies_of_the_page() -> None:
    cookie = "ae_page={}; Path=/; SameSite=Lax; Secure"
    assert pinned(request_for(**DOCUMENT)) == [cookie.format("full")]
    assert pinned(request_for(accept="text/html,*/*")) == [cookie.format("full")]
    for word in WORDS:
        assert pinned(request_for(cookie=f"ae_tier={word}", **DOCUMENT)) == [cookie.format(word)]
    own = {"set-cookie": [{"key": "Set-Cookie", "value": "a=b"}]}
    moved = request_for(cookie="ae_tier=lite; ae_page=full", **DOCUMENT)
    assert pinned(moved, kept=own) == ["a=b", cookie.format("lite")]


def test_a_page_of_the_same_tier_as_the_one_before_sets_no_cookie() -> None:
    assert pinned(request_for(cookie="ae_tier=lite; ae_page=lite", **DOCUMENT)) == []
    saving = request_for(cookie="ae_tier=full; ae_page=lite", save_data="on", **DOCUMENT)
    assert pinned(saving) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_dest": "iframe"},
        {"sec_fetch_dest": "empty", "accept": "text/html"},
        {"sec_fetch_dest": "script"},
        {"sec_purpose": "prefetch", **DOCUMENT},
        {"sec_purpose": "prefetch;prerender", **DOCUMENT},
        {"purpose": "prefetch", "accept": "text/html"},
        {"accept": "*/*"},
        {},
    ],
)
def test_what_the_visitor_does_not_navigate_to_pins_nothing(headers: dict[str, str]) -> None:
    cookie = "ae_tier=lite; ae_page=full"
    assert pinned(request_for(cookie=cookie, **headers)) == []
    assert told(cookie=cookie, **headers) == "full"
    assert told(cookie="ae_tier=lite", **headers) == "lite"


@pytest.mark.parametrize(
    ("headers", "word"),
    [
        ({}, "full"),
        ({"cookie": "ae_tier=minimal"}, "minimal"),
        ({"cookie": "ae_tier=control"}, "control"),
        ({"cookie": "ae_tier=gold"}, "full"),
        ({"cookie": "ae_tier=standard", "save_data": "on"}, "lite"),
        ({"ect": "2g"}, "minimal"),
        ({"cookie": "ae_tier=lite; ae_page=full"}, "lite"),
    ],
)
def test_the_origin_is_told_what_the_navigation_found(headers: dict[str, str], word: str) -> None:
    assert told(**DOCUMENT, **headers) == word
    for forged in ("full", "minimal", "gold"):
        assert told(**DOCUMENT, **headers, ae_tier=forged) == word


@pytest.mark.parametrize("uri", ["/img/hero.jpg", "/js/shop.js"])
def test_nobody_is_told_of_a_tier_where_files_are_adapted(uri: str) -> None:
    for cookie in ("ae_tier=lite", "ae_tier=control"):
        request = request_for(uri, cookie=cookie, ae_tier="full")
        assert TIER_HEADER not in variant.adapt(request, OWN_ORIGIN)["headers"]


def test_what_cannot_be_adapted_tells_the_origin_nothing_either() -> None:
    forged = request_for(ae_tier="full", accept="x")
    assert set(variant.failed(forged)["headers"]) == {"accept"}
    for broken in (None, 7, {"headers": None}, {}):
        assert variant.failed(broken) == broken


@given(
    headers=st.dictionaries(
        st.sampled_from(
            ["cookie", "ae_tier", "sec_fetch_dest", "sec_purpose", "accept", "ect", "save_data"]
        ),
        st.one_of(
            st.text(max_size=30),
            st.sampled_from(["document", "prefetch", "ae_page=lite", "ae_tier=control", "on"]),
        ),
    )
)
def test_whatever_is_sent_the_origin_is_told_one_of_five_words_and_the_page_keeps_it(
    headers: dict[str, str],
) -> None:
    word = told(**headers)
    assert word in WORDS
    later = {**headers, "sec_fetch_dest": "empty", "cookie": f"ae_page={word}; ae_tier=minimal"}
    assert told(**later) == word
    for cookie in pinned(request_for(**headers)):
        assert cookie.startswith(f"ae_page={word};")


def test_under_global_privacy_control_no_cookie_is_set() -> None:
    assert pinned(request_for(sec_gpc="1", **DOCUMENT)) == []
    assert pinned(request_for(sec_gpc="0", **DOCUMENT)) != []
