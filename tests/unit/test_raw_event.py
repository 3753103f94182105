"""Rows of raw events: what is kept of the stream, and that their table can hold it."""

import json
from io import BytesIO
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.json  # type: ignore[import-untyped]
import pyarrow.parquet  # type: ignore[import-untyped]
import pytest

from adaptive.delivery.ledger import Record
from adaptive.errors import UnavailableError
from adaptive.monitoring import raw_event, sampling
from adaptive.monitoring.keeper import Keeper
from adaptive.monitoring.raw_event import COLUMNS
from tests.fakes import InMemoryEventArchive
from tests.rollup_world import arrival, records
from tests.samples import HELD_OUT, KEEP_EVENTS, TREATED
from tests.unit.test_roller import POISON

PARQUET = {
    "string": pa.string(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("ms"),
}
FAILING: dict[str, Any] = {"errors": [{"kind": "error", "message": "boom"}]}
SALE = {"name": "checkout", "at_ms": 1}


def kept(*batch: bytes) -> list[dict[str, Any]]:
    archive = InMemoryEventArchive()
    Keeper(KEEP_EVENTS, archive).post(records(*batch))
    return [json.loads(row) for row in archive.rows]


def numbered(below: float, above: float) -> str:
    """A session of that number."""
    return next(
        name for n in range(100_000) if above <= sampling.number_of(name := f"{n:022}") < below
    )


def test_errors_and_conversions_are_all_kept_with_certainty() -> None:
    batch = [arrival(session=f"{n:022}", view_id=f"view-{n:04}", **FAILING) for n in range(50)] + [
        arrival(session=f"{n:022}", view_id=f"sale-{n:04}", events=[SALE]) for n in range(50)
    ]
    found = kept(*batch)
    assert len(found) == 100
    assert {each["inclusion_probability"] for each in found} == {1.0}
    assert {each["stratum"] for each in found} == {"failing", "converting"}


def test_a_session_that_is_kept_for_fast_views_is_whole() -> None:
    session = numbered(0.001, 0)
    loads = [700, 2_000, 9_000]
    batch = [
        arrival(session=session, view_id=f"view-{ms:04}", vitals={"lcp_ms": ms}) for ms in loads
    ]
    found = kept(*batch)
    assert [each["lcp_ms"] for each in found] == loads
    assert [each["inclusion_probability"] for each in found] == [0.001, 0.01, 0.1]


def test_of_other_sessions_there_is_what_is_kept_as_often() -> None:
    session = numbered(0.1, 0.01)
    batch = [
        arrival(session=session, view_id=f"view-{ms:04}", vitals={"lcp_ms": ms})
        for ms in (700, 2_000, 9_000)
    ]
    assert [each["lcp_ms"] for each in kept(*batch)] == [9_000]


def test_a_batch_that_is_delivered_again_keeps_the_same_events() -> None:
    batch = [arrival(session=f"{n:022}", view_id=f"view-{n:04}") for n in range(300)]
    assert kept(*batch) == kept(*batch[:100]) + kept(*batch[100:])


def test_nobody_is_kept_who_did_not_agree_and_no_bot() -> None:
    without = arrival(**FAILING).replace(f'"session_id": "{TREATED}", '.encode(), b"")
    assert kept(without) == []
    assert kept(arrival(of_arrival={"bot": True}, **FAILING)) == []


def test_what_was_sent_again_to_another_consumer_is_kept_once() -> None:
    again = [arrival(of_arrival={"redriven_to": to}, **FAILING) for to in ("roll_up", "score")]
    assert kept(*again) == []


@pytest.mark.parametrize("poison", POISON)
def test_what_cannot_be_read_is_left_to_others_and_holds_up_nothing(poison: bytes) -> None:
    archive = InMemoryEventArchive()
    outcome = Keeper(KEEP_EVENTS, archive).post(records(poison, arrival(**FAILING)))
    assert (outcome.kept, outcome.unread, outcome.failed) == (1, 1, [])


def test_a_batch_is_delivered_again_while_the_archive_is_down() -> None:
    archive = InMemoryEventArchive(down=True)
    batch = records(arrival(), arrival(view_id="view-0002", **FAILING))
    assert Keeper(KEEP_EVENTS, archive).post(batch).failed == [1, 2]
    with pytest.raises(UnavailableError):
        archive.keep([b""])


def test_the_arm_is_the_one_that_was_drawn() -> None:
    [control, treated] = kept(
        arrival(session=HELD_OUT, **FAILING), arrival(session=TREATED, **FAILING)
    )
    assert (control["arm"], treated["arm"]) == ("control", "treatment")


def test_a_row_says_nothing_that_is_not_in_the_table() -> None:
    [row] = kept(arrival(**FAILING, dimensions={"plan": "gold"}, release="1.1"))
    assert [*row] == [column.name for column in COLUMNS]
    assert "gold" not in json.dumps(row)


def test_rows_become_parquet_with_the_types_of_their_table() -> None:
    whole = arrival(
        **FAILING,
        final=True,
        transfer={"bytes": 123_456},
        engagement={"visible_ms": 5_000.5, "scroll_depth": 0.4},
        timing={"load_ms": 2_300.5, "dom_content_loaded_ms": 900},
        page_group="product",
        of_arrival={"country": "DE", "browser": "chrome", "device_class": "phone"},
    )
    lines = [
        raw_event.row_of(data, KEEP_EVENTS)
        for data in (whole, arrival(vitals={}, **FAILING), arrival(hidden=True, **FAILING))
    ]
    schema = pa.schema([(column.name, PARQUET[column.kind]) for column in COLUMNS])
    read = pyarrow.json.read_json(
        BytesIO(b"".join(line for line in lines if line)),
        parse_options=pyarrow.json.ParseOptions(
            explicit_schema=schema, unexpected_field_behavior="error"
        ),
    )
    file = BytesIO()
    pyarrow.parquet.write_table(read, file, compression="snappy")
    [first, bare, hidden] = pyarrow.parquet.read_table(file).to_pylist()
    assert (first["received_at"].isoformat(), first["lcp_ms"]) == ("2026-11-01T10:00:00", 5_200.5)
    assert (first["dcl_ms"], first["bytes"], first["visible_ms"]) == (900.0, 123_456, 5_000)
    assert (bare["lcp_ms"], bare["bytes"]) == (None, 0)
    assert hidden["hidden"]


def test_one_record_makes_one_row() -> None:
    assert Record(1, arrival(**FAILING)).data.count(b"\n") == 0
    line = raw_event.row_of(arrival(**FAILING), KEEP_EVENTS)
    assert line is not None
    assert line.count(b"\n") == 1
