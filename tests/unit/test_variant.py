import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptive.delivery.rendition import Rendition
from adaptive.edge import policy
from adaptive.edge.variant import adapt
from tests.samples import POLICY, edge_event

AVIF = "image/avif,image/webp,image/apng,image/*,*/*;q=0.8"
WEBP = "image/webp,image/*"


IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)
IPAD = IPHONE.replace("iPhone", "iPad")
MAC = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15"
    " Version/18.5 Safari/605.1.15"
)
ANDROID_PHONE = "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"


def request_for(uri: str = "/img/hero.jpg", **headers: str) -> dict[str, Any]:
    request: dict[str, Any] = edge_event(uri, **headers)["Records"][0]["cf"]["request"]
    return request


def uri_for(uri: str = "/img/hero.jpg", **headers: str) -> str:
    result: str = adapt(request_for(uri, **headers), POLICY)["uri"]
    return result


@pytest.mark.parametrize(
    "cookie",
    [
        "ae_tier=FULL",
        "ae_tier=",
        "ae_tier=lite%20",
        "ae_tier=../../etc",
        "xae_tier=lite",
        "ae_tier",
    ],
)
def test_a_cookie_outside_the_closed_set_counts_as_absent(cookie: str) -> None:
    assert uri_for(accept=AVIF, cookie=cookie) == "/img/hero.jpg/1920w.full.avif"


@pytest.mark.parametrize(
    ("tier", "expected"),
    [
        ("full", "1920w.full"),
        ("standard", "1280w.standard"),
        ("lite", "960w.lite"),
        ("minimal", "960w.minimal"),
    ],
)
def test_the_tier_cookie_decides(tier: str, expected: str) -> None:
    assert (
        uri_for(accept=AVIF, cookie=f"a=b; ae_tier={tier}; c=d") == f"/img/hero.jpg/{expected}.avif"
    )


def test_the_cookie_outranks_the_connection_hint() -> None:
    assert ".full." in uri_for(accept=AVIF, cookie="ae_tier=full", ect="2g")


@pytest.mark.parametrize(
    ("ect", "tier"),
    [("slow-2g", "minimal"), ("2g", "minimal"), ("3g", "lite"), ("4g", "full"), ("9g", "full")],
)
def test_without_a_cookie_the_connection_hint_decides(ect: str, tier: str) -> None:
    assert f".{tier}." in uri_for(accept=AVIF, ect=ect)


def test_save_data_caps_at_lite_and_leaves_minimal() -> None:
    assert ".lite." in uri_for(accept=AVIF, cookie="ae_tier=full", save_data="on")
    assert ".minimal." in uri_for(accept=AVIF, cookie="ae_tier=minimal", save_data="on")


def test_control_sessions_are_untouched() -> None:
    assert uri_for(accept=AVIF, cookie="ae_tier=control", save_data="on") == "/img/hero.jpg"
    assert uri_for("/js/shop.js", cookie="ae_tier=control") == "/js/shop.js"


@pytest.mark.parametrize(
    ("accept", "suffix"),
    [
        (AVIF, "avif"),
        (WEBP, "webp"),
        ("*/*", "jpg"),
        ("image/*", "jpg"),
        ("", "jpg"),
        ("image/avif;q=0, image/webp", "webp"),
        ("image/avif;q=0.000,image/webp;q=0.0", "jpg"),
        ("image/avif ; q=0.001", "avif"),
        ("image/avif;q=1.000", "avif"),
        ("image/avif;q=1.001", "jpg"),
        ("image/avif;q=.5", "jpg"),
        ("image/avif;q=-1", "jpg"),
        ("image/avif;q=NaN", "jpg"),
        ("image/avif;codecs=av1", "jpg"),
        ("image/avifx,ximage/avif", "jpg"),
        ("image/webp,\timage/avif\t,x/y", "avif"),
        ("image/avif, text/é", "jpg"),
        ("image/avif," + "x/y," * 2_500, "jpg"),
    ],
    ids=lambda value: value[:40],
)
def test_accept_decides_the_format(accept: str, suffix: str) -> None:
    assert uri_for(accept=accept).endswith(f".{suffix}")


