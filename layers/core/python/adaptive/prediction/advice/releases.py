"""A release of the site that is slower or breaks more than the one before it."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from adaptive.monitoring.dimension import Cell
from adaptive.monitoring.rollup import Field, Rollup
from adaptive.prediction.advice.recommendation import (
    Change,
    Effect,
    Interval,
    Kind,
    Recommendation,
)
from adaptive.prediction.advice.situation import SPREAD_80, percentile
from adaptive.prediction.advice.wording import SHARED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from adaptive.prediction.advice.situation import Situation
    from adaptive.prediction.oddity import Oddity

_LEAST_VIEWS = 300
_SURE = 4.0
"""Standard errors: a release is compared every hour, and taken back with reluctance."""
_SURE_IF_ODD = 2.0
"""Enough where an anomaly was found since it is out: that is proof of its own."""
_SLOWER, _WORSE = 1.2, 1.5
_FIRST_DAY = timedelta(hours=24)
_OUT_FOR_LONG = timedelta(hours=46)
"""Views of two days are looked at: one that has some at their beginning may be of any age."""


class _Compared(NamedTuple):
    """`z` are standard errors by which the new one is worse."""

    measure: str
    unit: str
    before: Interval
    now: Interval
    z: float
    ratio: float


def of(situation: Situation) -> Iterator[Recommendation]:
    """The newest that has views, against the one before it in the list of releases."""
    names = [
        name for name in situation.deployed.releases if situation.by_hour.get(Cell("release", name))
    ]
    if len(names) < 2:  # noqa: PLR2004 - something to compare with
        return
    old, new = names[-2:]
    by_hour = situation.by_hour
    before, now = _alike(by_hour[Cell("release", old)], by_hour[Cell("release", new)])
    if min(before.views, now.views) < _LEAST_VIEWS:
        return
    odd = _since_it_is_out(situation, by_hour[Cell("release", new)])
    sure = _SURE_IF_ODD if odd else _SURE
    worse = [
        found
        for found, least in ((_slower(before, now), _SLOWER), (_failing(before, now), _WORSE))
        if found is not None and found.z > sure and found.ratio > least
    ]
    if not worse:
        return
    found = max(worse, key=lambda each: each.z)
    yield Recommendation(
        kind=Kind.ROLL_BACK_RELEASE,
        subject=new,
        title=f"Take release {new} back: {old} was better",
        evidence=(
            *(
                f"{each.measure}: {each.now.expected:,.4g} {each.unit} in {now.views:,} views of "
                f"{new}, {each.before.expected:,.4g} in {before.views:,} of {old} at the same "
                f"hours of the day, {each.z:.0f} standard errors apart"
                for each in worse
            ),
            *map(str, odd),
        ),
        probability=1.0,  # it is so already
        due_at=situation.at,
        effect=Effect(
            family="release",
            value=new,
            measure=found.measure,
            unit=found.unit,
            before=found.now,
            after=found.before,
        ),
        usd_a_month=0.0,
        change=Change(
            how="command",
            do=f"git switch --detach {old}  # and build it, then\n./adaptive-site publish",
            undo=f"git switch --detach {new}  # and build it, then\n./adaptive-site publish",
        ),
        unsplit_because=f"{SHARED.reason}: a release is out for everybody",
    )


def _since_it_is_out(situation: Situation, hours: Mapping[int, Rollup]) -> list[Oddity]:
    """Slowness and errors that were found in the first day of a release."""
    first = datetime.fromtimestamp(min(hours) * 3_600, UTC)
    if situation.at - first > _OUT_FOR_LONG:
        return []
    return [
        each
        for each in situation.odd("lcp_ms", "failing")
        if timedelta() <= each.since - first <= _FIRST_DAY
    ]


def _alike(old: Mapping[int, Rollup], new: Mapping[int, Rollup]) -> tuple[Rollup, Rollup]:
    """The views of those hours of the day in which both have been out."""
    shared = {hour % 24 for hour in old} & {hour % 24 for hour in new}
    found = Rollup(), Rollup()
    for whole, hours in zip(found, (old, new), strict=True):
        for hour, rollup in hours.items():
            if hour % 24 in shared:
                whole.add(rollup)
    return found


def _slower(before: Rollup, now: Rollup) -> _Compared | None:
    """LCP's 75th percentile, with intervals by order statistics."""
    least = min(before.count("lcp_ms"), now.count("lcp_ms"))
    if least < _LEAST_VIEWS:
        return None
    old, new = (percentile(each, "lcp_ms") for each in (before, now))
    spread = math.hypot(old.high - old.low, new.high - new.low) / 2 / SPREAD_80
    if not old.expected:
        return None
    z = (new.expected - old.expected) / spread if spread else 0.0
    return _Compared("lcp_ms", "ms", old, new, z, new.expected / old.expected)


def _failing(before: Rollup, now: Rollup) -> _Compared:
    """Views with an error, by a test of two proportions."""
    old, new = (each.fields[Field.FAILING] / each.views for each in (before, now))
    both = (before.fields[Field.FAILING] + now.fields[Field.FAILING]) / (before.views + now.views)
    error = math.sqrt(both * (1 - both) * (1 / before.views + 1 / now.views))
    return _Compared(
        "failing_per_view",
        "of views",
        _share(old, before.views),
        _share(new, now.views),
        (new - old) / error if error else 0.0,
        new / old if old else math.inf if new else 1.0,
    )


def _share(share: float, views: int) -> Interval:
    reach = SPREAD_80 * math.sqrt(share * (1 - share) / views)
    return Interval(expected=share, low=max(share - reach, 0.0), high=min(share + reach, 1.0))
