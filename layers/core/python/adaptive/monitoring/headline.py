"""How the site feels, in the few figures that go where every metric costs: CloudWatch."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from adaptive.monitoring.rollup import Field

if TYPE_CHECKING:
    from adaptive.monitoring.rollup import Rollup

_P75 = 0.75
_VITALS = {"LcpP75": "lcp_ms", "InpP75": "inp_ms", "TtfbP75": "ttfb_ms"}


class Headline(NamedTuple):
    """By CloudWatch's units; what was not measured is left out."""

    counts: dict[str, float]
    milliseconds: dict[str, float]
    percent: dict[str, float]
    plain: dict[str, float]


def headline(rollup: Rollup) -> Headline:
    """Of all views of a window."""
    views = rollup.views
    vitals = {name: rollup.quantile(vital, _P75) for name, vital in _VITALS.items()}
    cls = rollup.quantile("cls", _P75)
    return Headline(
        counts={"PageViews": views, "Conversions": rollup.fields[Field.CONVERSIONS]},
        milliseconds={name: value for name, value in vitals.items() if value is not None},
        percent={"FailingShare": 100 * rollup.fields[Field.FAILING] / views} if views else {},
        plain={} if cls is None else {"ClsP75": cls},
    )
