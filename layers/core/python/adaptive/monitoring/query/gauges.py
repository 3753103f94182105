"""The site's state as gauges: what scrapers read, and what is pushed to those who do not scrape.

Gauges over a window that ends now, not counters: what is told is what was measured, whoever asks
and however often.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adaptive.monitoring.query.answer import Answer, Overview, VitalNow


@dataclass(frozen=True, slots=True)
class Gauge:
    """A family of samples: labels and value."""

    name: str
    meaning: str
    samples: list[tuple[dict[str, str], float]] = field(default_factory=list)

    def add(self, value: float | None, /, **labels: str) -> None:
        """Nothing, if nothing was measured."""
        if value is not None:
            self.samples.append((labels, value))


def gauges_of(answer: Answer[Overview]) -> Iterator[Gauge]:
    """Those that have samples."""
    return (gauge for gauge in _gauges(answer) if gauge.samples)


def _gauges(answer: Answer[Overview]) -> Iterator[Gauge]:
    now = answer.data
    window_s = (now.end - now.start).total_seconds()
    for name, meaning, value in (
        ("adaptive_window_seconds", "What all figures are of: so long until now.", window_s),
        (
            "adaptive_fresh_at_seconds",
            "Until when views are counted, since the epoch.",
            answer.fresh_at.timestamp() if answer.fresh_at else None,
        ),
        ("adaptive_page_views", "Page views in the window.", now.views),
        ("adaptive_page_views_per_second", "Page views a second.", now.views_per_s),
        ("adaptive_failing_ratio", "Share of page views with an error.", now.failing.value),
        ("adaptive_errors", "Script errors in the window.", now.errors),
        ("adaptive_conversions", "Conversions in the window.", now.conversions),
        ("adaptive_bytes_per_page_view", "Bytes over the network.", now.bytes_per_view),
    ):
        gauge = Gauge(name, meaning)
        gauge.add(value)
        yield gauge
    yield from _vitals(now.vitals)
    yield from _groups(now)


def _vitals(vitals: list[VitalNow]) -> Iterator[Gauge]:
    percentile = Gauge("adaptive_vital_p75", "75th percentile of a vital, in its unit.")
    rated = Gauge("adaptive_vital_page_views", "Page views by vital and rating.")
    for each in vitals:
        percentile.add(each.p75.value, vital=each.metric, unit=each.unit)
        for rating, count in each.ratings.model_dump().items():
            rated.add(count, vital=each.metric, rating=rating)
    yield percentile
    yield rated


def _groups(now: Overview) -> Iterator[Gauge]:
    views = Gauge("adaptive_group_page_views", "Page views by one dimension.")
    slow = Gauge("adaptive_group_lcp_p75_milliseconds", "75th percentile of LCP by one dimension.")
    failing = Gauge("adaptive_group_failing_ratio", "Share of failing views by one dimension.")
    for each in (*now.page_groups, *now.countries, *now.tiers):
        for dimension, value in each.group.items():
            views.add(each.views, dimension=dimension, value=value)
            slow.add(each.lcp_p75.value, dimension=dimension, value=value)
            failing.add(each.failing.value, dimension=dimension, value=value)
    yield from (views, slow, failing)
