"""A model of one's own for the hourly series, as SageMaker runs it in Script Mode, and anybody can:
`python examples/sagemaker/train.py --train FOLDER --model-dir FOLDER --output-data-dir FOLDER`.

It reads features.parquet, fits a ridge regression per series on the day and the week before and the
hour, and writes model.npz, metrics.json (its error beside that of the day before) and
answers.parquet for `adaptive-ops features answers`. The last two weeks were not fitted to: their
answers are given three days at a time, as those for the days to come are, to be judged by.
"""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
from pyarrow import parquet

DAY_H, WEEK_H = 24, 168
JUDGED_H, BLOCK_H = 2 * WEEK_H, 72
SATURDAY = 5
KEY = ("family", "value", "measure")

Rows = list[dict[str, Any]]


def main() -> None:
    """Fit all, judge, answer."""
    arguments = _arguments()
    table = parquet.read_table(Path(arguments.train) / "features.parquet")
    series: dict[tuple[str, ...], Rows] = {}
    for row in table.to_pylist():
        series.setdefault(tuple(row[name] for name in KEY), []).append(row)
    answers: Rows = []
    models: dict[str, np.ndarray] = {}
    errors, naive_errors = [], []
    for key, rows in series.items():
        told = answered(rows, alpha=arguments.alpha)
        if told is None:
            continue
        expected, weights, first = told
        models["/".join(key)] = weights
        for row, value in zip(rows[first:], expected[first:], strict=True):
            answers.append({**dict(zip(KEY, key, strict=True)), "at": row["at"], "expected": value})
            if row["y"] is not None and row["y_day_before"] is not None:
                errors.append(abs(row["y"] - value) / _size(rows))
                naive_errors.append(abs(row["y"] - row["y_day_before"]) / _size(rows))
    model_dir, output_dir = Path(arguments.model_dir), Path(arguments.output_data_dir)
    for folder in (model_dir, output_dir):
        folder.mkdir(parents=True, exist_ok=True)
    np.savez(model_dir / "model.npz", **models)  # type: ignore[arg-type]
    parquet.write_table(pa.Table.from_pylist(answers), output_dir / "answers.parquet")
    metrics = {
        "series": len(models),
        "error": float(np.mean(errors)) if errors else None,
        "naive_error": float(np.mean(naive_errors)) if errors else None,
    }
    (output_dir / "metrics.json").write_text(json.dumps(metrics))
    sys.stdout.write(json.dumps(metrics) + "\n")  # SageMaker reads metrics from the log


def answered(rows: Rows, *, alpha: float) -> tuple[np.ndarray, np.ndarray, int] | None:
    """What is expected of every hour, the weights, and the first place that is judged; None of a
    series with less than five weeks.
    """
    known = [place for place, row in enumerate(rows) if row["y"] is not None]
    if len(known) < 3 * WEEK_H + JUDGED_H:
        return None
    level = float(np.mean([rows[place]["y"] for place in known])) or 1.0
    end = max(known) + 1
    first = end - JUDGED_H
    fitted = [place for place in known if WEEK_H <= place < first]
    weights = _fit(rows, fitted, level, alpha)
    features = np.array([_features(row, level) for row in rows])
    expected = np.full(len(rows), np.nan)
    for begin in [*range(first, end, BLOCK_H), end]:
        _answer(expected, features, weights, level, begin=begin)
    return expected, weights, first


def _fit(rows: Rows, places: list[int], level: float, alpha: float) -> np.ndarray:
    features = np.array([_features(rows[place], level) for place in places])
    target = np.array([rows[place]["y"] / level for place in places])
    penalty = alpha * np.eye(features.shape[1])
    weights: np.ndarray = np.linalg.solve(features.T @ features + penalty, features.T @ target)
    return weights


def _answer(
    expected: np.ndarray, features: np.ndarray, weights: np.ndarray, level: float, *, begin: int
) -> None:
    """Three days: beyond the first, what was expected stands in for the day before."""
    for place in range(begin, min(begin + BLOCK_H, len(expected))):
        row = features[place].copy()
        if place >= begin + DAY_H:
            row[1] = expected[place - DAY_H] / level
        expected[place] = max(0.0, float(row @ weights) * level)


def _features(row: dict[str, Any], level: float) -> np.ndarray:
    day, week = row["y_day_before"], row["y_week_before"]
    week = day if week is None else week
    day = week if day is None else day
    hours = np.zeros(DAY_H)
    hours[row["hour_of_day"]] = 1
    weekend = float(row["day_of_week"] >= SATURDAY)
    lags = [1.0, (day or 0.0) / level, (week or 0.0) / level, weekend, float(bool(row["event"]))]
    return np.concatenate([lags, hours])


def _size(rows: Rows) -> float:
    known = [row["y"] for row in rows if row["y"] is not None]
    return float(np.mean(np.abs(known))) or 1.0


def _arguments() -> argparse.Namespace:
    """Script Mode tells folders by SM_ variables, hyperparameters by arguments."""
    environment = os.environ  # noqa: TID251 - SageMaker's contract
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train", default=environment.get("SM_CHANNEL_TRAIN", "."))
    parser.add_argument("--model-dir", default=environment.get("SM_MODEL_DIR", "model"))
    parser.add_argument(
        "--output-data-dir", default=environment.get("SM_OUTPUT_DATA_DIR", "output")
    )
    parser.add_argument("--alpha", type=float, default=1.0, help="of the ridge")
    return parser.parse_args()


if __name__ == "__main__":
    main()
