"""The encoder quality at which one picture just looks as good as it must.

Encoders' numbers mean something else for each picture: the same AVIF quality shows a calm sky at 70
points of SSIMULACRA2 and a forest at 50. So a sample of the picture is encoded and judged; the
second trial moves along the format's median curve by as much as the first one missed, and the third
by what the two have in common.
"""

from collections.abc import Callable
from itertools import pairwise

import pyvips  # type: ignore[import-untyped]  # has stubs, but no py.typed

from adaptive.delivery.encoding import encode, read_back
from adaptive.delivery.perception import Judge, sample

SEARCH_S = 0.6
"""No further trial begins after so much time; one takes about 0.15 s of one core."""

_TRIALS = 3
_CLOSE_ENOUGH = 0.5
_MARGIN = 1.0  # a sample errs by 1.5 points
_LEAST, _MOST = 10, 95

Curve = tuple[tuple[float, float], ...]
"""(score, quality), both rising."""

_CURVES: dict[str, Curve] = {
    # medians over 18 photographs that the shop does not show, at 1,082 px
    "avif": ((30, 31), (45, 39), (57, 47), (70, 61), (80, 74), (90, 94)),
    "webp": ((30, 18), (45, 38), (57, 60), (70, 81), (80, 90), (90, 99)),
    "jpg": ((30, 28), (45, 39), (57, 56), (70, 75), (80, 88), (90, 95)),
}


def search(
    image: pyvips.Image, image_format: str, floor: float, *, clock: Callable[[], float]
) -> int:
    """The quality for `floor` points of SSIMULACRA2, in at most three trials and about a second."""
    curve = _CURVES[image_format]
    part = sample(image)
    began = clock()
    judge = Judge(part)
    target = floor + _MARGIN
    quality = _bounded(_at(curve, target))
    tried: dict[int, float] = {}
    while quality not in tried and len(tried) < _TRIALS:
        score = judge.score(read_back(encode(part, image_format, quality)))
        tried[quality] = score
        if abs(score - target) <= _CLOSE_ENOUGH or clock() - began > SEARCH_S:
            break
        quality = _bounded(_next(tried, target, curve))
    return quality


def _next(tried: dict[int, float], target: float, curve: Curve) -> float:
    """By the two nearest trials; along the median curve if there is one, or they contradict."""
    nearest = sorted(tried, key=lambda quality: abs(tried[quality] - target))
    last, before = nearest[0], nearest[min(1, len(nearest) - 1)]
    rise = tried[last] - tried[before]
    if rise * (last - before) <= 0:
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
