"""The Grafana dashboard over our OpenMetrics, built by Grafana's own SDK."""

import json
from typing import Any

from grafana_foundation_sdk.builders import dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import DataSourceRef

_SOURCE = DataSourceRef(type_val="prometheus", uid="${source}")
_VITALS = ("lcp_ms", "inp_ms", "ttfb_ms", "fcp_ms", "load_ms")


def generate() -> str:
    """The dashboard's JSON, to be imported."""
    built = (
        dashboard.Dashboard("Adaptive Edge")
        .uid("adaptive-edge")
        .tags(["adaptive-edge", "rum"])
        .refresh("1m")
        .time("now-24h", "now")
        .with_variable(
            dashboard.DatasourceVariable("source").label("Prometheus").type("prometheus")
        )
    )
    for panel in (
        _figure("Page views a second", "adaptive_page_views_per_second", "reqps"),
        _figure("Failing views", "adaptive_failing_ratio", "percentunit"),
        _figure("Counted until", "adaptive_fresh_at_seconds * 1000", "dateTimeAsIso"),
    ):
        built = built.with_panel(panel)
    for vital in _VITALS:
        expression = f'adaptive_vital_p75{{vital="{vital}"}}'
        built = built.with_panel(_lines(f"{vital}, 75th percentile", expression, "p75", "ms"))
    poor = (
        'adaptive_vital_page_views{rating="poor"}'
        " / on (vital) sum by (vital) (adaptive_vital_page_views)"
    )
    slow = "adaptive_group_lcp_p75_milliseconds"
    for lines in (
        _lines("Poor, of all views", poor, "{{vital}}", "percentunit"),
        _lines("LCP by country", f'{slow}{{dimension="country"}}', "{{value}}", "ms"),
        _lines("LCP by page group", f'{slow}{{dimension="page_group"}}', "{{value}}", "ms"),
        _lines(
            "Views by tier", 'adaptive_group_page_views{dimension="tier"}', "{{value}}", "short"
        ),
    ):
        built = built.with_panel(lines)
    whole = json.loads(JSONEncoder().encode(built.build()))
    return json.dumps(_said(whole), indent=2, sort_keys=True) + "\n"


def _said(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Without the nulls that the SDK writes for what nobody set."""
    if isinstance(value, dict):
        return {name: _said(each) for name, each in value.items() if each is not None}
    return [_said(each) for each in value] if isinstance(value, list) else value


def _figure(title: str, expression: str, unit: str) -> stat.Panel:
    query = prometheus.Dataquery().expr(expression).instant()
    panel = stat.Panel().title(title).unit(unit).datasource(_SOURCE).height(4).span(8)
    return panel.with_target(query)


def _lines(title: str, expression: str, legend: str, unit: str) -> timeseries.Panel:
    query = prometheus.Dataquery().expr(expression).legend_format(legend)
    panel = timeseries.Panel().title(title).unit(unit).datasource(_SOURCE).height(8).span(12)
    return panel.with_target(query)
