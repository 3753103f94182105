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
    ("path", "tier", "headers", "rows"),
    [
        ("/img/hero.jpg", "lite", [], ["tier-cookie", "desktop", "avif"]),
        (
            "/img/hero.jpg",
            "full",
            ["Save-Data: on"],
            ["tier-cookie", "save-data", "desktop", "avif"],
        ),
        ("/img/hero.jpg", None, ["ECT: 2g", "Width: 300"], ["ect", "width", "avif"]),
        ("/img/hero.jpg", "control", [], ["control"]),
        ("/img/hero.svg", "lite", [], ["path"]),
        ("/js/shop.js", "full", [], ["tier-cookie", "twin"]),
    ],
)
def test_it_names_the_rows_that_decided(
    path: str, tier: str | None, headers: list[str], rows: list[str]
) -> None:
    because = explained(path, AVIF, *headers, tier=tier).because
    assert [reason.row for reason in because] == rows
    assert all(reason.question and reason.when and reason.then for reason in because)


def test_a_cookie_beside_the_tier_leaves_the_tier_in_force() -> None:
    assert explained("/js/shop.js", "Cookie: a=b", tier="lite").uri == "/js/shop.lite.js"
