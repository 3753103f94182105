"""How good the anomaly detector is: points of the Numenta Anomaly Benchmark, standard profile.

With `--data DIR`: the files below DIR/nab. Without: series that are made up, with incidents in
them. One configuration for all. The threshold of `value` is the best one over these files, as NAB
does; `frozen` takes it from the other half of them, and `as_deployed` is the one of the code.
The peer is NAB's windowed Gaussian, run here.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from adaptive.prediction.anomaly import THRESHOLD, Detector
from bench import nab, time_series
from bench.report import Result, finish, say
from bench.time_series import Labelled

_WEEK_S = 604_800
_PUBLISHED = {  # NAB's scoreboard on realAWSCloudwatch, realAdExchange and artificialNoAnomaly
    "windowed_gaussian": 39.4,
    "random_cut_forest": 60.5,
    "artime": 71.1,
    "cad_ose": 71.4,
    "htm": 74.0,
}


def main() -> None:
    """Detect, score, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with nab")
    arguments = parser.parse_args()
    folder = arguments.data
    files = time_series.labelled(folder / "nab") if folder else time_series.incidents()
    scores: dict[str, list[float]] = {}
    severities: dict[str, list[float]] = {}
    took_us = state_bytes = 0.0
    for file in files:
        detector = Detector()
        seconds = time_series.seconds(file.stamps)
        begin = time.process_time()
        readings = [detector.add(*point) for point in zip(file.values, seconds, strict=True)]
        took_us += (time.process_time() - begin) * 1e6
        scores[file.name] = [reading.score for reading in readings]
        severities[file.name] = [reading.severity for reading in readings]
        state_bytes = max(state_bytes, len(detector.encode()))
    value, threshold = nab.score(files, scores)
    peer, _ = nab.score(files, {each.name: nab.windowed_gaussian(each.values) for each in files})
    quiet = [each for each in files if not each.windows]
    points = sum(len(each.values) for each in files)
    say(f"{len(files)} files, {sum(len(each.windows) for each in files)} windows")
    finish(
        Result(
            name="anomaly",
            value=round(value, 2),
            unit="points of NAB, standard profile",
            peer="windowed Gaussian",
            peer_value=round(peer, 2),
            ratio=value / peer,
            n=points,
        ),
        threshold=threshold,
        frozen=round(nab.frozen(files, scores), 2),
        as_deployed=round(nab.score(files, scores, THRESHOLD)[0], 2),
        mean_average_precision=round(nab.average_precision(files, severities), 4),
        false_alerts_per_series_week=round(_alerts_a_week(quiet, scores), 2),
        us_a_point=round(took_us / points, 2),
        state_bytes=state_bytes,
        targets={"value": 71, "value_less_frozen": 4, "precision": 0.22, "false": 1, "us": 10},
        by_folder=_by_folder(files, scores),
        published_on_three_folders=_PUBLISHED,
    )


def _by_folder(files: Sequence[Labelled], scores: nab.Scores) -> dict[str, float]:
    """At the deployed threshold; folders without a window have no score."""
    folders = sorted({file.name.partition("/")[0] for file in files if file.windows})
    return {
        folder: round(
            nab.score([f for f in files if f.name.startswith(folder)], scores, THRESHOLD)[0], 2
        )
        for folder in folders
    }


def _alerts_a_week(quiet: Sequence[Labelled], scores: nab.Scores) -> float:
    """Alerts at the deployed threshold on series without anomalies, after the probation."""
    alerts = weeks = 0.0
    for file in quiet:
        first = nab.probation(len(file.values))
        seconds = time_series.seconds(file.stamps)
        alerts += sum(score >= THRESHOLD for score in scores[file.name][first:])
        weeks += (seconds[-1] - seconds[first]) / _WEEK_S
    return alerts / weeks if weeks else 0.0


if __name__ == "__main__":
    main()