def test_a_png_is_left_alone_for_browsers_without_a_format_that_keeps_its_alpha() -> None:
    assert uri_for("/img/logo.png", accept="*/*") == "/img/logo.png"


@pytest.mark.parametrize(
    ("hints", "width"),
    [
        ({"sec_ch_width": "500"}, 640),
        ({"width": "640"}, 640),
        ({"width": "9000"}, 1920),
        ({"viewport_width": "412", "dpr": "2.625"}, 1280),
        ({"viewport_width": "412"}, 1920),
        ({"width": "NaN"}, 1920),
        ({"width": "-5"}, 1920),
        ({"width": "0"}, 1920),
        ({"width": "1e9"}, 1920),
        ({"width": "١٢٣"}, 1920),
        ({"width": "500, 600"}, 1920),
        ({"width": "1" * 10_000}, 1920),
        ({"width": "1e309"}, 1920),
        ({"width": "0x140"}, 1920),
        ({"width": " 320"}, 1920),
        ({"sec_ch_width": "NaN", "viewport_width": "300", "dpr": "1"}, 320),
    ],
)
def test_widths_snap_up_to_the_ladder_and_odd_hints_are_ignored(
    hints: dict[str, str], width: int
) -> None:
    assert uri_for(accept=AVIF, **hints) == f"/img/hero.jpg/{width}w.full.avif"


def test_a_header_sent_twice_is_ignored() -> None:
    request = edge_event(accept=AVIF)["Records"][0]["cf"]["request"]
    request["headers"]["width"] = [{"key": "Width", "value": "300"}] * 2
    assert adapt(request, POLICY)["uri"] == "/img/hero.jpg/1920w.full.avif"


@pytest.mark.parametrize(
    "query",
    ["w", "w=", "w=NaN", "w=-1", "w=1e309", "w=320&w=640", "w&w=320", "W=320", "xw=320", "w=%33"],
)
def test_an_odd_w_is_ignored(query: str) -> None:
    request = {**request_for(accept=AVIF), "querystring": query}
    assert adapt(request, POLICY)["uri"] == "/img/hero.jpg/1920w.full.avif"


def test_no_query_string_gets_behind_a_rewritten_path() -> None:
    request = {**request_for(accept=AVIF), "querystring": "v=3&w=300&" + "x=" * 4_000}
    adapted = adapt(request, POLICY)
    assert (adapted["uri"], adapted["querystring"]) == ("/img/hero.jpg/320w.full.avif", "")
    alone = {**request_for(cookie="ae_tier=control"), "querystring": "v=3"}
    assert adapt(alone, POLICY)["querystring"] == "v=3"


@pytest.mark.parametrize("byte_range", ["bytes=0-99", "bytes=-5", "bytes=0-0,5-9", "x"])
def test_a_range_is_one_of_the_same_rendition(byte_range: str) -> None:
    headers = {"accept": AVIF, "cookie": "ae_tier=lite"}
    assert uri_for(**headers, range=byte_range) == uri_for(**headers)


@pytest.mark.parametrize(
    ("agent", "width"), [(IPHONE, 1280), (ANDROID_PHONE, 1280), (MAC, 1920), (IPAD, 1920)]
)
def test_safari_without_a_hint_gets_its_measured_tier_and_a_width_for_its_class(
    agent: str, width: int
) -> None:
    assert uri_for(user_agent=agent) == f"/img/hero.jpg/{width}w.full.jpg"
    lite = uri_for(user_agent=agent, accept=AVIF, cookie="ae_tier=lite")
    assert lite == "/img/hero.jpg/960w.lite.avif"


