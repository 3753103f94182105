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

from adaptive.delivery.encoding import read_back
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
# Galleries, too: pictures that load lazily were scrolled to. Smooth scrolling may still go on.
_TO_THE_TOP = """async () => {
  for (let still = 0; still < 5; still++) {
    for (const image of document.images)
      for (let each = image; each = each.parentElement;) {
        if (each.scrollTop || each.scrollLeft) still = 0;
        each.scrollTo({top: 0, left: 0, behavior: "instant"});
      }
    await new Promise(requestAnimationFrame);
  }
}"""
# Every picture in the first screen: its box in CSS pixels, and the device pixels it is drawn at.
# Not one of which only a strip shows: SSIMULACRA2 halves what it sees five times.
_IN_VIEW = """() => [...document.images].flatMap(image => {
  const box = image.getBoundingClientRect();
  const x = Math.max(box.x, 0), y = Math.max(box.y, 0);
  const width = Math.min(box.right, innerWidth) - x, height = Math.min(box.bottom, innerHeight) - y;
  if (Math.min(width, height) < 64) return [];
  const scale = Math.max(box.width / image.naturalWidth, box.height / image.naturalHeight);
  return [{
    name: new URL(image.src).pathname, x, y, width, height,
    drawn: [image.naturalWidth, image.naturalHeight].map(
      side => Math.round(side * scale * devicePixelRatio)),
  }];
})"""


@dataclass(frozen=True, slots=True)
class Look:
    """SSIMULACRA2 of the front page's hero, and of the pictures in the first screens of all pages;
    `least` is the worst of them, `scores` are all by name.
    """

    hero: float
    median: float
    least: float
    n: int
    scores: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Pictures:
    """The reference: PNG files by page and picture, in `folder`."""

    running: Browser
    profile: Profile
    folder: Path
    boxes: Mapping[str, list[dict[str, Any]]]

    def look(self, base_url: str, cookies: dict[str, str], *, lossless: bool = False) -> Look:
        """Of a build that is served there; `lossless` is the most that its widths let pictures
        score, however many bytes they had: what browsers lose by scaling them.
        """
        found: dict[str, float] = {}
        with visitor(self.running, base_url, self.profile, cookies=cookies) as someone:
            if lossless:
                someone.page.route("**/img/*", _without_loss)
            for path in PAGES:
                someone.look(path)
                _shoot(someone.page, self.boxes[path], self.folder / "seen")
                for box in self.boxes[path]:
                    true, seen = _file(self.folder, path, box), _shot(self.folder / "seen", box)
                    score = float(compute_ssimulacra2(str(true), str(seen)))
                    found[Path(box["name"]).stem] = round(score, 1)
        scores = list(found.values())
        return Look(scores[0], statistics.median(scores), min(scores), len(scores), found)


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
                someone.page.evaluate(_TO_THE_TOP)
                boxes[path] = someone.page.evaluate(_IN_VIEW)
        drawn: dict[str, list[int]] = {}

        def exact(route: Route) -> None:
            path = _path(route)
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


def _without_loss(route: Route) -> None:
    answer = route.fetch()
    seen = read_back(answer.body())
    body = _scaled(_path(route), [seen.width, seen.height])
    route.fulfill(body=body, content_type="image/png")


def _path(route: Route) -> str:
    return "/" + route.request.url.split("/", 3)[3]


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
    page.evaluate(_TO_THE_TOP)
    page.add_style_tag(content=_ONLY_PICTURES)
    page.evaluate(_ALL_DRAWN)
    for box in boxes:
        clip = {side: box[side] for side in ("x", "y", "width", "height")}
        page.screenshot(path=_shot(folder, box), clip=clip)  # type: ignore[arg-type]


def _file(folder: Path, path: str, box: dict[str, Any]) -> Path:
    return _shot(folder / path.strip("/"), box)


def _shot(folder: Path, box: dict[str, Any]) -> Path:
    return folder / f"{Path(box['name']).stem}.png"
