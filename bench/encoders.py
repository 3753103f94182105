"""What AVIF's settings cost and save: the table in docs/images.md.

Each of the shop's photographs is encoded at a few qualities by each setting; between those, bytes
at equal scores are interpolated, and the medians of the ratios to the first setting printed: effort
4 with full chroma, `sharp`'s defaults. Scores are our own judge's of the whole picture.
"""

import argparse
import math
import statistics
import time
from typing import Any

import pyvips  # type: ignore[import-untyped]  # has stubs, but no py.typed

from adaptive.delivery.encoding import deepened
from bench.images import Curve, Point, between
from bench.photographs import ROOT, Photo
from bench.report import Result, finish, say

_FULL_CHROMA, _TEN_BITS = {"subsample_mode": "off"}, {"bitdepth": 10}
_SETTINGS: dict[str, dict[str, Any]] = {
    "effort 4, full chroma": {"effort": 4, **_FULL_CHROMA},
    "effort 4": {"effort": 4},
    "effort 3, full chroma": {"effort": 3, **_FULL_CHROMA},
    "effort 3": {"effort": 3},
    "effort 3, ten bits": {"effort": 3, **_TEN_BITS},
    "effort 3, `tune=ssim`": {"effort": 3, "tune": "ssim"},
    "effort 2": {"effort": 2},
    "effort 1": {"effort": 1},
}
_QUALITIES = (30, 44, 58, 74)
_SCORES = (57, 70, 80)


def main() -> None:
    """Encode, judge, interpolate, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=5, help="of the shop's (%(default)s)")
    parser.add_argument("--width", type=int, default=1_082, help="in px (%(default)s)")
    options = parser.parse_args()
    pyvips.concurrency_set(1)
    every = sorted((ROOT / "build/site/img").glob("*.jpg"))
    wide = [each for each in every if pyvips.Image.new_from_file(str(each)).width > options.width]
    if not wide:
        parser.error("no photographs in build/site/img: run `npm run build` first")
    files = wide[:: max(1, len(wide) // options.photos)][: options.photos]
    photos = [Photo.at(options.width, each) for each in files]
    base: list[Curve] = []
    rows: dict[str, dict[str, float]] = {}
    for name, setting in _SETTINGS.items():
        measured = [_curve(photo, setting) for photo in photos]
        curves = [curve for curve, _ in measured]
        base = base or curves
        rows[name] = {
            **{f"at_{score}": _ratio(curves, base, score) for score in _SCORES},
            "seconds": round(statistics.median(seconds for _, seconds in measured), 2),
        }
        say(f"| {name} | {' | '.join(f'{value:g}' for value in rows[name].values())} |")
    best, first = rows["effort 3, ten bits"], rows["effort 4, full chroma"]
    finish(
        Result(
            name="encoders",
            value=best["at_70"],
            unit="of the bytes of effort 4 with full chroma at 70 points, by effort 3, ten bits",
            peer="effort 4, full chroma",
            peer_value=1,
            ratio=best["seconds"] / first["seconds"],
            n=len(photos),
        ),
        settings=rows,
    )


def _curve(photo: Photo, setting: dict[str, Any]) -> tuple[Curve, float]:
    points, seconds = [], []
    deep = "bitdepth" in setting
    for quality in _QUALITIES:
        began = time.process_time()
        image = deepened(photo.reference) if deep else photo.reference
        body = image.heifsave_buffer(Q=quality, compression="av1", keep="none", **setting)
        seconds.append(time.process_time() - began)
        points.append(Point(quality, photo.judged(body), math.log(len(body))))
    return points, statistics.median(seconds)


def _ratio(curves: list[Curve], base: list[Curve], score: float) -> float:
    logs = (
        between(ours, at=score, by="score").log_bytes
        - between(theirs, at=score, by="score").log_bytes
        for ours, theirs in zip(curves, base, strict=True)
    )
    return round(math.exp(statistics.median(logs)), 2)


if __name__ == "__main__":
    main()
