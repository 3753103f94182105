"""What `bench.images` compares: our renditions of photographs, and others' at any quality."""

import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, Self

import pyvips  # type: ignore[import-untyped]  # has stubs, but no py.typed
from PIL import Image
from ssimulacra2 import compute_ssimulacra2  # type: ignore[import-untyped]

from adaptive.delivery import imaging
from adaptive.delivery.encoding import read_back
from adaptive.delivery.perception import AsDrawn, Judge

ROOT = Path(__file__).parents[1]
PIXEL_LIMIT = 100_000_000
_SHARP = """
const sharp = require("sharp");
sharp.concurrency(1); sharp.cache(false);
require("readline").createInterface({ input: process.stdin }).on("line", async (line) => {
  const { file, out, width, format, quality } = JSON.parse(line);
  const options = { quality, ...(format === "jpeg" ? { mozjpeg: true } : {}) };
  const begin = process.cpuUsage();
  const smaller = sharp(file).resize({ width, withoutEnlargement: true });
  await smaller.toFormat(format, options).toFile(out);
  const { user, system } = process.cpuUsage(begin);
  console.log((user + system) / 1e6);
});
"""


@dataclass(frozen=True, slots=True)
class Made:
    """A rendition of one photograph, and the seconds of one core it took."""

    body: bytes
    seconds: float


@dataclass(frozen=True, slots=True)
class Photo:
    """A photograph, and what it looks like at the width at which all are compared."""

    file: Path
    width: int
    reference: pyvips.Image
    judge: Judge
    screen: int | None = None
    drawn: Judge | None = None

    @classmethod
    def at(cls, width: int, file: Path, screen: int | None = None) -> Self:
        """Scale it as the render function does; a wider `screen` is where it is drawn, too."""
        reference = _scaled(file, width)
        drawn = AsDrawn(_scaled(file, screen), screen) if screen and screen > width else None
        return cls(file, width, reference, Judge(reference), screen, drawn)

    def judged(self, body: bytes) -> float:
        """Our own SSIMULACRA2 of the whole picture."""
        return self.judge.score(read_back(body))

    def judged_as_drawn(self, body: bytes) -> float:
        """The same, as wide as a screen if that is wider."""
        return (self.drawn or self.judge).score(read_back(body))

    def has_room(self, target: imaging.Target) -> bool:
        """Whether it can be judged as the target is drawn."""
        drawn = target.drawn
        return drawn is None or drawn.has_room((self.drawn or self.judge).score(self.reference))

    def scored(self, body: bytes) -> float:
        """The reference's."""
        with tempfile.TemporaryDirectory() as folder:
            for name, image in (("a", self.reference), ("b", read_back(body))):
                image.write_to_file(f"{folder}/{name}.png")
            return float(compute_ssimulacra2(f"{folder}/a.png", f"{folder}/b.png"))


def _scaled(file: Path, width: int) -> pyvips.Image:
    return pyvips.Image.thumbnail(
        str(file), width, height=10**7, size="down", export_profile="srgb"
    ).copy_memory()


Encoder = Callable[[Photo, int], Made]


def ours(original: bytes, target: imaging.Target) -> Made:
    """What the render function would answer; its clock is that of one core, as its budget is."""
    began = time.process_time()
    body = imaging.render(original, target, pixel_limit=PIXEL_LIMIT, clock=time.process_time).body
    return Made(body, time.process_time() - began)


def with_pillow(photo: Photo, quality: int, *, image_format: str) -> Made:
    """As Pillow's handbook has it."""
    began = time.process_time()
    image = Image.open(photo.file).convert("RGB")
    image.thumbnail((photo.width, 10**7), Image.Resampling.LANCZOS)
    body = BytesIO()
    if image_format == "jpg":
        image.save(body, "JPEG", quality=quality, progressive=True, optimize=True)
    elif image_format == "webp":
        image.save(body, "WEBP", quality=quality)
    else:
        image.save(body, "AVIF", quality=quality, max_threads=1)
    return Made(body.getvalue(), time.process_time() - began)


@contextmanager
def peers(image_format: str) -> Iterator[dict[str, Encoder]]:
    """Of npm, `sharp` (its defaults, MozJPEG for JPEG); and Pillow; on one thread each."""
    with subprocess.Popen(
        ["node", "-e", _SHARP],  # noqa: S607 - whichever node runs the build
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        yield {
            "sharp": partial(_with_sharp, image_format=image_format, child=child),
            "pillow": partial(with_pillow, image_format=image_format),
        }


def _with_sharp(
    photo: Photo, quality: int, *, image_format: str, child: "subprocess.Popen[str]"
) -> Made:
    assert child.stdin  # noqa: S101 - both are pipes
    assert child.stdout  # noqa: S101
    with tempfile.NamedTemporaryFile() as out:
        job: dict[str, Any] = {"file": str(photo.file), "out": out.name, "width": photo.width}
        job |= {"quality": quality, "format": image_format.replace("jpg", "jpeg")}
        child.stdin.write(json.dumps(job) + "\n")
        child.stdin.flush()
        return Made(seconds=float(child.stdout.readline()), body=Path(out.name).read_bytes())
