"""Our smoothing beside the nearest models of statsforecast, which is no dependency of ours: 584 MB.

TBATS is Taylor's double-seasonal smoothing with trigonometric seasons and ARMA errors; MSTL takes
both seasons off and smooths the rest. The seasonal naive of both sides has to be the same.
"""

from __future__ import annotations

import importlib
import statistics
import time
import warnings
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from adaptive.prediction import profile, smoothing
from adaptive.prediction.forecast import forecast
from bench.report import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from bench.time_series import Case

    Model = Callable[[Sequence[float], int], Sequence[float]]
    """A history and how many hours ahead."""

    Distance = Callable[[Case, Sequence[float], Sequence[float]], float]
    """Of two forecasts of a case."""

_SEASONS = [smoothing.DAY_H, smoothing.WEEK_H]
_VERSION = "2.1.1"
_EVERY = 8
"""Of so many series one is compared: TBATS takes seconds for each."""

MISSING = f"""statsforecast is not installed: it takes 584 MB, and is in no lock.
In an environment of its own, from this folder:
  uv venv /tmp/oracle && uv pip install --python /tmp/oracle/bin/python statsforecast=={_VERSION}
  PYTHONPATH=.:layers/core/python /tmp/oracle/bin/python -m bench.forecast --oracle --data DIR"""


def compare(cases: Sequence[Case], distance: Distance) -> dict[str, dict[str, float]]:
    """By model of theirs: `mase` is its error, `ours` that of ours, `apart` how far both forecasts
    are from each other; all by `distance`. "deployed" is the blend of all of ours. Exits if
    statsforecast is not there.
    """
    if find_spec("statsforecast") is None:
        raise SystemExit(MISSING)
    warnings.simplefilter("ignore")  # theirs
    chosen = cases[::_EVERY]
    blended = _mean(_error(distance, case, _blend(case)) for case in chosen)
    found = {"deployed": {"series": len(chosen), "mase": blended}}
    for name, theirs, ours in _pairs():
        told, took_ms = [], []
        for case in chosen:
            begin = time.perf_counter()
            told.append(theirs(case.history, len(case.actual)))
            took_ms.append((time.perf_counter() - begin) * 1e3)
        own = [ours(case.history, len(case.actual)) for case in chosen]
        apart = map(distance, chosen, told, own)
        found[name] = {
            "series": len(chosen),
            "mase": _mean(map(partial(_error, distance), chosen, told)),
            "ours": _mean(map(partial(_error, distance), chosen, own)),
            "apart": _mean(apart),
            "ms_a_series": round(statistics.median(took_ms), 1),
        }
        say(f"{name}: {found[name]}")
    return found


def _error(distance: Distance, case: Case, told: Sequence[float]) -> float:
    return distance(case, told, case.actual)


def _mean(errors: Iterable[float]) -> float:
    return round(statistics.mean(errors), 4)


def _blend(case: Case) -> Sequence[float]:
    found = forecast(case.history, hours=len(case.actual))
    if found is None:
        raise ValueError(f"{case.name} has less than two days")
    return found.expected


def _pairs() -> Iterator[tuple[str, Model, Model]]:
    theirs = importlib.import_module("statsforecast.models")
    yield "SeasonalNaive", _of(theirs.SeasonalNaive(season_length=_SEASONS[0])), _naive
    yield (
        "MSTL",
        _of(theirs.MSTL(season_length=_SEASONS, trend_forecaster=theirs.AutoETS(model="ANN"))),
        _smoothed,
    )
    yield (
        "TBATS",
        _of(
            theirs.TBATS(
                season_length=_SEASONS,
                use_boxcox=False,
                use_trend=False,
                use_damped_trend=False,
                use_arma_errors=True,
            )
        ),
        _smoothed,
    )


def _of(model: Any) -> Model:  # noqa: ANN401 - one of theirs
    numpy = importlib.import_module("numpy")

    def told(history: Sequence[float], hours: int) -> list[float]:
        values = numpy.asarray(history, dtype="float64")
        return [float(each) for each in model.forecast(y=values, h=hours)["mean"]]

    return told


def _naive(history: Sequence[float], hours: int) -> list[float]:
    return profile.naive(history, len(history), range(hours), season_h=smoothing.DAY_H)


def _smoothed(history: Sequence[float], hours: int) -> list[float]:
    first = smoothing.first_state(history)
    weights = smoothing.fit(history, first)
    [last] = smoothing.states(history, first, weights, at=[len(history)])
    return smoothing.ahead(last, weights.phi, hours)
