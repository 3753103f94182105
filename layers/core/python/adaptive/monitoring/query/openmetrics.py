"""The site's state as OpenMetrics text, for Prometheus and whatever else scrapes it.

Gauges over a window that ends now, not counters: what is read is what was measured, whoever asks
and however often (https://prometheus.io/docs/specs/om/open_metrics_spec/).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adaptive.monitoring.query.answer import Answer, Overview, VitalNow

CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"


@dataclass(frozen=True, slots=True)
class _Gauge:
    """A family of samples: labels and value."""

    name: str
    meaning: str
    samples: list[tuple[dict[str, str], float]] = field(default_factory=list)

    def add(self, value: float | None, /, **labels: str) -> None:
        """Nothing, if nothing was measured."""
        if value is not None:
            self.samples.append((labels, value))

    def lines(self) -> Iterator[str]:
        """As text; none without samples."""
        if not self.samples:
            return
        yield f"# TYPE {self.name} gauge"
        yield f"# HELP {self.name} {_escaped(self.meaning)}"
        for labels, value in self.samples:
            told = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
            yield f"{self.name}{{{told}}} {value!r}" if told else f"{self.name} {value!r}"


def exposition(answer: Answer[Overview]) -> str:
    """The whole text, ended as OpenMetrics wants it."""
    lines = [line for gauge in _gauges(answer) for line in gauge.lines()]
    return "\n".join((*lines, "# EOF", ""))


def _gauges(answer: Answer[Overview]) -> Iterator[_Gauge]:
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
        gauge = _Gauge(name, meaning)
        gauge.add(value)
        yield gauge
    yield from _vitals(now.vitals)
    yield from _groups(now)


def _vitals(vitals: list[VitalNow]) -> Iterator[_Gauge]:
    percentile = _Gauge("adaptive_vital_p75", "75th percentile of a vital, in its unit.")
    rated = _Gauge("adaptive_vital_page_views", "Page views by vital and rating.")
    for each in vitals:
        percentile.add(each.p75.value, vital=each.metric, unit=each.unit)
        for rating, count in each.ratings.model_dump().items():
            rated.add(count, vital=each.metric, rating=rating)
    yield percentile
    yield rated


def _groups(now: Overview) -> Iterator[_Gauge]:
    views = _Gauge("adaptive_group_page_views", "Page views by one dimension.")
    slow = _Gauge("adaptive_group_lcp_p75_milliseconds", "75th percentile of LCP by one dimension.")
    failing = _Gauge("adaptive_group_failing_ratio", "Share of failing views by one dimension.")
    for each in (*now.page_groups, *now.countries, *now.tiers):
        for dimension, value in each.group.items():
            views.add(each.views, dimension=dimension, value=value)
            slow.add(each.lcp_p75.value, dimension=dimension, value=value)
            failing.add(each.failing.value, dimension=dimension, value=value)
    yield from (views, slow, failing)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
