"""What photographs weigh when each just looks good enough, against one fixed quality for all.

Ours is the render function's own path. The peers, npm `sharp` (its defaults, MozJPEG for JPEG) and
Pillow, get the least fixed quality at which their worst photograph looks as good as our worst: a
floor is a promise for each, not for the median, which is given too. The final scores are those of
the reference SSIMULACRA2 (PyPI `ssimulacra2`), which the function does not have; `proxy_error` is
by how much our judgement of whole pictures missed them on average, `target_error` the standard
deviation of ours around their mean. Seconds are of one core.
"""

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pyvips  # type: ignore[import-untyped]  # has stubs, but no py.typed
from PIL import Image
from ssimulacra2 import compute_ssimulacra2  # type: ignore[import-untyped]

from adaptive.delivery import imaging
from adaptive.delivery.encoding import read_back
from adaptive.delivery.perception import Judge
from adaptive.edge.policy import Tier
from bench.report import Result, finish, say
from infra import config

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
    """One photograph of the shop, at the width that all are compared at."""

    file: Path
    reference: pyvips.Image
    judge: Judge

    @classmethod
    def at(cls, width: int, file: Path) -> "Photo":
        """Scale it as the render function does."""
        reference = pyvips.Image.thumbnail(
            str(file), width, height=10**7, size="down", export_profile="srgb"
        )
        reference = reference.copy_memory()
        return cls(file, reference, Judge(reference))

    def judged(self, made: Made) -> float:
        """Our own SSIMULACRA2 of the whole picture."""
        return self.judge.score(read_back(made.body))

    def scored(self, made: Made) -> float:
        """The reference's."""
        with tempfile.TemporaryDirectory() as folder:
            for name, image in (("a", self.reference), ("b", read_back(made.body))):
                image.write_to_file(f"{folder}/{name}.png")
            return float(compute_ssimulacra2(f"{folder}/a.png", f"{folder}/b.png"))


Encoder = Callable[[Photo, int], Made]


def ours(photo: Photo, target: imaging.Target) -> Made:
    """What the render function would answer."""
    original = photo.file.read_bytes()
    began = time.process_time()
    body = imaging.render(original, target, pixel_limit=PIXEL_LIMIT, clock=time.perf_counter).body
    return Made(body, time.process_time() - began)


def with_pillow(photo: Photo, quality: int, *, target: imaging.Target) -> Made:
    """As Pillow's handbook has it."""
    began = time.process_time()
    image = Image.open(photo.file).convert("RGB")
    image.thumbnail((target.width, 10**7), Image.Resampling.LANCZOS)
    body = BytesIO()
    if target.format == "jpg":
        image.save(body, "JPEG", quality=quality, progressive=True, optimize=True)
    elif target.format == "webp":
        image.save(body, "WEBP", quality=quality)
    else:
        image.save(body, "AVIF", quality=quality, max_threads=1)
    return Made(body.getvalue(), time.process_time() - began)


def with_sharp(
    photo: Photo, quality: int, *, target: imaging.Target, child: "subprocess.Popen[str]"
) -> Made:
    """One thread of libvips, as everybody else."""
    assert child.stdin  # noqa: S101 - both are pipes
    assert child.stdout  # noqa: S101
    with tempfile.NamedTemporaryFile() as out:
        job: dict[str, Any] = {"file": str(photo.file), "out": out.name, "width": target.width}
        job |= {"quality": quality, "format": target.format.replace("jpg", "jpeg")}
        child.stdin.write(json.dumps(job) + "\n")
        child.stdin.flush()
        return Made(seconds=float(child.stdout.readline()), body=Path(out.name).read_bytes())


def fixed(photos: list[Photo], encoder: Encoder, least: float) -> tuple[int, list[Made]]:
    """The least quality at which no photograph scores below `least`, and what it makes."""
    low, high, best = 1, 100, list[Made]()
    while high - low > 1:
        quality = (low + high) // 2
        made = [encoder(photo, quality) for photo in photos]
        worst = min(photo.judged(each) for photo, each in zip(photos, made, strict=True))
        say(f"  quality {quality}: the worst photograph scores {worst:.1f}")
        if worst >= least:
            high, best = quality, made
        else:
            low = quality
    return high, best or [encoder(photo, high) for photo in photos]


def compared(photos: list[Photo], target: imaging.Target) -> dict[str, Any]:
    """Ours and both peers at one format and floor."""
    mine = [ours(photo, target) for photo in photos]
    scores = [photo.scored(made) for photo, made in zip(photos, mine, strict=True)]
    judged = [photo.judged(made) for photo, made in zip(photos, mine, strict=True)]
    report: dict[str, Any] = {"ours": _figures(mine, scores)}
    report["proxy_error"] = statistics.fmean(
        abs(mark - score) for mark, score in zip(judged, scores, strict=True)
    )
    report["target_error"] = statistics.pstdev(scores)
    with subprocess.Popen(
        ["node", "-e", _SHARP],  # noqa: S607 - whichever node runs the build
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        encoders: dict[str, Encoder] = {
            "sharp": partial(with_sharp, target=target, child=child),
            "pillow": partial(with_pillow, target=target),
        }
        for name, encoder in encoders.items():
            quality, made = fixed(photos, encoder, min(judged))
            marks = [photo.scored(each) for photo, each in zip(photos, made, strict=True)]
            report[name] = {"quality": quality, **_figures(made, marks)}
    return report


def _figures(made: list[Made], scores: list[float]) -> dict[str, float]:
    return {
        "bytes": sum(len(each.body) for each in made),
        "seconds": round(statistics.median(each.seconds for each in made), 3),
        "least_score": round(min(scores), 1),
        "median_score": round(statistics.median(scores), 1),
        "most_score": round(max(scores), 1),
    }


def main() -> None:
    """Render, find the peers' qualities, report the first format's bytes against sharp's."""
    site = config.load(ROOT / "site.toml")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=12, help="of the shop's (%(default)s)")
    parser.add_argument("--width", type=int, default=1082, help="device pixels (%(default)s)")
    parser.add_argument("--tier", type=Tier, default=Tier.LITE, choices=list(Tier))
    parser.add_argument("--formats", nargs="+", default=["avif"], choices=site.delivery.formats)
    options = parser.parse_args()
    pyvips.concurrency_set(1)
    files = sorted((ROOT / "build/site/img").glob("*.jpg"))
    if not files:
        parser.error("no photographs in build/site/img: run `npm run build` first")
    photos = [
        Photo.at(options.width, file) for file in files[:: max(1, len(files) // options.photos)]
    ]
    photos = photos[: options.photos]
    floor = site.quality_floor[options.tier]
    reports = {}
    for image_format in options.formats:
        say(f"{len(photos)} photographs, {image_format}, floor {floor:g}")
        reports[image_format] = compared(photos, imaging.Target(options.width, image_format, floor))
    first = reports[options.formats[0]]
    finish(
        Result(
            name="images",
            value=first["ours"]["bytes"],
            unit=f"bytes of {options.formats[0]}, the worst of equal score, floor {floor:g}",
            peer=f"sharp at quality {first['sharp']['quality']} for all",
            peer_value=first["sharp"]["bytes"],
            ratio=first["ours"]["bytes"] / first["sharp"]["bytes"],
            n=len(photos),
        ),
        time_ratio=first["ours"]["seconds"] / first["sharp"]["seconds"],
        width=options.width,
        formats=reports,
    )


if __name__ == "__main__":
    main()
