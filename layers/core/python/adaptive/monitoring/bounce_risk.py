"""How likely a visitor leaves after one page, by how long that page took to load.

The default is what Google and SOASTA published in 2017 (https://www.thinkwithgoogle.com/
marketing-strategies/app-and-mobile/mobile-page-speed-new-industry-benchmarks/), as growth over a
load of one second. It is a correlation, and so is what replaces it, fitted to the site's own
sessions: slow pages and impatient visitors may have causes in common. It serves to tell a session
that is still open what to expect, never to promise what a faster page would bring.
"""

from bisect import bisect_left
from collections.abc import Iterable
from itertools import pairwise

Curve = tuple[tuple[float, float], ...]
"""(LCP in ms, share of sessions that end there, 0-1), both ascending."""

_GROWTH = (
    (1_000, 1.0),
    (3_000, 1.32),
    (5_000, 1.90),
    (6_000, 2.06),
    (7_000, 2.13),
    (10_000, 2.23),
)

FEWEST_SESSIONS = 2_000
"""From which on a site's own curve replaces the published one."""

_FEWEST_IN_BAND = 100
_BAND_ENDS_MS = (1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 7_000, 10_000)


def published(share: float) -> Curve:
    """The default, where `share` (0-1) of sessions end after a page that loads in a second."""
    return tuple((load_ms, min(share * growth, 1.0)) for load_ms, growth in _GROWTH)


def at(curve: Curve, load_ms: float) -> float:
    """The risk, 0-1: linear between the curve's points, and flat beyond them."""
    low_ms, low = curve[0]
    if load_ms <= low_ms:
        return low
    for high_ms, high in curve:
        if load_ms < high_ms:
            return low + (high - low) * (load_ms - low_ms) / (high_ms - low_ms)
        low_ms, low = high_ms, high
    return low


def fitted(sessions: Iterable[tuple[float, bool]]) -> Curve | None:
    """The curve of a site's own sessions: LCP of the first page in ms, and whether it was the last.

    Shares by bands of LCP, the least curve that never falls (pool adjacent violators). None below
    FEWEST_SESSIONS, or where they are all of one band: then nothing is learned.
    """
    bands = [[0.0, 0.0, 0.0] for _ in range(len(_BAND_ENDS_MS) + 1)]
    for load_ms, ended in sessions:
        band = bands[bisect_left(_BAND_ENDS_MS, load_ms)]
        band[0] += 1
        band[1] += load_ms
        band[2] += ended
    if sum(count for count, _, _ in bands) < FEWEST_SESSIONS:
        return None
    pooled: list[list[float]] = []
    for band in _large_enough(bands):
        pooled.append(band)
        while len(pooled) > 1 and _share(pooled[-2]) >= _share(pooled[-1]):
            pooled[-2:] = [_joined(*pooled[-2:])]
    curve = tuple((load / count, ended / count) for count, load, ended in pooled)
    return curve if len(curve) > 1 and all(a < b for (a, _), (b, _) in pairwise(curve)) else None


def _large_enough(bands: list[list[float]]) -> list[list[float]]:
    """Neighbours together until each says something."""
    found: list[list[float]] = []
    for band in bands:
        if found and min(found[-1][0], band[0]) < _FEWEST_IN_BAND:
            found[-1] = _joined(found[-1], band)
        else:
            found.append(band)
    return found


def _joined(a: list[float], b: list[float]) -> list[float]:
    return [x + y for x, y in zip(a, b, strict=True)]


def _share(band: list[float]) -> float:
    return band[2] / band[0]
