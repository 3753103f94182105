"""Pages rendered by tier, by Flask and by Next.js, through the edge and the CDN before them."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from adaptive.edge.policy import CONTROL, Tier
from tests import examples_world
from tests.cdn_world import Site

WORDS = (*Tier, CONTROL)
RUNTIMES = ("lambda", "function")


@pytest.fixture(scope="module")
def flask() -> Iterator[int]:
    with examples_world.flask() as port:
        yield port


@pytest.fixture(scope="module")
def next_js() -> Iterator[int]:
    with examples_world.next_js() as port:
        yield port


@pytest.fixture(params=RUNTIMES)
def uncached(request: pytest.FixtureRequest, flask: int, tmp_path: Path) -> Iterator[Site]:
    with examples_world.behind_the_edge(
        flask, cached=False, runtime=request.param, folder=tmp_path
    ) as site:
        yield site


@pytest.fixture(params=RUNTIMES)
def cached(request: pytest.FixtureRequest, flask: int, tmp_path: Path) -> Iterator[Site]:
    with examples_world.behind_the_edge(
        flask, cached=True, runtime=request.param, folder=tmp_path
    ) as site:
        yield site


def navigate(site: Site, path: str, *cookies: str, **headers: str) -> httpx.Response:
    answer = site.get(path, sec_fetch_dest="document", cookie="; ".join(cookies), **headers)
    assert answer.status_code == 200
    site.http.cookies.clear()
    return answer


def tier_of(answer: httpx.Response) -> str:
    """What the page says it was rendered for; its script is asked for by the same word."""
    (word,) = re.findall(r'data-tier="(\w+)"', answer.text)
    assert f"/js/shop.js?tier={word}" in answer.text
    assert ("<video" in answer.text) == (word not in {"lite", "minimal"})
    return str(word)


def test_each_tier_has_its_page_and_nobody_gets_anothers(uncached: Site) -> None:
    for path in ("/", "/lamps"):
        for word in (*WORDS, *reversed(WORDS)):
            answer = navigate(uncached, path, f"ae_tier={word}")
            assert tier_of(answer) == word
            assert answer.headers["x-cache"] == "Miss from cloudfront"


def test_a_page_kept_by_tier_reaches_no_other_tier(cached: Site) -> None:
    seen = [navigate(cached, "/lamps", f"ae_tier={each}", f"a={each}") for each in (*WORDS, *WORDS)]
    assert [tier_of(each) for each in seen] == [*WORDS, *WORDS]
    states = [each.headers["x-cache"].split()[0] for each in seen]
    assert states == ["Miss"] * len(WORDS) + ["Hit"] * len(WORDS)
    assert {each.headers["vary"] for each in seen} == {"Cookie, Save-Data"}


def test_somebodys_own_page_is_kept_by_nobody_even_where_pages_are_kept(cached: Site) -> None:
    for word in (*WORDS, *WORDS):
        answer = navigate(cached, "/", f"ae_tier={word}")
        assert (tier_of(answer), answer.headers["x-cache"]) == (word, "Miss from cloudfront")


@pytest.mark.parametrize("path", ["/", "/lamps"])
def test_a_tier_that_the_visitor_made_up_reaches_nobody(cached: Site, path: str) -> None:
    for forged in ("minimal", "gold", "full, lite"):
        assert tier_of(navigate(cached, path, "ae_tier=standard", ae_tier=forged)) == "standard"
        assert tier_of(navigate(cached, path, ae_tier=forged)) == "full"
    assert tier_of(navigate(cached, path, "ae_tier=minimal")) == "minimal"


def test_the_answer_pins_what_the_page_was_rendered_for(uncached: Site) -> None:
    answer = navigate(uncached, "/", "ae_tier=lite", "ae_page=full")
    assert answer.headers["set-cookie"] == "ae_page=lite; Path=/; SameSite=Lax; Secure"
    assert "set-cookie" not in navigate(uncached, "/", "ae_tier=lite", "ae_page=lite").headers


def test_a_part_fetched_later_is_of_the_pages_tier_and_moves_nothing(cached: Site) -> None:
    cookie = "ae_tier=minimal; ae_page=standard"
    for headers in ({"sec_fetch_dest": "empty"}, {"sec_purpose": "prefetch"}):
        answer = cached.get("/lamps", cookie=cookie, **headers)
        assert tier_of(answer) == "standard"
        assert "set-cookie" not in answer.headers


def test_next_js_renders_each_tier_and_keeps_its_pages_private(
    next_js: int, tmp_path: Path
) -> None:
    for cached in (False, True):
        folder = tmp_path / str(cached)
        with examples_world.behind_the_edge(
            next_js, cached=cached, runtime="lambda", folder=folder
        ) as site:
            for word in (*WORDS, *reversed(WORDS)):
                answer = navigate(site, "/", f"ae_tier={word}", ae_tier="full")
                assert tier_of(answer) == word
                assert answer.headers["x-cache"] == "Miss from cloudfront"
                kept = set(answer.headers["cache-control"].split(", "))
                assert {"private", "no-store"} <= kept


def test_the_docs_show_the_examples_as_they_are() -> None:
    shown = (examples_world.ROOT / "docs" / "server-rendering.md").read_text()
    sources = [examples_world.ROOT / "examples" / "flask" / "app.py", *examples_world.PAGES]
    code = "\n".join(source.read_text() for source in sources)
    blocks = re.findall(r"```\w+\n(.*?)```", shown, re.DOTALL)
    assert len(blocks) == 4
    for block in blocks:
        assert block in code
