import pytest

from adaptive.edge.variant import adapt
from local.adaptive_site.explanation import Explanation, explain, request_of
from local.adaptive_site.failure import SiteError
from tests.samples import POLICY

AVIF = "Accept: image/avif,*/*"


def explained(url: str, *headers: str, tier: str | None = None) -> Explanation:
    return explain(request_of(url, tier=tier, headers=headers), POLICY)


@pytest.mark.parametrize("url", ["", "img/hero.jpg", "https://shop.example", "?w=1", "mailto:x"])
def test_a_url_without_a_path_is_refused_with_the_cure(url: str) -> None:
    with pytest.raises(SiteError, match="has no path: give a URL"):
        explained(url)


@pytest.mark.parametrize("header", ["", "Accept", ": x", "  :x"])
def test_what_is_no_header_is_refused_with_the_cure(header: str) -> None:
    with pytest.raises(SiteError, match='is no header: write "Name: value"'):
        explained("/img/hero.jpg", header)


@pytest.mark.parametrize("tier", ["full", "lite", "control", None])
@pytest.mark.parametrize("path", ["/img/hero.jpg", "/js/shop.js", "/about.html"])
def test_it_names_what_the_edge_would_ask_for(path: str, tier: str | None) -> None:
    request = request_of(f"https://shop.example{path}?a=b", tier=tier, headers=[AVIF])
    assert explain(request, POLICY).uri == adapt(request, POLICY)["uri"]
    assert request["querystring"] == "a=b"


@pytest.mark.parametrize(
    ("tier", "headers", "because"),
    [
        ("lite", [], "the cookie ae_tier says lite"),
        ("full", ["Save-Data: on"], "the cookie ae_tier says full; Save-Data caps at lite"),
        ("control", [], "the holdout gets originals"),
        (None, ["ECT: 2g"], "as slow as minimal"),
        (None, [], "the site's default_tier, full"),
    ],
)
def test_it_says_what_decided_the_tier(tier: str | None, headers: list[str], because: str) -> None:
    assert because in explained("/img/hero.jpg", *headers, tier=tier).tier_because


@pytest.mark.parametrize(
    ("path", "tier", "because"),
    [
        ("/js/shop.js", "lite", "its twin in [bundles]"),
        ("/js/shop.js", "full", "no twin for this tier"),
        ("/about.html", "lite", "neither in [bundles] nor below delivery.image_prefixes"),
        ("/img/hero.svg", "lite", "the original"),
        ("/img/hero.jpg", "lite", "no width is told: the tier's widest"),
    ],
)
def test_it_says_what_decided_the_variant(path: str, tier: str, because: str) -> None:
    assert because in explained(path, AVIF, tier=tier).variant_because


def test_a_cookie_beside_the_tier_leaves_the_tier_in_force() -> None:
    assert explained("/js/shop.js", "Cookie: a=b", tier="lite").uri == "/js/shop.lite.js"
