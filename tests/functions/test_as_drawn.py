"""Our idea of how a browser draws what it scales, against a real one."""

import base64
from collections.abc import Iterator

import pytest
import pyvips  # type: ignore[import-untyped]  # has stubs, but no py.typed
from playwright.sync_api import Browser

from adaptive.delivery import encoding, imaging
from adaptive.delivery.perception import AsDrawn, Judge
from local.chromium import browser
from tests import pictures

CSS_PX, RATIO = 412, 2.625
WIDTH = 1_082


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as running:
        yield running


def drawn(chromium: Browser, body: bytes, media_type: str) -> pyvips.Image:
    source = f"data:{media_type};base64,{base64.b64encode(body).decode()}"
    with chromium.new_context(
        viewport={"width": CSS_PX, "height": 600}, device_scale_factor=RATIO
    ) as context:
        page = context.new_page()
        page.set_content(f'<body style="margin:0"><img style="width:100%" src="{source}">')
        page.evaluate("document.images[0].decode()")
        shot = pyvips.Image.new_from_buffer(page.locator("img").screenshot(), "")
    return shot.extract_band(0, n=3).copy_memory()


@pytest.mark.parametrize("name", ["bg7.jpg", "bg3.jpg", "profile_city.jpg"])
@pytest.mark.parametrize("floor", [46, 70])
def test_chromium_draws_a_picture_as_well_as_we_say_and_hardly_better(
    name: str, floor: float, chromium: Browser
) -> None:
    original = pictures.photo(name)
    target = imaging.Target(960, "avif", floor)
    made = imaging.render(original, target, pixel_limit=10**8, clock=lambda: 0)
    reference = pyvips.Image.thumbnail_buffer(original, WIDTH, height=10**7).copy_memory()
    true = drawn(chromium, reference.pngsave_buffer(), "image/png")
    seen = Judge(true).score(drawn(chromium, made.body, made.media_type))
    ours = AsDrawn(reference, WIDTH).score(encoding.read_back(made.body))
    assert ours - 1 < seen < ours + 5
    assert seen < (made.score or 0) + 1
