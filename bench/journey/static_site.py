"""The peer: the shop as the best static site would have it, every visitor treated alike.

Each photograph comes in `srcset` at the widths of common screens, encoded by npm `sharp` at a
quality that such sites choose; `sizes` and `fetchpriority` are the shop's own. The full script, no
agent. What never changes is cached for good, so that a later view asks for nothing twice. Served
from memory by the local CDN's server and compression, and by no function: faster than we are.
"""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from threading import Lock

import httpx
from playwright.sync_api import Browser, Route
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as Path

from adaptive.errors import UnavailableError
from bench.report import say
from local.cdn.compression import compressed
from local.cdn.messages import Answer
from local.cdn.server import Server
from local.loop import BUILT_SITE, PAGES, ROOT
from local.visitors import Profile, visitor

WIDTHS = (320, 480, 640, 828, 1082, 1280, 1600, 1920)  # 1082: most phones' screens
OPTIONS = {"avif": {"quality": 50, "effort": 4}, "webp": {"quality": 75, "effort": 4}}
"""By format: sharp's AVIF default, and what most sites have for WebP."""

_LONGEST_ENCODING_S = 300
_KEPT = ROOT / "build" / "static-images"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css",
    ".js": "text/javascript",
    ".jpg": "image/jpeg",
}
_AGENT = '<script src="/js/rum.js" defer=""></script>'
_PHOTOGRAPH = re.compile(
    r'<img src="(?P<path>/img/[\w-]+)\.jpg" width="(?P<width>\d+)" height="\d+"'
)
_SHARP = """
const sharp = require("sharp");
require("readline").createInterface({ input: process.stdin }).on("line", async (line) => {
  const { file, out, width, format, options } = JSON.parse(line);
  await sharp(file).resize({ width }).toFormat(format, options).toFile(out);
  console.log("done");
});
"""


@dataclass(slots=True)
class StaticSite:
    """The shop in one image format; photographs are made when first asked for, and kept."""

    image_format: str
    encoder: "subprocess.Popen[str]"
    _files: dict[str, Response] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    async def answer(self, request: Request) -> Response:
        """The file, in gzip where that helps."""
        path = request.url.path
        if path not in self._files:
            self._files[path] = await run_in_threadpool(self._file, path)
        return self._files[path]

    def _file(self, path: str) -> Response:
        if path.endswith(f".{self.image_format}"):
            return _response(self._photograph(path), f"image/{self.image_format}")
        file = BUILT_SITE / path.removeprefix("/")
        if not file.is_file():
            return Response(status_code=404)
        body = file.read_bytes()
        if file.suffix == ".html":
            body = with_srcset(body.decode(), self.image_format).encode()
        return _response(body, _TYPES[file.suffix])

    def _photograph(self, path: str) -> bytes:
        name, width, _ = path.rsplit(".", 2)
        original = BUILT_SITE / f"{name.removeprefix('/')}.jpg"
        job = {
            "file": str(original),
            "width": int(width),
            "format": self.image_format,
            "options": OPTIONS[self.image_format],
        }
        made_of = json.dumps(job, sort_keys=True).encode() + original.read_bytes()
        kept = _KEPT / f"{sha256(made_of).hexdigest()[:32]}.{self.image_format}"
        with self._lock:
            if not kept.exists():
                self._encode({**job, "out": str(kept)})
        return kept.read_bytes()

    def _encode(self, job: dict[str, object]) -> None:
        assert self.encoder.stdin  # noqa: S101 - both are pipes
        assert self.encoder.stdout  # noqa: S101
        self.encoder.stdin.write(json.dumps(job) + "\n")
        self.encoder.stdin.flush()
        if not self.encoder.stdout.readline():
            raise UnavailableError(f"sharp could not make {job}")


@contextmanager
def static_site(image_format: str) -> Iterator[str]:
    """Serve it on a free port; its base URL."""
    _KEPT.mkdir(parents=True, exist_ok=True)
    with subprocess.Popen(
        ["node", "-e", _SHARP],  # noqa: S607 - whichever node runs the build
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as encoder:
        site = StaticSite(image_format, encoder)
        app = Starlette(routes=[Path("/{path:path}", site.answer)])
        try:
            with Server(app, port=0) as server:
                yield server.url
        finally:
            encoder.terminate()


def make_pictures(running: Browser, base_url: str, profile: Profile) -> None:
    """Have those made that the profile's browser chooses, which takes AVIF seconds each."""
    chosen: set[str] = set()

    def note(route: Route) -> None:
        chosen.add(route.request.url)
        route.abort()

    with visitor(running, base_url, profile) as someone:
        someone.page.route("**/img/*", note)
        for path in PAGES:
            someone.look(path)
    say(f"the static site's pictures: {len(chosen)} at {base_url}")
    for url in sorted(chosen):
        httpx.get(url, timeout=_LONGEST_ENCODING_S).raise_for_status()


def with_srcset(page: str, image_format: str) -> str:
    """A page of the shop with every photograph at all widths that its original has."""

    def tag(match: re.Match[str]) -> str:
        original = int(match["width"])
        widths = [width for width in WIDTHS if width < original]
        widths.append(min(original, WIDTHS[-1]))
        candidates = (f"{match['path']}.{width}.{image_format} {width}w" for width in widths)
        return f'{match[0]} srcset="{", ".join(dict.fromkeys(candidates))}"'

    return _PHOTOGRAPH.sub(tag, page.replace(_AGENT, ""))


def _response(body: bytes, media_type: str) -> Response:
    is_page = media_type.startswith("text/html")
    lifetime = "no-cache" if is_page else "public, max-age=31536000, immutable"
    headers = (
        ("content-type", media_type),
        ("content-length", str(len(body))),
        ("cache-control", lifetime),
    )
    answer = compressed(Answer(200, headers, body), "gzip")
    response = Response(answer.body, status_code=answer.status)
    kept = [(name, value) for name, value in answer.headers if name != "content-length"]
    response.raw_headers = [
        (name.encode(), value.encode())
        for name, value in (*kept, ("content-length", str(len(answer.body))))
    ]
    return response
