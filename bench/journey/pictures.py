"""How good photographs look on the phone's own pixels, as its browser draws them.

What is drawn is photographed, and compared by SSIMULACRA2 (PyPI `ssimulacra2`) with the original
that libvips (Lanczos) scaled to exactly those pixels, drawn by the same browser.
"""

import statistics
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyvips  # type: ignore[import-untyped]  # has stubs, but no py.typed
from playwright.sync_api import Browser, Page, Route
from ssimulacra2 import compute_ssimulacra2  # type: ignore[import-untyped]

from local.loop import BUILT_SITE, PAGES
from local.visitors import Profile, visitor

_ONLY_PICTURES = """
* { visibility: hidden !important; transition: none !important }
*::before, *::after { content: none !important }
img { visibility: visible !important }
"""
# Otherwise a busy browser draws pictures later than it says.
_ALL_DRAWN = """async () => {
  for (const image of document.images) image.decoding = "sync";
  await Promise.all([...document.images].map(image => image.decode().catch(() => {})));
  for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
}"""
# Every picture in the first screen: its box in CSS pixels, and the device pixels it is drawn at.
_IN_VIEW = """() => [...document.images].flatMap(image => {
  const box = image.getBoundingClientRect();
  if (box.top >= innerHeight || box.left >= innerWidth || box.right <= 0) return [];
  const scale = Math.max(box.width / image.naturalWidth, box.height / image.naturalHeight);
  return [{
    name: new URL(image.src).pathname,
    x: box.x, y: box.y, width: box.width, height: Math.min(box.height, innerHeight - box.y),
    drawn: [image.naturalWidth, image.naturalHeight].map(
      side => Math.round(side * scale * devicePixelRatio)),
  }];
})"""


@dataclass(frozen=True, slots=True)
class Look:
    """SSIMULACRA2 of the front page's hero, and of the pictures in the first screens of all pages;
    `least` is the worst of them.
    """

    hero: float
    median: float
    least: float
    n: int


@dataclass(frozen=True, slots=True)
class Pictures:
    """The reference: PNG files by page and picture, in `folder`."""

    running: Browser
    profile: Profile
    folder: Path
    boxes: Mapping[str, list[dict[str, Any]]]

    def look(self, base_url: str, cookies: dict[str, str]) -> Look:
        """Of a build that is served there."""
        scores: list[float] = []
        with visitor(self.running, base_url, self.profile, cookies=cookies) as someone:
            for path in PAGES:
                someone.look(path)
                _shoot(someone.page, self.boxes[path], self.folder / "seen")
                scores += [
                    float(
                        compute_ssimulacra2(
                            str(_file(self.folder, path, box)),
                            str(_shot(self.folder / "seen", box)),
                        )
                    )
                    for box in self.boxes[path]
                ]
        return Look(scores[0], statistics.median(scores), min(scores), len(scores))


@contextmanager
def reference(
    running: Browser, base_url: str, profile: Profile, cookies: dict[str, str]
) -> Iterator[Pictures]:
    """Originals are served there, to those who have these cookies."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        boxes: dict[str, list[dict[str, Any]]] = {}
        with visitor(running, base_url, profile, cookies=cookies) as someone:
            for path in PAGES:
                someone.look(path)
                someone.page.evaluate("scrollTo(0, 0)")
                boxes[path] = someone.page.evaluate(_IN_VIEW)
        drawn: dict[str, list[int]] = {}

        def exact(route: Route) -> None:
            path = "/" + route.request.url.split("/", 3)[3]
            if path in drawn:
                route.fulfill(body=_scaled(path, drawn[path]), content_type="image/png")
            else:
                route.continue_()

        with visitor(running, base_url, profile, cookies=cookies) as someone:
            someone.page.route("**/img/*", exact)
            for path in PAGES:
                drawn.clear()
                drawn.update({box["name"]: box["drawn"] for box in boxes[path]})
                someone.look(path)
                _shoot(someone.page, boxes[path], folder / path.strip("/"))
        yield Pictures(running, profile, folder, boxes)


def _scaled(path: str, size: list[int]) -> bytes:
    image = pyvips.Image.thumbnail(
        str(BUILT_SITE / path.removeprefix("/")),
        size[0],
        height=size[1],
        size="force",
        export_profile="srgb",
    )
    png: bytes = image.write_to_buffer(".png")
    return png


def _shoot(page: Page, boxes: list[dict[str, Any]], folder: Path) -> None:
    page.evaluate("scrollTo(0, 0)")
    page.add_style_tag(content=_ONLY_PICTURES)
    page.evaluate(_ALL_DRAWN)
    for box in boxes:
        clip = {side: box[side] for side in ("x", "y", "width", "height")}
        page.screenshot(path=_shot(folder, box), clip=clip)  # type: ignore[arg-type]


def _file(folder: Path, path: str, box: dict[str, Any]) -> Path:
    return _shot(folder / path.strip("/"), box)


def _shot(folder: Path, box: dict[str, Any]) -> Path:
    return folder / f"{Path(box['name']).stem}.png"
