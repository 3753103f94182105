"""The encoder quality at which one picture just looks as good as it must.

Encoders' numbers mean something else for each picture: the same WebP quality shows a calm sea at 70
points of SSIMULACRA2 and a forest at 55. So the picture, or a sample of a large one, is encoded and
judged; the second trial moves along the format's median curve by as much as the first one missed,
the third by what the two have in common, and further ones between the nearest on both sides.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import pyvips  # type: ignore[import-untyped]  # has stubs, but no py.typed

from adaptive.delivery.encoding import avif_effort, encode, is_deep, read_back
from adaptive.delivery.perception import WHOLE_PX, AsDrawn, Judge, sample


@dataclass(frozen=True, slots=True)
class Search:
    """How much computing a quality is worth, in seconds: no trial begins that, with the encoding
    after it, would take more than `seconds`; what came out untried is judged up to `noted_s`.

    `effort` is AVIF's, 0-9, None what a visitor can wait for; with one of its own a large picture
    is judged whole, too. `drawn_px`: what is larger is not judged as it is drawn.
    """

    seconds: float
    noted_s: float
    trials: int
    drawn_px: int
    effort: int | None = None


WHILE_ASKED = Search(seconds=1.1, noted_s=1.3, trials=3, drawn_px=WHOLE_PX)
AT_LEISURE = Search(seconds=math.inf, noted_s=math.inf, trials=12, drawn_px=5 * WHOLE_PX, effort=4)

_MARGIN = 0.5  # by how much our judgement errs
_PART_MARGIN = 1.5  # of a sample; or as drawn at one width, where pages have others
_DEEP_MARGIN = 1.0  # Chrome shows ten bits up to a point worse than they are
_ENCODING_SHARE = 0.6  # of a trial's time; the rest is judging
_CLOSE_ENOUGH = 0.5
_LEAST, _MOST = 5, 95
_PLATEAU = 2  # neighbouring qualities of AVIF that give the same picture

Curve = tuple[tuple[float, float], ...]
"""(score, quality), both rising."""

_CURVES: dict[str, Curve] = {
    # medians over 11 to 14 photographs that the shop does not show, at 960 px
    "avif": ((30, 24), (45, 33), (57, 41), (70, 53), (80, 69), (90, 91)),
    "webp": ((30, 5), (45, 18), (57, 40), (70, 73), (80, 87), (90, 97)),
    "jpg": ((30, 11), (45, 27), (57, 43), (70, 70), (80, 84), (90, 93)),
}


@dataclass(frozen=True, slots=True)
class Reached:
    """An encoded picture, and its points of SSIMULACRA2, those of a sample for a large one; None
    if there was no time to judge what came out at last.
    """

    body: bytes
    score: float | None


def reach(
    image: pyvips.Image,
    image_format: str,
    floor: float,
    *,
    clock: Callable[[], float],
    search: Search = WHILE_ASKED,
    drawn: AsDrawn | None = None,
) -> Reached:
    """The picture at `floor` points of SSIMULACRA2 or hardly more, encoded once more than there are
    trials at most; judged at its own width, or as it is `drawn`. `clock` counts from the beginning.
    """
    curve = _CURVES[image_format]
    part = image if drawn or search.effort is not None else sample(image)
    target = floor + (_MARGIN if part is image and not drawn else _PART_MARGIN)
    judge = drawn or Judge(part)
    scores: dict[int, float] = {}
    bodies: dict[int, bytes] = {}
    quality = _bounded(_at(curve, target))
    effort = avif_effort(image, quality) if search.effort is None else search.effort
    ratio = image.width * image.height / (part.width * part.height)

    def lost(quality: int) -> float:
        return _DEEP_MARGIN if image_format == "avif" and is_deep(quality, effort) else 0

    while quality not in scores and len(scores) < search.trials:
        bodies[quality] = encode(part, image_format, quality, effort=effort)
        scores[quality] = judge.score(read_back(bodies[quality])) - lost(quality)
        if abs(scores[quality] - target) <= _CLOSE_ENOUGH:
            break
        quality = _bounded(_next(scores, target, curve))
        each_s = clock() / len(scores)
        if clock() + each_s * (1 + _ENCODING_SHARE * ratio) > search.seconds:
            break
        if quality in scores and len(scores) < search.trials:
            quality = _bounded(_beyond(scores, target, quality))
    if scores.get(quality, 0) < target - _CLOSE_ENOUGH:  # too low, or not judged any more
        enough = [tried for tried, score in scores.items() if score >= target - _CLOSE_ENOUGH]
        quality = min([_bounded(quality + 1), *enough])
    trial_s = clock() / len(scores)
    if part is image:
        judging_s = trial_s * (1 - _ENCODING_SHARE)
        body = bodies.get(quality) or encode(image, image_format, quality, effort=effort)
    else:
        judging_s = trial_s
        body = encode(image, image_format, quality, effort=effort)
    if quality not in scores and clock() + judging_s <= search.noted_s:
        judged = body if part is image else encode(part, image_format, quality, effort=effort)
        scores[quality] = judge.score(read_back(judged)) - lost(quality)
    return Reached(body, scores[quality] + lost(quality) if quality in scores else None)


def _next(tried: dict[int, float], target: float, curve: Curve) -> float:
    """Between the nearest trials on both sides; else along what they tell."""
    low = max((each for each in tried if tried[each] < target), default=None)
    high = min((each for each in tried if tried[each] >= target), default=None)
    if low is None or high is None:
        return _along(tried, target, curve)
    share = (target - tried[low]) / (tried[high] - tried[low])
    return min(max(low + share * (high - low), low + 1), high - 1)


def _beyond(tried: dict[int, float], target: float, quality: int) -> int:
    """Where to go on if that quality was tried: itself if trials enclose the target."""
    if min(tried.values()) >= target:
        return min(tried) - _PLATEAU
    return max(tried) + 1 if max(tried.values()) < target else quality


def _along(tried: dict[int, float], target: float, curve: Curve) -> float:
    """By the two nearest trials; along the median curve if there is one, or they tell nothing."""
    nearest = sorted(tried, key=lambda quality: abs(tried[quality] - target))
    last, before = nearest[0], nearest[min(1, len(nearest) - 1)]
    rise = tried[last] - tried[before]
    if abs(rise) < _CLOSE_ENOUGH or (rise > 0) != (last > before):
        return last + _at(curve, target) - _at(curve, tried[last])
    return last + (target - tried[last]) * (last - before) / rise


def _at(curve: Curve, score: float) -> float:
    """The quality that the curve has at a score, its ends drawn on."""
    segments = list(pairwise(curve))
    (low, below), (high, above) = next(
        (each for each in segments if score <= each[1][0]), segments[-1]
    )
    return below + (score - low) * (above - below) / (high - low)


def _bounded(quality: float) -> int:
    return min(max(round(quality), _LEAST), _MOST)
