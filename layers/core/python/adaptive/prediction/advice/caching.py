"""A longer life in the CDN's caches, where images are found there less and less often."""

from __future__ import annotations

import math
from statistics import NormalDist, mean, stdev
from typing import TYPE_CHECKING

from adaptive.monitoring.dimension import Cell
from adaptive.prediction.advice.recommendation import Effect, Interval, Kind, Recommendation
from adaptive.prediction.advice.wording import site_lines
from adaptive.prediction.cloud import FAMILY as CLOUD
from adaptive.prediction.cost import MONTH_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adaptive.prediction.advice.situation import Situation

_DAY_H, _WEEK_H = 24, 168
_FALL = 0.03  # of all requests
_CLEARLY = 3  # standard errors of a day's mean, by the days before
_CLEARLY_IF_ODD = 2  # enough where pages were found to be slow, too
_YEAR_S = 31_536_000
_LONGER = 10
_IMAGES = Cell(CLOUD, "images")


def of(situation: Situation) -> Iterator[Recommendation]:
    """If they could be kept for longer at all."""
    ttl_s = situation.deployed.cdn_ttl_s
    known = situation.hours(_IMAGES, "hit_rate", last=_WEEK_H + _DAY_H)
    before, today = known[:-_DAY_H], known[-_DAY_H:]
    if ttl_s >= _YEAR_S or len(before) < 2 * _DAY_H:
        return
    days = [mean(before[at : at + _DAY_H]) for at in range(0, len(before) - _DAY_H + 1, _DAY_H)]
    usual, now, spread = mean(days), mean(today), stdev(days)
    odd = situation.odd("ttfb_ms", "lcp_ms")
    if usual - now < max(_FALL, (_CLEARLY_IF_ODD if odd else _CLEARLY) * spread):
        return
    longer = min(_YEAR_S, ttl_s * _LONGER)
    requests = situation.hours(_IMAGES, "requests", last=_DAY_H)
    missed_a_month = (usual - now) * sum(requests) * MONTH_S / 86_400
    yield Recommendation(
        kind=Kind.LENGTHEN_TTL,
        subject="images",
        title=f"Keep renditions in the CDN for {longer:,} s rather than {ttl_s:,}",
        evidence=(
            (
                f"{now:.1%} of image requests were in the cache in the last day, "
                f"{usual:.1%} in the days before ({min(days):.1%} to {max(days):.1%})"
            ),
            "a rendition's path says all about its content: no age makes it wrong",
            *map(str, odd),
        ),
        probability=_stays(now, spread, below=usual - _FALL),
        due_at=None,
        effect=Effect(
            family=CLOUD,
            value="images",
            measure="hit_rate",
            unit="of requests",
            before=Interval(expected=now, low=min(today), high=max(today)),
            after=Interval(expected=usual, low=now, high=max(days)),
        ),
        usd_a_month=-missed_a_month * situation.prices["s3_get_request"],
        change=site_lines("render", {"cdn_ttl_s": longer}, {"cdn_ttl_s": ttl_s}),
        unsplit_because="an edge's cache is for all of its visitors",
    )


def _stays(now: float, spread: float, *, below: float) -> float:
    """The probability that the next day is below that, too: days differ as they did before, today
    being one of them.
    """
    if not spread:
        return float(now < below)
    return round(NormalDist(now, spread * math.sqrt(2)).cdf(below), 4)
