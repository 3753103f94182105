"""The series of predictions as rows for somebody else's model, and its answers brought back.

Rows are hours: what was, and what is known of an hour before it comes. Parquet, by pyarrow.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa  # type: ignore[import-untyped]
from pyarrow import parquet

from adaptive.errors import InvalidInputError
from adaptive.monitoring.dimension import Cell
from adaptive.ports import Versioned, VersionedStore, Write
from adaptive.prediction import answers, published
from adaptive.prediction.history import History

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from adaptive.prediction.calendar import Calendar

ROWS = "features.parquet"
CARD = "CARD.md"
HORIZON_H = 72
_DAY_H, _WEEK_H = 24, 168
_HOUR_S = 3_600
_KEPT_S = 7 * 86_400

SCHEMA = pa.schema(
    [
        ("family", pa.string()),
        ("value", pa.string()),
        ("measure", pa.string()),
        ("at", pa.timestamp("s", tz="UTC")),
        ("y", pa.float64()),
        ("hour_of_day", pa.int8()),
        ("day_of_week", pa.int8()),
        ("event", pa.string()),
        ("y_day_before", pa.float64()),
        ("y_week_before", pa.float64()),
    ]
)
MEANINGS = {
    "family, value, measure": "the series: a group of page views and what of it; or `cloud`, a "
    "part of the deployment and a metric of CloudWatch's",
    "at": "when the hour begins",
    "y": "what was measured; null: a gap, or an hour that is to be forecast",
    "hour_of_day, day_of_week": "by the visitors' clock, Monday being 0",
    "event": "the known event of `[[prediction.events]]` that the hour is in, else empty",
    "y_day_before, y_week_before": "y of the same hour then; null: not known",
}


class Exported(NamedTuple):
    """`rows` are of so many `series`, the last `HORIZON_H` hours of each still to come."""

    rows: int
    series: int


def export(
    histories: Iterable[tuple[Cell, History]], calendar: Calendar, folder: Path, *, source: str
) -> Exported:
    """Write the rows and their card."""
    columns: dict[str, list[Any]] = {name: [] for name in SCHEMA.names}
    series = 0
    for cell, history in histories:
        for measure, values in history.series.items():
            series += 1
            for row in _rows(cell, measure, values, history.first_hour, calendar):
                for name, each in zip(SCHEMA.names, row, strict=True):
                    columns[name].append(each)
    table = pa.table(columns, schema=SCHEMA)
    folder.mkdir(parents=True, exist_ok=True)
    parquet.write_table(table, folder / ROWS, compression="zstd")
    (folder / CARD).write_text(_card(table, series, source), encoding="utf-8")
    return Exported(table.num_rows, series)


def read_histories(
    store: VersionedStore, families: Iterable[str]
) -> Iterator[tuple[Cell, History]]:
    """All that forecasts are made from."""
    for family in families:
        partition, _ = published.history_key(family, "")
        for (_, sort), item in store.read_partition(partition).items():
            yield Cell(family, sort.rpartition("#")[0]), History.decode(item.body)


def bring_back(path: Path, store: VersionedStore, *, now_s: int) -> int:
    """Put answers where forecasts look for them; how many series. Columns: family, value, measure,
    at, expected. Raises InvalidInputError for another file.
    """
    try:
        rows = parquet.read_table(
            path, columns=["family", "value", "measure", "at", "expected"]
        ).to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise InvalidInputError(f"{path}: {error}") from error
    by_cell: dict[Cell, dict[int, dict[str, float]]] = {}
    for row in rows:
        if row["expected"] is None or row["at"] is None:
            raise InvalidInputError(f"{path}: an answer without a time or a value")
        hour = int(row["at"].timestamp()) // _HOUR_S
        cell = Cell(row["family"], row["value"])
        by_cell.setdefault(cell, {}).setdefault(hour, {})[row["measure"]] = row["expected"]
    count = 0
    for cell, hours in by_cell.items():
        history = History(min(hours))
        for hour in sorted(hours):
            history.put(hour, hours[hour])
        count += len(history.series)
        place = answers.key(*cell)
        known = store.read([place]).get(place)
        version = known.version if known else None
        new = Versioned(history.encode(), (version or 0) + 1)
        store.write([Write(place, new, version, now_s + _KEPT_S)])
    return count


def _rows(
    cell: Cell,
    measure: str,
    values: list[float | None],
    first_hour: int,
    calendar: Calendar,
) -> Iterator[tuple[Any, ...]]:
    for place in range(len(values) + HORIZON_H):
        hour = first_hour + place
        wall = calendar.wall(hour)
        event = calendar.event(wall)
        yield (
            *(cell.family, cell.value, measure),
            datetime.fromtimestamp(hour * _HOUR_S, UTC),
            values[place] if place < len(values) else None,
            wall % _DAY_H,
            (wall // _DAY_H + 3) % 7,  # the epoch was a Thursday
            event.name if event else "",
            _before(values, place, _DAY_H),
            _before(values, place, _WEEK_H),
        )


def _before(values: list[float | None], place: int, hours: int) -> float | None:
    at = place - hours
    return values[at] if 0 <= at < len(values) else None


def _card(table: pa.Table, series: int, source: str) -> str:
    times = [each.as_py() for each in table["at"]]
    span = f"{min(times):%Y-%m-%d %H:%M} to {max(times):%Y-%m-%d %H:%M} UTC" if times else "nothing"
    known = table.num_rows - table["y"].null_count
    meanings = "".join(f"| {name} | {meaning} |\n" for name, meaning in MEANINGS.items())
    return f"""# Data card: hourly series of an adaptive site

- Source: {source}.
- {table.num_rows:,} rows of {series} series, {known:,} of them measured; {span}.
- The last {HORIZON_H} rows of each series are to be forecast.
- Values are sums and percentiles of groups of page views: no row is about a visitor or a session.
- Known faults: percentiles are within 1 %; an hour is final two days later; hours in which the
  whole site has no view are gaps, those in which a group has none are zero views.
- Not fit for: single visitors, causes, anything beyond {HORIZON_H} hours.

| column | meaning |
|---|---|
{meanings}"""
