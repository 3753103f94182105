"""The Numenta Anomaly Benchmark's score, by its published formula, and its simplest peer.

https://arxiv.org/abs/1510.03336: 0 is a silent detector, 100 one that finds every window at its
beginning and nothing else. A finding in a window is worth up to 1, the earlier the more; one
outside costs up to 0.11, the farther behind a window the more; a missed window costs 1.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from statistics import NormalDist

from bench.time_series import Labelled

_FALSE = 0.11
_PROBATION = 0.15
_PROBATION_MOST = 5_000
_FAR = 3
_WINDOW = 6_400  # of the windowed Gaussian

Scores = Mapping[str, Sequence[float]]


def probation(rows: int) -> int:
    """How many rows at the beginning are not judged."""
    return math.floor(_PROBATION * min(rows, _PROBATION_MOST))


def score(
    files: Sequence[Labelled], scores: Scores, threshold: float | None = None
) -> tuple[float, float]:
    """Standard profile: points, and the threshold they are for, the best one unless it is given."""
    value, silent, perfect, used = _value(files, scores, threshold)
    return 100 * (value - silent) / (perfect - silent), used


def frozen(files: Sequence[Labelled], scores: Scores) -> float:
    """Each half of the files with the threshold that is best for the other."""
    halves = files[::2], files[1::2]
    values = [
        _value(here, scores, _value(there, scores, None)[3])
        for here, there in (halves, halves[::-1])
    ]
    value, silent, perfect = (sum(each[place] for each in values) for place in range(3))
    return 100 * (value - silent) / (perfect - silent)


def average_precision(files: Sequence[Labelled], scores: Scores) -> float:
    """Mean over the files with anomalies, a row being one if it is in a window."""
    found = []
    for file in files:
        if not file.windows:
            continue
        rows = [
            (score, window is not None)
            for score, (_, window) in zip(scores[file.name], _worth(file), strict=True)
        ][probation(len(file.values)) :]
        rows.sort(key=lambda row: -row[0])
        hits, total = 0, 0.0
        for place, (_, inside) in enumerate(rows, start=1):
            if inside:
                hits += 1
                total += hits / place
        found.append(total / hits if hits else 0.0)
    return sum(found) / len(found)


def windowed_gaussian(values: Sequence[float]) -> list[float]:
    """NAB's baseline: how improbable a value is, given the mean and deviation of those before."""
    normal = NormalDist()
    found = []
    total = squares = 0.0
    for place, value in enumerate(values):
        count = min(place, _WINDOW)
        if count > 1:
            mean = total / count
            deviation = math.sqrt(max(squares / count - mean * mean, 1e-12))
            found.append(1 - 2 * normal.cdf(-abs(value - mean) / deviation))
        else:
            found.append(0.0)
        total += value
        squares += value * value
        if place >= _WINDOW:
            old = values[place - _WINDOW]
            total -= old
            squares -= old * old
    return found


def _value(
    files: Sequence[Labelled], scores: Scores, threshold: float | None
) -> tuple[float, float, float, float]:
    rows: list[tuple[float, float, tuple[str, int] | None]] = []
    judged = set()
    for file in files:
        first = probation(len(file.values))
        worth = list(_worth(file))[first:]
        for each, (value, window) in zip(scores[file.name][first:], worth, strict=True):
            place = None if window is None else (file.name, window)
            rows.append((each, value, place))
            if place is not None:
                judged.add(place)
    rows.sort(key=lambda row: -row[0])
    silent = -float(len(judged))
    perfect = float(sum(len(file.windows) for file in files))
    value = best = silent
    used = math.inf if threshold is None else threshold
    found: dict[tuple[str, int], float] = {}
    for number, (each, here, place) in enumerate(rows, start=1):
        if threshold is not None and each < threshold:
            break
        if place is None:
            value += here
        elif here > found.get(place, -1.0):
            value += here - found.get(place, -1.0)
            found[place] = here
        last_of_its_like = number == len(rows) or rows[number][0] != each
        if threshold is None and last_of_its_like and value > best:
            best, used = value, each
    return (best if threshold is None else value), silent, perfect, used


def _worth(file: Labelled) -> Iterator[tuple[float, int | None]]:
    """By row: what a finding there is worth, and the window it is in."""
    spans = [(file.stamps.index(first), file.stamps.index(last)) for first, last in file.windows]
    for row in range(len(file.stamps)):
        inside = next((k for k, (first, last) in enumerate(spans) if first <= row <= last), None)
        if inside is not None:
            first, last = spans[inside]
            yield _sigmoid(-(last - row + 1) / (last - first + 1)) / _sigmoid(-1.0), inside
            continue
        past = [(first, last) for first, last in spans if last < row]
        if past:
            first, last = past[-1]
            yield _FALSE * _sigmoid((row - last) / (last - first)), None
        else:
            yield -_FALSE, None


def _sigmoid(position: float) -> float:
    return -1.0 if position > _FAR else 2 / (1 + math.exp(5 * position)) - 1
