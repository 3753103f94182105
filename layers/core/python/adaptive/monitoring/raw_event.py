"""A raw event: one report of a page view as a row, for drilling down.

COLUMNS is the one place that says what a row has: the Glue table is made of it, and rows are
written by it. No row of visitors who have not agreed to be recognised, and none of bots.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic_core import from_json, to_json

from adaptive.monitoring import report, sampling
from adaptive.monitoring.dimension import Dimensions
from adaptive.monitoring.outcome import Growing
from adaptive.monitoring.vital import OF_VIEWS

if TYPE_CHECKING:
    from adaptive.settings.monitoring import KeepEventsSettings


class Column(NamedTuple):
    """`kind` is one of Glue's types."""

    name: str
    kind: str
    says: str = ""


COLUMNS = (
    Column("received_at", "timestamp", "by the service's clock, UTC"),
    Column("session", "string", "random id"),
    Column("view_id", "string"),
    Column("sequence", "bigint", "the highest of a view supersedes the others"),
    Column("final", "boolean"),
    Column("page", "string", "path without query"),
    Column("navigation", "string"),
    Column("hidden", "boolean"),
    *(Column(name, "string", "as in rollups") for name in Dimensions._fields),
    *(Column(vital.name, "double") for vital in OF_VIEWS),
    Column("bytes", "bigint"),
    Column("errors", "bigint"),
    Column("conversions", "bigint"),
    Column("visible_ms", "bigint"),
    Column("stratum", "string", "why it was kept"),
    Column("inclusion_probability", "double", "its inverse is how many it stands for"),
)


def row_of(data: bytes, settings: KeepEventsSettings) -> bytes | None:
    """The row of a record of the stream as a line of JSON, if it is to be kept.

    Raises ValueError, KeyError or TypeError on what is no arrival.
    """
    told = report.read(data, settings.lists)
    if told is None or not told.is_assigned:
        return None
    arrival = from_json(data)
    if "redriven_to" in arrival:  # by then it has long been here
        return None
    beacon = arrival["beacon"]
    sums = told.growing
    vitals = {
        each.name: (beacon.get(each.section) or {}).get(each.field or each.name)
        for each in OF_VIEWS
    }
    stratum = sampling.stratum_of(
        settings.sampling,
        lcp_ms=None if told.hidden else vitals["lcp_ms"],
        errors=sums[Growing.ERRORS],
        conversions=sums[Growing.CONVERSIONS],
    )
    probability = settings.sampling.rates[stratum]
    if sampling.number_of(told.session_id) >= probability:
        return None
    arm = report.arm_of(told, share=settings.holdout_share, salt=settings.holdout_salt)
    row: dict[str, Any] = {
        "received_at": _timestamp(arrival["received_at"]),
        "session": told.session_id,
        "view_id": told.view_id,
        "sequence": told.sequence,
        "final": told.final,
        "page": beacon["page"],
        "navigation": beacon["navigation"],
        "hidden": told.hidden,
        **Dimensions.read(f"{told.values},{arm}")._asdict(),
        **vitals,
        "bytes": max(sums[Growing.BYTES], 0),
        "errors": sums[Growing.ERRORS],
        "conversions": sums[Growing.CONVERSIONS],
        "visible_ms": max(sums[Growing.VISIBLE_MS], 0),
        "stratum": str(stratum),
        "inclusion_probability": probability,
    }
    return to_json(row) + b"\n"


def _timestamp(text: str) -> str:
    """As Hive's JSON reader takes it, from ISO 8601 in UTC."""
    at = datetime.fromisoformat(text).astimezone(UTC)
    return at.strftime("%Y-%m-%d %H:%M:%S.") + f"{at.microsecond // 1_000:03}"
