"""What photographs weigh when each just looks good enough, against one fixed quality for all.

Ours is the render function's own path, each tier at its own width. The peers are encoded at a few
qualities, and between those interpolated, to answer two questions about the same scores:

- `guarantee`: what the least fixed quality weighs at which the worst photograph looks as good as
  our worst. Who promises a floor for each photograph and has one number to set needs this one.
- `same_score`: what the photographs weigh if each had exactly our score: as if the peer had a
  quality of its own for each, too. It compares encoders, not what fixing a quality costs.

`best_search` is what is to be had at all: the peer's own files, each at the least score of ours,
by the peer's at one quality. `polished` are our AVIFs as `adaptive-site polish` leaves them; where
they are judged as phones enlarge them, so are the peers', less photographs that enlarging alone
spoils.

Scores are our judge's of the whole picture, for all alike; `reference` are those of PyPI
`ssimulacra2` for ours, at their own width. `render` is of 12-megapixel originals (the photographs,
enlarged), at the widest of each tier. Seconds are of one core.
"""

import argparse
import math
import statistics
from itertools import compress, pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pyvips  # type: ignore[import-untyped]  # has stubs, but no py.typed

from adaptive.delivery.aim import Aim
from adaptive.delivery.imaging import Target
from adaptive.delivery.quality import AT_LEISURE
from adaptive.delivery.rendition import Rendition
from adaptive.edge.policy import Tier
from bench.photographs import ROOT, Encoder, Made, Photo, ours, peers
from bench.report import Result, finish, say
from infra import config
from local.adaptive_site.polishing import aim

_QUALITIES = {  # about what the floors of 45 to 80 need
    "avif": (28, 38, 48, 60, 76),
    "webp": (10, 35, 58, 76, 92),
    "jpg": (20, 38, 58, 76, 91),
}
_MEGAPIXELS_12 = 12_000_000
_TARGET_S = 1.5
_WIDE_PX = 1400  # what is narrower, the shop shows small


class Point(NamedTuple):
    """What one photograph scores and weighs at one quality."""

    quality: float
    score: float
    log_bytes: float


Curve = list[Point]


def between(curve: Curve, *, at: float, by: str) -> Point:
    """On the straight line through the two points around it; beyond the ends, the end's line."""
    segments = list(pairwise(curve))
    low, high = next((each for each in segments if at <= getattr(each[1], by)), segments[-1])
    share = (at - getattr(low, by)) / (getattr(high, by) - getattr(low, by))
    return Point(*(a + share * (b - a) for a, b in zip(low, high, strict=True)))


def curves_of(photo: Photo, encoder: Encoder, image_format: str) -> tuple[Curve, Curve, float]:
    """At its own width and as it is drawn, and the median seconds of its encodings."""
    made = [(quality, encoder(photo, quality)) for quality in _QUALITIES[image_format]]
    own, drawn = (
        [Point(quality, judged(each.body), math.log(len(each.body))) for quality, each in made]
        for judged in (photo.judged, photo.judged_as_drawn)
    )
    return own, drawn, statistics.median(each.seconds for _, each in made)


def against(curves: list[Curve], scores: list[float]) -> dict[str, float]:
    """A peer's bytes, by both questions; `scores` are ours."""
    quality = max(between(curve, at=min(scores), by="score").quality for curve in curves)
    fixed = [between(curve, at=math.ceil(quality), by="quality") for curve in curves]
    same = [
        between(curve, at=score, by="score") for curve, score in zip(curves, scores, strict=True)
    ]
    least = [between(curve, at=min(scores), by="score") for curve in curves]
    return {
        "quality": math.ceil(quality),
        "guarantee": _bytes(fixed),
        "median_score": statistics.median(point.score for point in fixed),
        "same_score": _bytes(same),
        "best_search_ratio": _bytes(least) / _bytes(fixed),
    }


def _bytes(points: list[Point]) -> float:
    return sum(math.exp(point.log_bytes) for point in points)


def compared(
    photos: list[Photo], image_format: str, tiers: list[Tier], chosen: Aim
) -> list[dict[str, Any]]:
    """Ours and both peers at one format and width, tier by tier."""
    with peers(image_format) as encoders:
        measured = {
            name: [curves_of(photo, encoder, image_format) for photo in photos]
            for name, encoder in encoders.items()
        }
    reports = []
    for tier in tiers:
        rendition = Rendition("", photos[0].width, tier, image_format)
        asked = chosen.target(rendition)
        report: dict[str, Any] = {"floor": asked.quality_floor, **_beside(measured, photos, asked)}
        if image_format == "avif":
            target = chosen.target(rendition, search=AT_LEISURE, screen=photos[0].screen)
            report["polished"] = _beside(measured, photos, target)
        say(f"  {tier}: {report}")
        reports.append(report)
    return reports


