"""What was delivered: hit rate, bytes saved, the mix of tiers, fallbacks; hour by hour.

Images by CloudFront's access logs, which come late and on a best-effort basis; page views by the
rollups. Whole hours: the first and the last may reach beyond what was asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from adaptive.delivery import delivered
from adaptive.delivery.delivered import Sent
from adaptive.delivery.tally import ORIGINAL
from adaptive.edge.policy import CONTROL, Tier
from adaptive.errors import QueryError
from adaptive.monitoring.query import estimate
from adaptive.monitoring.query.answer import Estimated, Number
from adaptive.monitoring.query.figure import counters
from adaptive.monitoring.query.reply import instant
from adaptive.monitoring.query.scope import scope_of
from adaptive.monitoring.rollup import Field

if TYPE_CHECKING:
    from collections.abc import Iterable

    from adaptive.monitoring.query.estimate import Estimate
    from adaptive.monitoring.query.reply import Desk, Reply
    from adaptive.monitoring.query.span import Period, Span
    from adaptive.ports import ItemReader

_MOST_DAYS = 92
_HOUR = timedelta(hours=1)
_POINTS = 120


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class TierDelivery(_Part):
    """`tier` is `original` for images that were left as they are, the control group's among them,
    and `control` for its page views. `hit_rate` and `fallback_rate` are shares (0-1) of `requests`.
    """

    tier: str
    views: int
    view_share: Number
    requests: int
    hit_rate: Estimated
    fallback_rate: Estimated
    bytes_sent: int
    bytes_saved: int
    formats: dict[str, int]


class Delivery(_Part):
    """`total` is of all tiers; in columns by `at`, the begin of each step of `step_s`, what they
    add up to. `counted_until`: the end of the newest hour with a log, null if there is none.
    """

    start: datetime
    end: datetime
    counted_until: datetime | None
    total: TierDelivery
    tiers: list[TierDelivery]
    step_s: int
    at: list[int]
    requests: list[int]
    hit_rate: list[Number]
    fallback_rate: list[Number]
    bytes_sent: list[int]
    bytes_saved: list[int]


@dataclass(frozen=True, slots=True)
class Deliveries:
    """`items` are the hours that tally keeps."""

    desk: Desk
    items: ItemReader

    def over(self, period: Period) -> Reply:
        """Raises QueryError, UnavailableError."""
        span = period.span(self.desk.minute, whole=True)
        if span.end - span.start > _MOST_DAYS * 1_440:
            raise QueryError(f"delivery is told of {_MOST_DAYS} days at most", field="range")
        start = instant(span.start - span.start % 60)
        hours = max((span.end - span.start % 60 - span.start + 59) // 60, 1)
        found, cost = delivered.read(self.items, start, start + hours * _HOUR)
        views, view_cost = self._views(span)
        by_tier = {
            tier: _sum(hour.tiers.get(tier, Sent()) for hour in found.values())
            for tier in (*Tier, CONTROL, ORIGINAL)
        }
        step = -(-hours // _POINTS)
        begins = [start + at * _HOUR for at in range(0, hours, step)]
        steps = [
            _sum(
                sent
                for at in range(step)
                if (hour := found.get(begin + at * _HOUR))
                for sent in hour.tiers.values()
            )
            for begin in begins
        ]
        whole = _sum(by_tier.values())
        everybody = sum(views.values())
        data = Delivery(
            start=start,
            end=start + hours * _HOUR,
            counted_until=max(found) + _HOUR if found else None,
            total=_of_tier("all", whole, everybody, everybody),
            tiers=[
                _of_tier(tier, sent, views.get(tier, 0), everybody)
                for tier, sent in by_tier.items()
                if sent.requests or views.get(tier)
            ],
            step_s=step * 3_600,
            at=[int(begin.timestamp()) for begin in begins],
            requests=[each.requests for each in steps],
            hit_rate=[_share(each.hits, each) for each in steps],
            fallback_rate=[_share(each.fallbacks, each) for each in steps],
            bytes_sent=[each.bytes_sent for each in steps],
            bytes_saved=[each.bytes_saved for each in steps],
        )
        samples = whole.requests or everybody
        return self.desk.reply(data, samples=samples, units=cost + view_cost, end=span.end)

    def _views(self, span: Span) -> tuple[dict[str, int], float]:
        found = self.desk.reading.read(scope_of(["tier"]), span, now=self.desk.minute)
        views = {
            group[0]: sum(counters(bodies)[Field.VIEWS] for bodies in steps.values())
            for group, steps in found.groups.items()
        }
        return views, found.units


def _of_tier(tier: str, sent: Sent, views: int, everybody: int) -> TierDelivery:
    return TierDelivery(
        tier=tier,
        views=views,
        view_share=views / everybody if everybody else None,
        requests=sent.requests,
        hit_rate=_estimated(estimate.share(sent.hits, sent.requests)),
        fallback_rate=_estimated(estimate.share(sent.fallbacks, sent.requests)),
        bytes_sent=sent.bytes_sent,
        bytes_saved=sent.bytes_saved,
        formats=sent.formats,
    )


def _sum(sents: Iterable[Sent]) -> Sent:
    return reduce(Sent.__add__, sents, Sent())


def _share(part: int, sent: Sent) -> Number:
    return round(part / sent.requests, 6) if sent.requests else None


def _estimated(found: Estimate) -> Estimated:
    return Estimated(**found._asdict())