def test_what_the_browser_says_of_its_class_outranks_its_user_agent() -> None:
    assert uri_for(user_agent=IPHONE, sec_ch_ua_mobile="?0") == "/img/hero.jpg/1920w.full.jpg"
    assert uri_for(user_agent=MAC, sec_ch_ua_mobile="?1") == "/img/hero.jpg/1280w.full.jpg"


def test_no_rendition_is_wider_than_the_original_if_that_is_known() -> None:
    assert uri_for("/img/narrow.jpg") == "/img/narrow.jpg/640w.full.jpg"
    assert uri_for("/img/icon.png", accept=AVIF) == "/img/icon.png"


def test_the_first_of_two_tier_cookies_counts() -> None:
    assert ".lite." in uri_for(cookie="ae_tier=lite; ae_tier=minimal")


def test_scripts_get_the_twin_of_their_tier() -> None:
    assert uri_for("/js/shop.js", cookie="ae_tier=lite") == "/js/shop.lite.js"
    assert uri_for("/js/shop.js", cookie="ae_tier=standard") == "/js/shop.js"
    assert uri_for("/js/other.js", cookie="ae_tier=lite") == "/js/other.js"


@pytest.mark.parametrize(
    "uri",
    [
        "/",
        "/img/",
        "/img/hero",
        "/img/hero.svg",
        "/img/hero.gif",
        "/images/hero.jpg",
        "/img/../secret.jpg",
        "/img/./hero.jpg",
        "/img//hero.jpg",
        "/img/%2e%2e/hero.jpg",
        "/img/a b.jpg",
        "/img/hero.jpg\n",
        "/img/hérö.jpg",
        "/img/" + "a" * 900 + ".jpg",
        "/img/hero.jpg/960w.lite.avif",
        "/img/hero.jpg/960w.lite.jpg",
        "/img/hero.jpg/1w.huge.jpg",
    ],
)
def test_anything_odd_passes_through_unchanged(uri: str) -> None:
    assert uri_for(uri, accept=AVIF, cookie="ae_tier=lite") == uri


@pytest.mark.parametrize("method", ["POST", "PUT", "OPTIONS", "get"])
def test_only_get_and_head_are_rewritten(method: str) -> None:
    request = edge_event(method=method, accept=AVIF)["Records"][0]["cf"]["request"]
    assert adapt(request, POLICY)["uri"] == "/img/hero.jpg"


def test_our_own_headers_cannot_be_sent_by_a_client() -> None:
    request = edge_event(accept=AVIF, x_ae_tier="full", x_other="1")["Records"][0]["cf"]["request"]
    assert set(adapt(request, POLICY)["headers"]) == {"accept", "x-other"}


texts = st.text(max_size=40)
paths = st.one_of(
    texts.map(lambda text: "/img/" + text),
    st.from_regex(re.compile(r"/img/[a-zA-Z0-9_./%-]{0,40}\.(jpg|png|webp)"), fullmatch=True),
)
headers = st.dictionaries(
    st.sampled_from(["accept", "cookie", "width", "dpr", "viewport_width", "ect", "save_data"]),
    st.one_of(texts, st.sampled_from([AVIF, "ae_tier=lite", "on", "3g", "2.5", "412", "1e309"])),
)


@given(uri=paths, headers=headers)
def test_whatever_comes_in_the_path_stays_in_the_ladder_and_rewriting_twice_changes_nothing(
    uri: str, headers: dict[str, Any]
) -> None:
    request = edge_event(uri, **headers)["Records"][0]["cf"]["request"]
    once = adapt(request, POLICY)
    assert adapt(once, POLICY) == once
    if once["uri"] != uri:
        assert Rendition.parse(once["uri"], POLICY).original == uri


def test_a_policy_survives_the_package() -> None:
    assert policy.dump(policy.load(policy.dump(POLICY))) == policy.dump(POLICY)


def test_renditions_per_image_is_ladder_times_tiers_times_formats() -> None:
    assert POLICY.renditions_per_image == (5 + 4 + 3 + 3 + 2) * 3
