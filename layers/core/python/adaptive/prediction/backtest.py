"""How well each model would have done: forecasts begun every twelve hours in the past.

A model's share in the blend falls with the fourth power of its mean absolute error: near to
selection where one is clearly best, near to a mean where none is. The blend itself is judged, and
its residuals are taken, with shares from windows that do not overlap the one in question, so that
what is said about the future was not seen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adaptive.prediction.models import SEASONAL_NAIVE, compete
from adaptive.prediction.smoothing import DAY_H

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WINDOWS = 20
_EVERY_H = 12
_LEAST_BEFORE_H = 48
_POWER = 4
_CLEARLY = 2
"""Standard errors by which the blend must have lost to be replaced; any loss will do where windows
are few."""

ENOUGH_WINDOWS = 10

_ALMOST_NOTHING = 1e-9

Path = list[float | None]
"""Residuals, actual less forecast, by hour ahead; None where the actual is not known."""


@dataclass(frozen=True, slots=True)
class Backtest:
    """`shares` blend the models; `error` and `naive_error` are mean absolute errors of the blend
    and of seasonal naive over the same windows, None if there was no window.
    """

    expected: list[float]
    shares: Mapping[str, float]
    paths: list[Path]
    error: float | None
    naive_error: float | None


def run(values: Sequence[float | None], hours: int) -> Backtest:
    """The blend for the hours after the series, and what its like has missed by in the past.

    Where the blend clearly lost to seasonal naive, or nothing can be said, seasonal naive it is.
    `values` holds at least two days and one known value.
    """
    end = len(values)
    begins = [at for at in _begins(end, hours) if _known(values, at, hours)]
    ahead = compete(values, [*begins, end], hours)
    errors = {
        name: [_size(_residuals(values, at, found[place])) for place, at in enumerate(begins)]
        for name, found in ahead.items()
    }
    paths = []
    for place, at in enumerate(begins):
        apart = [other for other, begin in enumerate(begins) if abs(begin - at) >= hours]
        blend = _blend(_shares(errors, apart), ahead, place)
        paths.append(_residuals(values, at, blend))
    naive_errors = errors[SEASONAL_NAIVE]
    if not begins or _loses([_size(path) for path in paths], naive_errors, hours):
        shares = {SEASONAL_NAIVE: 1.0}
        naive = ahead[SEASONAL_NAIVE]
        paths = [_residuals(values, at, naive[place]) for place, at in enumerate(begins)]
    else:
        shares = _shares(errors, range(len(begins)))
    return Backtest(
        expected=_blend(shares, ahead, len(begins)),
        shares=shares,
        paths=[_turned(path, (end - at) % DAY_H) for path, at in zip(paths, begins, strict=True)],
        error=_mean([_size(path) for path in paths]),
        naive_error=_mean(naive_errors),
    )


def _loses(errors: Sequence[float], naive_errors: Sequence[float], hours: int) -> bool:
    """By more than chance; windows that overlap count as fewer."""
    clearly = _CLEARLY if len(errors) >= ENOUGH_WINDOWS else 0
    worse = [ours - theirs for ours, theirs in zip(errors, naive_errors, strict=True)]
    mean = sum(worse) / len(worse)
    variance = sum((each - mean) ** 2 for each in worse) / len(worse)
    independent = max(1, len(worse) * _EVERY_H / hours)
    return mean > clearly * math.sqrt(variance / independent)


def _begins(end: int, hours: int) -> list[int]:
    latest = end - hours
    places = [latest - _EVERY_H * number for number in range(WINDOWS)]
    return sorted(at for at in places if at >= _LEAST_BEFORE_H)


def _known(values: Sequence[float | None], at: int, hours: int) -> bool:
    return any(value is not None for value in values[at : at + hours]) and any(
        value is not None for value in values[:at]
    )


def _shares(
    errors: Mapping[str, Sequence[float]], windows: Sequence[int] | range
) -> dict[str, float]:
    totals = {name: sum(found[place] for place in windows) for name, found in errors.items()}
    least = min(totals.values()) + _ALMOST_NOTHING
    worth = {name: (least / (total + _ALMOST_NOTHING)) ** _POWER for name, total in totals.items()}
    together = sum(worth.values())
    return {name: each / together for name, each in worth.items()}


def _blend(
    shares: Mapping[str, float], ahead: Mapping[str, list[list[float]]], place: int
) -> list[float]:
    parts = [(share, ahead[name][place]) for name, share in shares.items()]
    return [sum([share * part[hour] for share, part in parts]) for hour in range(len(parts[0][1]))]


def _residuals(values: Sequence[float | None], at: int, found: Sequence[float]) -> Path:
    actual = values[at : at + len(found)]
    return [
        None if value is None else value - expected
        for value, expected in zip(actual, found, strict=True)
    ]


def _turned(path: Path, by: int) -> Path:
    """Begun so many hours later, for its hours to be those of the day that lies ahead; the last
    ones are as a day before.
    """
    if len(path) < DAY_H:
        return path
    return [*path[by:], *path[len(path) - DAY_H : len(path) - DAY_H + by]]


def _size(path: Path) -> float:
    known = [abs(miss) for miss in path if miss is not None]
    return sum(known) / len(known)


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
