"""Other ways to serve a tier: what is declared is served, whatever else a visitor says."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptive.delivery.rendition import Rendition
from adaptive.edge import policy, variant
from adaptive.edge.policy import CONTROL, FIELDS, TIER_HEADER, Policy, Tier
from adaptive.errors import RenditionError
from tests.samples import POLICY, edge_event


def policy_with(**changes: Any) -> Policy:
    return policy.of({**{name: getattr(POLICY, name) for name in FIELDS}, **changes})


PLAIN = policy_with(recipes={}, max_width={tier: POLICY.max_width[tier] for tier in Tier})
WORDS = (*Tier, CONTROL, "gold", "")
HOSTILE = st.one_of(
    st.sampled_from(
        [
            *("", "THRIFTY", "thrifty.", ".thrifty", "lite.thrifty", "lite", "full", "control"),
            *(
                "__proto__",
                "constructor",
                "thrifty,whole",
                "thrifty%20",
                "thrifty\u00a0",
                "'",
                "\0",
            ),
            *("thrifty/../whole", "../../secret", "thrifty" * 2_000, "\u0442hrifty"),
        ]
    ),
    st.text(max_size=40).filter(lambda text: ";" not in text),
)
URIS = st.sampled_from(["/img/hero.jpg", "/img/narrow.jpg", "/js/shop.js", "/page", "/img/x.png"])


def request_for(uri: str, cookie: str = "", query: str = "", **headers: str) -> dict[str, Any]:
    told = {**headers, **({"cookie": cookie} if cookie else {})}
    request: dict[str, Any] = edge_event(uri, **told)["Records"][0]["cf"]["request"]
    return {**request, "querystring": query}


def served(uri: str, cookie: str = "", query: str = "", **headers: str) -> str:
    adapted: str = variant.adapt(request_for(uri, cookie, query, **headers), POLICY)["uri"]
    return adapted


def pinned(cookie: str) -> str | None:
    request = request_for("/page", cookie, sec_fetch_dest="document")
    answer = variant.pin({"status": "200", "headers": {}}, request, POLICY)
    found = answer["headers"].get("set-cookie")
    return found[0]["value"].partition(";")[0] if found else None


@given(HOSTILE, st.sampled_from(WORDS), URIS)
def test_what_is_no_recipe_of_the_measured_tier_leaves_the_tier_as_it_is(
    text: str, word: str, uri: str
) -> None:
    cookie = f"ae_tier={word}; ae_recipe={text}"
    known = POLICY.recipes.get(text.rstrip(" \t"))
    if known is None or known != word:
        assert served(uri, cookie) == served(uri, f"ae_tier={word}")
        assert pinned(cookie) == pinned(f"ae_tier={word}")


@given(HOSTILE, st.sampled_from(WORDS), URIS)
def test_a_page_cookie_that_names_nothing_declared_is_none(text: str, word: str, uri: str) -> None:
    if text.rstrip(" \t") not in POLICY.words:
        assert served(uri, f"ae_page={text}; ae_tier={word}") == served(uri, f"ae_tier={word}")


@given(HOSTILE, st.sampled_from(WORDS), URIS)
def test_a_site_without_recipes_has_no_ear_for_them(text: str, word: str, uri: str) -> None:
    for name in (text, *POLICY.recipes):
        request = request_for(uri, f"ae_tier={word}; ae_recipe={name}")
        assert (
            variant.adapt(request, PLAIN)["uri"]
            == (variant.adapt(request_for(uri, f"ae_tier={word}"), PLAIN)["uri"])
        )


@given(
    st.sampled_from(WORDS),
    st.sampled_from(WORDS),
    HOSTILE | st.sampled_from([*POLICY.recipes]),
    st.floats(1, 99_999),
    st.sampled_from(["image/avif", "image/webp", "*/*"]),
)
def test_no_image_has_more_keys_than_are_counted(
    word: str, page: str, text: str, width: float, accept: str
) -> None:
    cookie = f"ae_tier={word}; ae_page={page}; ae_recipe={text}"
    uri = served("/img/hero.jpg", cookie, f"w={width:.0f}", accept=accept)
    counted = [
        f"/img/hero.jpg/{each}w.{name}.{ending}"
        for name in POLICY.max_width
        for each in POLICY.widths_of(name)
        for ending in POLICY.formats
    ]
    assert len(counted) == POLICY.renditions_per_image
    assert uri in {"/img/hero.jpg", *counted}


def test_a_recipe_with_a_ladder_of_its_own_is_served_by_that() -> None:
    cookie = "ae_tier=lite; ae_recipe=thrifty"
    assert served("/img/hero.jpg", cookie) == "/img/hero.jpg/640w.thrifty.jpg"
    assert served("/js/shop.js", cookie) == "/js/shop.lite.js"


def test_a_recipe_of_bundles_alone_shares_the_renditions_of_its_tier() -> None:
    cookie = "ae_tier=lite; ae_recipe=whole"
    assert served("/img/hero.jpg", cookie) == "/img/hero.jpg/960w.lite.jpg"
    assert served("/js/shop.js", cookie) == "/js/shop.js"
    assert served("/js/shop.js", "ae_tier=minimal; ae_recipe=rebuilt") == "/js/shop.new.js"


def test_control_and_whoever_asks_for_fewer_bytes_are_served_by_no_recipe() -> None:
    for uri in ("/img/hero.jpg", "/js/shop.js"):
        assert served(uri, "ae_tier=control; ae_recipe=thrifty") == uri
    richer = policy_with(
        recipes={"crisp": "standard"}, max_width={**POLICY.max_width, "crisp": 960}
    )
    request = request_for("/img/hero.jpg", "ae_tier=standard; ae_recipe=crisp")
    assert variant.adapt(request, richer)["uri"] == "/img/hero.jpg/960w.crisp.jpg"
    request = request_for("/img/hero.jpg", "ae_tier=standard; ae_recipe=crisp", save_data="on")
    assert variant.adapt(request, richer)["uri"] == "/img/hero.jpg/960w.lite.jpg"
    saving = "ae_tier=lite; ae_recipe=thrifty"
    assert served("/img/hero.jpg", saving, save_data="on") == "/img/hero.jpg/640w.thrifty.jpg"


def test_a_page_keeps_the_scripts_of_the_recipe_that_it_began_with() -> None:
    assert pinned("ae_tier=lite; ae_recipe=whole") == "ae_page=lite.whole"
    assert pinned("ae_tier=lite; ae_recipe=whole; ae_page=lite") == "ae_page=lite.whole"
    assert pinned("ae_tier=lite; ae_recipe=whole; ae_page=lite.whole") is None
    for moved in ("lite", "lite; ae_recipe=thrifty", "full", CONTROL):
        assert served("/js/shop.js", f"ae_page=lite.whole; ae_tier={moved}") == "/js/shop.js"
        began = f"ae_page=minimal.rebuilt; ae_tier={moved}"
        assert served("/js/shop.js", began) == "/js/shop.new.js"
    assert served("/js/shop.js", "ae_page=lite; ae_tier=lite; ae_recipe=whole") == (
        "/js/shop.lite.js"
    )


def test_a_page_made_for_a_tier_has_the_recipe_of_that_tier_and_of_no_other() -> None:
    began = "ae_page=minimal.rebuilt; ae_tier=minimal; ae_recipe=rebuilt"
    assert served("/js/shop.js", began, "tier=minimal") == "/js/shop.new.js"
    assert served("/js/shop.js", began, "tier=lite") == "/js/shop.lite.js"
    assert served("/js/shop.js", began, "tier=full") == "/js/shop.js"


def test_an_origin_of_the_sites_own_is_told_the_tier_alone() -> None:
    request = request_for("/page", "ae_tier=lite; ae_recipe=whole", sec_fetch_dest="document")
    [told] = variant.adapt(request, policy_with(own_origin=True))["headers"][TIER_HEADER]
    assert told["value"] == "lite"


def test_renditions_of_a_recipe_are_made_where_it_has_its_own() -> None:
    found = Rendition.parse("/img/hero.jpg/640w.thrifty.avif", POLICY)
    assert (found.tier, found.recipe, found.word) == (Tier.LITE, "thrifty", "thrifty")
    for path in ("640w.whole.avif", "960w.thrifty.avif", "640w.rebuilt.avif", "640w.other.avif"):
        with pytest.raises(RenditionError):
            Rendition.parse(f"/img/hero.jpg/{path}", POLICY)


def test_recipes_survive_being_written_and_read() -> None:
    again = policy.load(policy.dump(POLICY))
    assert (again.recipes, again.words) == (POLICY.recipes, POLICY.words)
    assert again.renditions_per_image == POLICY.renditions_per_image
    old = {name: getattr(PLAIN, name) for name in FIELDS if name != "recipes"}
    assert policy.of(old).recipes == {}
