import httpx
import pytest

from adaptive.delivery.rendition import Rendition
from local.adaptive_site import ladder
from local.adaptive_site.failure import SiteError
from local.adaptive_site.warming import warm
from tests.samples import POLICY

HERO = "/img/hero.jpg"


def test_every_rendition_is_asked_for_as_a_visitor_who_gets_it_does() -> None:
    asked: list[tuple[str, str, str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        header = request.headers
        asked.append((request.url.path, header["cookie"], header["accept"], header["width"]))
        word = "Hit" if "ae_tier=full" in header["cookie"] else "Miss"
        return httpx.Response(200, headers={"x-cache": f"{word} from cloudfront"})

    with httpx.Client(base_url="https://shop", transport=httpx.MockTransport(answer)) as client:
        done = warm(client, [HERO], POLICY)
    paths = ladder.of(HERO, POLICY)
    assert len(set(asked)) == len(paths)
    full = sum(Rendition.parse(path, POLICY).tier == "full" for path in paths)
    assert (done.found, done.brought, done.failed) == (full, len(paths) - full, ())
    assert (HERO, "ae_tier=lite", "image/jpeg", "640") in asked


def test_what_fails_is_named_and_the_rest_is_done() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.headers["width"] == "320":
            raise httpx.ConnectError("refused")
        return httpx.Response(500 if request.headers["width"] == "640" else 200)

    with httpx.Client(base_url="https://shop", transport=httpx.MockTransport(answer)) as client:
        done = warm(client, [HERO], POLICY)
    reasons = {each.reason for each in done.failed}
    assert reasons == {"ConnectError: refused", "answered 500"}
    assert done.brought > 0


def test_what_is_no_image_of_the_site_is_refused() -> None:
    with httpx.Client(base_url="https://s") as client, pytest.raises(SiteError, match="no image"):
        warm(client, ["/js/shop.js"], POLICY)
