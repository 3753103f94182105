"""The way out to a model of one's own, through it, and back."""

import json
import math
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa  # type: ignore[import-untyped]
import pytest
from pyarrow import parquet

from adaptive.errors import InvalidInputError
from adaptive.monitoring.dimension import Cell
from adaptive.ports import Versioned, Write
from adaptive.prediction import published
from adaptive.prediction.answers import OUTSIDE
from adaptive.prediction.calendar import Calendar, Event
from adaptive.prediction.history import History
from adaptive.prediction.outlook import Outlook
from adaptive.prediction.published import Published
from local import features
from tests.fakes import InMemoryVersionedStore
from tests.samples import FORECAST
from tests.unit.test_outlook import NOW_MINUTE

TRAIN = Path(__file__).parents[2] / "examples/sagemaker/train.py"
WEEKS = 6
ALL = Cell("all", "")
END_HOUR = NOW_MINUTE // 60
FIRST_HOUR = END_HOUR - WEEKS * 168
BERLIN = Calendar(ZoneInfo("Europe/Berlin"), (Event("sale", date(2026, 11, 2), date(2026, 11, 2)),))


def came(hour: int) -> float:
    """What no seasonal model knows: every third day is twice as busy."""
    busy = 2 if hour // 24 % 3 == 0 else 1
    return round(busy * (300 + 200 * math.sin(hour % 24 / 24 * math.tau)))


@pytest.fixture
def store() -> InMemoryVersionedStore:
    store = InMemoryVersionedStore()
    history = History(FIRST_HOUR)
    for hour in range(FIRST_HOUR, END_HOUR):
        history.put(hour, {"views": came(hour)})
    key = published.history_key(*ALL)
    store.write([Write(key, Versioned(history.encode(), 1), None, 2**40)])
    return store


def export(store: InMemoryVersionedStore, folder: Path) -> list[dict[str, object]]:
    histories = features.read_histories(store, ["all", "device"])
    assert features.export(histories, BERLIN, folder, source="a test").series == 1
    rows: list[dict[str, object]] = parquet.read_table(folder / features.ROWS).to_pylist()
    return rows


def test_rows_are_hours_by_the_visitors_clock_with_what_is_known_before(
    store: InMemoryVersionedStore, tmp_path: Path
) -> None:
    rows = export(store, tmp_path)
    assert len(rows) == WEEKS * 168 + features.HORIZON_H
    now = rows[-features.HORIZON_H]
    at = now["at"]
    assert isinstance(at, datetime)
    assert at == datetime.fromtimestamp(END_HOUR * 3_600, UTC)
    local = at.astimezone(ZoneInfo("Europe/Berlin"))
    assert (now["hour_of_day"], now["day_of_week"]) == (local.hour, local.weekday())
    assert now["y"] is None
    assert now["y_day_before"] == came(END_HOUR - 24)
    assert now["y_week_before"] == came(END_HOUR - 168)
    assert rows[-1]["y_day_before"] is None  # it is not known yet
    assert {row["event"] for row in rows} == {"", "sale"}
    card = (tmp_path / features.CARD).read_text()
    for told in (f"{len(rows):,} rows of 1 series", "y_week_before", "no row is about a visitor"):
        assert told in card


def test_the_training_script_runs_here_as_in_sagemaker_and_its_answers_come_back(
    store: InMemoryVersionedStore, tmp_path: Path
) -> None:
    export(store, tmp_path)
    environment = {
        "SM_CHANNEL_TRAIN": str(tmp_path),
        "SM_MODEL_DIR": str(tmp_path / "model"),
        "SM_OUTPUT_DATA_DIR": str(tmp_path / "output"),
    }
    told = subprocess.run(  # noqa: S603
        [sys.executable, str(TRAIN), "--alpha", "0.1"],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    metrics = json.loads(told.stdout)
    assert metrics["series"] == 1
    assert metrics["error"] < metrics["naive_error"]
    assert (tmp_path / "model/model.npz").exists()
    brought = features.bring_back(tmp_path / "output/answers.parquet", store, now_s=1)
    assert brought == 1
    assert shares(store)  # judged, whoever won


def answer(store: InMemoryVersionedStore, path: Path, *, off: float, days: int = 14) -> None:
    hours = range(END_HOUR - days * 24, END_HOUR + features.HORIZON_H)
    start = datetime.fromtimestamp(hours[0] * 3_600, UTC)
    rows = [
        {
            "family": "all",
            "value": "",
            "measure": "views",
            "at": start + timedelta(hours=place),
            "expected": came(hour) * off,
        }
        for place, hour in enumerate(hours)
    ]
    parquet.write_table(pa.Table.from_pylist(rows), path)
    features.bring_back(path, store, now_s=1)


def shares(store: InMemoryVersionedStore) -> dict[str, float]:
    return forecast(store).shares


def forecast(store: InMemoryVersionedStore) -> Published:
    settings = FORECAST.model_copy(update={"families": ("all",)})
    Outlook(InMemoryVersionedStore(), store, settings).run(NOW_MINUTE + 10)
    key = published.key(*ALL, "views")
    return Published.model_validate_json(store.read([key])[key].body)


def test_a_model_that_knows_better_is_published_with_intervals_of_its_own(
    store: InMemoryVersionedStore, tmp_path: Path
) -> None:
    answer(store, tmp_path / "a.parquet", off=1.01)
    found = forecast(store)
    assert found.shares == {OUTSIDE: 1.0}
    for place in (0, 30, 47):
        truth = came(END_HOUR + place)
        assert found.expected[place] == pytest.approx(truth * 1.01)
        assert found.low_95[place] <= truth <= found.high_95[place]


@pytest.mark.parametrize(("off", "days"), [(3.0, 14), (1.01, 5)], ids=["worse", "hardly judged"])
def test_a_model_that_is_worse_or_not_judged_yet_is_not_published(
    store: InMemoryVersionedStore, tmp_path: Path, off: float, days: int
) -> None:
    answer(store, tmp_path / "a.parquet", off=off, days=days)
    assert OUTSIDE not in shares(store)


def test_what_are_no_answers_is_refused(store: InMemoryVersionedStore, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_text("no Parquet")
    with pytest.raises(InvalidInputError, match=r"a\.parquet"):
        features.bring_back(path, store, now_s=1)
    row = {"family": "all", "value": "", "measure": "views", "at": datetime.now(UTC)}
    parquet.write_table(pa.Table.from_pylist([{**row, "expected": None}]), path)
    with pytest.raises(InvalidInputError, match="without a time or a value"):
        features.bring_back(path, store, now_s=1)