def _beside(
    measured: dict[str, list[tuple[Curve, Curve, float]]], every: list[Photo], target: Target
) -> dict[str, Any]:
    spared = [each.has_room(target) for each in every]
    photos = list(compress(every, spared))
    if not photos:
        return {"n": 0}
    made = [ours(each.file.read_bytes(), target) for each in photos]
    own = [photo.judged(each.body) for photo, each in zip(photos, made, strict=True)]
    scores = own
    if target.drawn:
        pairs = zip(photos, made, strict=True)
        scores = [photo.judged_as_drawn(each.body) for photo, each in pairs]
    mine = _figures(photos, made, scores, own)
    found: dict[str, Any] = {"n": len(photos), "ours": mine}
    for name, of_every in measured.items():
        by_photo = list(compress(of_every, spared))
        peer = against([drawn if target.drawn else own for own, drawn, _ in by_photo], scores)
        peer["seconds"] = statistics.median(seconds for _, _, seconds in by_photo)
        peer["guarantee_ratio"] = mine["bytes"] / peer["guarantee"]
        peer["same_score_ratio"] = mine["bytes"] / peer["same_score"]
        peer["time_ratio"] = mine["seconds"] / peer["seconds"]
        found[name] = {key: round(value, 3) for key, value in peer.items()}
    return found


def _figures(
    photos: list[Photo], made: list[Made], scores: list[float], own: list[float]
) -> dict[str, float]:
    reference = [photo.scored(each.body) for photo, each in zip(photos, made, strict=True)]
    errors = [score - true for score, true in zip(own, reference, strict=True)]
    return {
        "bytes": sum(len(each.body) for each in made),
        "seconds": round(statistics.median(each.seconds for each in made), 3),
        "least_score": round(min(scores), 1),
        "median_score": round(statistics.median(scores), 1),
        "most_score": round(max(scores), 1),
        "reference_least": round(min(reference), 1),
        "reference_error": round(max(map(abs, errors)), 2),
    }


def rendered(files: list[Path], width: int, image_format: str, floor: float) -> dict[str, float]:
    """Seconds for 12-megapixel originals."""
    seconds = []
    for file in files:
        photo = pyvips.Image.new_from_file(str(file))
        scale = math.sqrt(_MEGAPIXELS_12 / (photo.width * photo.height))
        original = photo.resize(scale).jpegsave_buffer(Q=92)
        seconds.append(ours(original, Target(width, image_format, floor)).seconds)
    spread = statistics.quantiles(seconds, n=20, method="inclusive")
    return {"median_s": round(statistics.median(seconds), 2), "p95_s": round(spread[-1], 2)}


def _times(
    files: list[Path],
    tiers: list[Tier],
    widths: dict[Tier, int],
    formats: list[str],
    floors: dict[str, float],
) -> None:
    found = {}
    for image_format in formats:
        for tier in tiers:
            name = f"{image_format} {tier}"
            found[name] = rendered(files, widths[tier], image_format, floors[tier])
            say(f"{name}, {widths[tier]} px: {found[name]}")
    worst = max(each["p95_s"] for each in found.values())
    finish(
        Result(
            name="images",
            value=worst,
            unit="s of one core for a 12-megapixel original, p95 of the slowest tier and format",
            peer="the target",
            peer_value=_TARGET_S,
            ratio=worst / _TARGET_S,
            n=len(files),
        ),
        render=found,
    )


def main() -> None:
    """Compare by format and width; the first format's first tier is the headline."""
    site = config.load(ROOT / "site.toml")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=12, help="of the shop's (%(default)s)")
    parser.add_argument("--tiers", nargs="+", type=Tier, default=[Tier.LITE, *Tier])
    parser.add_argument(
        "--render", action="store_true", help="only the times of 12-megapixel originals"
    )
    parser.add_argument("--formats", nargs="+", default=site.delivery.formats, choices=_QUALITIES)
    options = parser.parse_args()
    pyvips.concurrency_set(1)
    every = sorted((ROOT / "build/site/img").glob("*.jpg"))
    if not every:
        parser.error("no photographs in build/site/img: run `npm run build` first")
    large = [file for file in every if pyvips.Image.new_from_file(str(file)).width >= _WIDE_PX]
    files = large[:: max(1, len(large) // options.photos)][: options.photos]
    tiers = list(dict.fromkeys(options.tiers))
    widths = {tier: site.image_policy.widths_of(tier)[-1] for tier in tiers}
    screen = site.delivery.phone_screen
    if options.render:
        _times(files, tiers, widths, options.formats, site.quality_floor)
        return
    reports: dict[str, Any] = {}
    renders: dict[str, Any] = {}
    for image_format in options.formats:
        for width in dict.fromkeys(widths.values()):
            say(f"{len(files)} photographs, {image_format}, {width} px")
            named = [tier for tier in tiers if widths[tier] == width]
            photos = [Photo.at(width, file, screen) for file in files]
            for tier, report in zip(
                named, compared(photos, image_format, named, aim(site)), strict=True
            ):
                reports[f"{image_format} {tier}"] = report
                renders[f"{image_format} {tier}"] = rendered(
                    files, width, image_format, site.quality_floor[tier]
                )
    name, first = next(iter(reports.items()))
    sharp = first["sharp"]
    finish(
        Result(
            name="images",
            value=first["ours"]["bytes"],
            unit=f"bytes as {name}, each photograph at its floor",
            peer=f"sharp at quality {sharp['quality']} for all, its worst as good",
            peer_value=sharp["guarantee"],
            ratio=sharp["guarantee_ratio"],
            n=len(files),
        ),
        same_score_ratio=sharp["same_score_ratio"],
        time_ratio=sharp["time_ratio"],
        best_search_ratio=sharp["best_search_ratio"],
        **{
            f"polished_{key}": first["polished"]["sharp"][key]
            for key in ("guarantee_ratio", "time_ratio")
            if "polished" in first
        },
        p95_s=renders[name]["p95_s"],
        tiers=reports,
        render=renders,
    )


if __name__ == "__main__":
    main()
