"""The site's gauges as OpenMetrics text, for Prometheus and whatever else scrapes it
(https://prometheus.io/docs/specs/om/open_metrics_spec/).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adaptive.monitoring.query.gauges import gauges_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adaptive.monitoring.query.answer import Answer, Overview
    from adaptive.monitoring.query.gauges import Gauge

CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def exposition(answer: Answer[Overview]) -> str:
    """The whole text, ended as OpenMetrics wants it."""
    lines = [line for gauge in gauges_of(answer) for line in _lines(gauge)]
    return "\n".join((*lines, "# EOF", ""))


def _lines(gauge: Gauge) -> Iterator[str]:
    yield f"# TYPE {gauge.name} gauge"
    yield f"# HELP {gauge.name} {_escaped(gauge.meaning)}"
    for labels, value in gauge.samples:
        told = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
        yield f"{gauge.name}{{{told}}} {value!r}" if told else f"{gauge.name} {value!r}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
