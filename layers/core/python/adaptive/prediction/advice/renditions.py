"""Renditions made, and kept by caches, before a peak that is higher than any of the last week."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adaptive.monitoring.dimension import Cell
from adaptive.prediction import capacity
from adaptive.prediction.advice.recommendation import (
    Change,
    Effect,
    Interval,
    Kind,
    Recommendation,
)
from adaptive.prediction.advice.situation import likely, worst
from adaptive.prediction.advice.wording import SHARED, at_worst
from adaptive.prediction.cloud import FAMILY as CLOUD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adaptive.prediction.advice.situation import Situation

_UNUSUAL = 1.5  # over the busiest hour of the last week
_WEEK_H = 168
_RENDER_S = 1.0  # until it was measured: AVIF of some 1,000 pixels
_IMAGES = Cell(CLOUD, "images")


def of(situation: Situation) -> Iterator[Recommendation]:
    """If there are heroes, and what misses the cache would all be rendered at once."""
    views, deployed = situation.views, situation.deployed
    week = situation.hours(Cell("all", ""), "views", last=_WEEK_H)
    requests = situation.hours(_IMAGES, "requests", last=_WEEK_H)
    hit_rates = situation.hours(_IMAGES, "hit_rate", last=_WEEK_H)
    if not (views and any(week) and requests and hit_rates and deployed.heroes):
        return
    place, peak = worst(views)
    if peak.expected < _UNUSUAL * max(week):
        return
    render = situation.cloud("render", "duration_ms")
    took_s = render.expected[place] / 1_000 if render else _RENDER_S
    images = sum(requests) / len(requests) / (sum(week) / len(week))
    missed = 1 - sum(hit_rates) / len(hit_rates)

    rendered = _rendered(situation, sum(requests) * missed)
    # A view has one hero as a rule; at most it shows all that are named.
    hero, heroes = (min(1.0, each / images) for each in (1, len(deployed.heroes)))

    def running(views_an_hour: float) -> float:
        misses_per_s = views_an_hour * images * missed * situation.burst / 3_600
        return misses_per_s * rendered * took_s

    before = Interval(
        expected=running(peak.expected), low=running(peak.low), high=running(peak.high)
    )
    renders = len(deployed.heroes) * deployed.renditions_per_image
    usd = renders * (
        situation.prices["lambda_request"]
        + capacity.compute_usd(took_s, deployed.functions["render"].memory_mib, situation.prices)
    )
    yield Recommendation(
        kind=Kind.MAKE_AHEAD,
        subject="",
        title=f"Make and warm the renditions of {len(deployed.heroes)} heroes before the peak",
        evidence=(
            at_worst(views, "page views an hour"),
            f"the busiest hour of the last week had {max(week):,.0f}",
            (
                f"{missed:.1%} of {images:.1f} images a view are not in the cache, and "
                f"{rendered:.1%} of those are not made yet; a rendition takes {took_s:.1f} s"
            ),
        ),
        probability=likely(views, _UNUSUAL * max(week)),
        due_at=views.begins_at + place * SHARED.hour,
        effect=Effect(
            family=CLOUD,
            value="render",
            measure="concurrency",
            unit="renditions at once",
            before=before,
            after=Interval(
                expected=before.expected * (1 - hero),
                low=before.low * (1 - heroes),
                high=before.high,
            ),
        ),
        usd_a_month=usd,
        once=True,
        change=Change(
            how="command",
            do="./adaptive-site warm",
            undo="# nothing to take back: what nobody asks for leaves the caches",
        ),
        unsplit_because=SHARED.reason,
    )


def _rendered(situation: Situation, misses: float) -> float:
    """Of what missed the cache in the last week, the share (0-1) that had to be made; all of it
    while nobody has counted.
    """
    calls = situation.hours(Cell(CLOUD, "render"), "calls", last=_WEEK_H)
    return min(1.0, sum(calls) / misses) if calls and misses else 1.0
