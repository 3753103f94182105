"""Time series for the benches of prediction: read from a folder, or made up."""

import csv
import datetime as dt
import json
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

HORIZON_H = 48
_DAY_H, _WEEK_H = 24, 168
_LEAST_WEB_H = 28 * _DAY_H
_WEB_EVERY_H = HORIZON_H
_MADE_UP = 60
_INCIDENT_FILES = 24
_POINTS_A_DAY = 288
_INCIDENT_DAYS = 14
_CAMPAIGN = 0.001  # an hour, that one begins
_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - the files' times have no zone


@dataclass(frozen=True, slots=True)
class Case:
    """Forecast the hours of `actual`, which follow `history`."""

    name: str
    history: list[float]
    actual: list[float]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A series as it was measured, and the windows (first and last row) that are anomalies."""

    name: str
    stamps: list[str]
    values: list[float]
    windows: list[tuple[str, str]]


def hourly(folder: Path | None) -> Mapping[str, list[Case]]:
    """Sets of series by name, the most important first."""
    if folder is None:
        return {"made_up": [_made_up(seed) for seed in range(_MADE_UP)]}
    found = {}
    if (folder / "m4-hourly").is_dir():
        found["m4"] = [*_m4(folder / "m4-hourly")]
    if (folder / "nab").is_dir():
        found["web"] = [*_web(folder / "nab")]
    return {name: cases for name, cases in found.items() if cases}


def labelled(folder: Path) -> list[Labelled]:
    """The files of the Numenta Anomaly Benchmark below the folder."""
    windows = json.loads((folder / "windows.json").read_text(encoding="utf-8"))
    return [
        Labelled(name, *_rows(folder / name), [(first, last) for first, last in spans])
        for name, spans in sorted(windows.items())
    ]


def incidents() -> list[Labelled]:
    """Two weeks of five-minute means each; every third without an incident."""
    return [_with_incident(seed) for seed in range(_INCIDENT_FILES)]


def seconds(stamps: Sequence[str]) -> list[float]:
    """Since 1970, as if the files' times were UTC."""
    return [(dt.datetime.fromisoformat(stamp) - _EPOCH).total_seconds() for stamp in stamps]


def _rows(path: Path) -> tuple[list[str], list[float]]:
    with path.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.reader(file) if row and row[0] != "timestamp"]
    return [row[0] for row in rows], [float(row[1]) for row in rows]


def _m4(folder: Path) -> Iterator[Case]:
    train, test = (_by_id(folder / name) for name in ("train.csv", "test.csv"))
    for name, history in train.items():
        yield Case(name, history, test[name])


def _by_id(path: Path) -> dict[str, list[float]]:
    with path.open(newline="", encoding="utf-8") as file:
        return {
            row[0]: [float(value) for value in row[1:] if value]
            for row in csv.reader(file)
            if row and any(each[:1].isdigit() for each in row[1:2])
        }


def _web(folder: Path) -> Iterator[Case]:
    """Long enough real series, from several hours each; gaps are filled with the value before."""
    for series in labelled(folder):
        if not series.name.startswith("real"):
            continue
        values = _hourly_means(series.stamps, series.values)
        for end in range(_LEAST_WEB_H, len(values) - HORIZON_H + 1, _WEB_EVERY_H):
            yield Case(f"{series.name}@{end}", values[:end], values[end : end + HORIZON_H])


def _hourly_means(stamps: Sequence[str], values: Sequence[float]) -> list[float]:
    by_hour: dict[int, list[float]] = {}
    for stamp, value in zip(stamps, values, strict=True):
        hour = (dt.datetime.fromisoformat(stamp) - _EPOCH) // dt.timedelta(hours=1)
        by_hour.setdefault(hour, []).append(value)
    found: list[float] = []
    for hour in range(min(by_hour), max(by_hour) + 1):
        here = by_hour.get(hour)
        found.append(sum(here) / len(here) if here else found[-1])
    return found


def _made_up(seed: int) -> Case:
    """Views of a site: days, weeks, growth, noise that lasts, a campaign now and then."""
    chance = random.Random(seed)  # noqa: S311 - reproducible, not secret
    size, growth = chance.lognormvariate(6, 1.5), chance.gauss(0, 0.0003)
    peak_hour, weekend = chance.uniform(8, 20), chance.uniform(0.5, 1.2)
    drift, boost, values = 0.0, 1.0, []
    for hour in range(6 * _WEEK_H + HORIZON_H):
        drift = 0.95 * drift + chance.gauss(0, 0.04)
        boost = chance.uniform(1.3, 3) if chance.random() < _CAMPAIGN else 1 + (boost - 1) * 0.8
        of_day = 1 + 0.7 * math.cos((hour - peak_hour) / _DAY_H * 2 * math.pi)
        of_week = weekend if hour // _DAY_H % 7 >= 5 else 1.0  # noqa: PLR2004 - Saturday
        level = size * math.exp(growth * hour + drift) * boost
        values.append(max(0.0, level * of_day * of_week * (1 + 0.05 * chance.gauss(0, 1))))
    return Case(f"site {seed}", values[:-HORIZON_H], values[-HORIZON_H:])


def _with_incident(seed: int) -> Labelled:
    """Latency or traffic by the hour of the day; then a rise that lasts, a spike, or a missing
    peak, labelled from its beginning for half a day.
    """
    chance = random.Random(seed)  # noqa: S311 - reproducible, not secret
    swing, noise = chance.uniform(0, 0.6), chance.uniform(0.02, 0.1)
    begin = _POINTS_A_DAY * chance.randrange(5, 12) + chance.randrange(120, 160)
    kind = ("rise", "spike", "quiet", "missing peak", "rise", "quiet")[seed % 6]
    drift, values = 0.0, []
    for point in range(_INCIDENT_DAYS * _POINTS_A_DAY):
        drift = 0.99 * drift + chance.gauss(0, noise / 5)
        usual = 1 + swing * math.sin(point % _POINTS_A_DAY / _POINTS_A_DAY * 2 * math.pi - 2)
        since = point - begin
        if kind == "rise" and 0 <= since < _POINTS_A_DAY:
            usual *= 1.8
        elif kind == "spike" and 0 <= since < 3:  # noqa: PLR2004 - a quarter of an hour
            usual *= 4
        elif kind == "missing peak" and 0 <= since < _POINTS_A_DAY / 3:
            usual = 1 - swing
        values.append(1_000 * usual * (1 + drift + chance.gauss(0, noise)))
    stamps = [str(_EPOCH + dt.timedelta(minutes=5 * point)) for point in range(len(values))]
    last = stamps[begin + _POINTS_A_DAY // 2]
    return Labelled(
        f"made_up/{kind} {seed}", stamps, values, [] if kind == "quiet" else [(stamps[begin], last)]
    )
