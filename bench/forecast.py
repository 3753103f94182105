"""How far forecasts miss: mean absolute scaled error of 48 hours, beside seasonal naive's.

With `--data DIR`: the hourly series of the M4 competition (DIR/m4-hourly), and web series: those of
NAB's real folders (DIR/nab) with more than 28 days, as hourly means, forecast anew every two.
Without: web traffic that is made up. Coverage of the intervals, Brier skill of the breach
probability over the share of past days that breached, time, memory and import are measured beside.
With `--oracle` our smoothing is held against the nearest models of statsforecast, if it is there.
"""

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from adaptive.prediction.forecast import forecast, quantile
from bench import forecast_oracle, time_series
from bench.report import Result, finish, say
from bench.time_series import Case

_DAY_H = 24
_SHARES = (0.8, 0.95)
_LIMITS = (0.5, 0.75, 0.9)  # quantiles of the days' maxima that a breach is asked for
_TARGETS = {
    "m4_ratio": 0.85,
    "web_ratio": 0.88,
    "coverage_80": [0.77, 0.85],
    "coverage_95": [0.93, 0.97],
    "brier_skill": 0.10,
    "ms_a_series": 50,
    "memory_mb": 150,
    "import_ms": 500,
}

_CHILD = """
import resource, sys, time
begin = time.perf_counter()
from adaptive.prediction.forecast import forecast
took = (time.perf_counter() - begin) * 1e3
for number in range(20):
    forecast([(hour * 7919 + number) % 97 + 1.0 for hour in range(1_008)], hours=72).interval(0.8)
print(took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


@dataclass(slots=True)
class Tally:
    """What a set of series adds up to."""

    scaled: list[float] = field(default_factory=list)
    naive_scaled: list[float] = field(default_factory=list)
    inside: dict[float, list[bool]] = field(
        default_factory=lambda: {share: [] for share in _SHARES}
    )
    brier: list[float] = field(default_factory=list)
    climate_brier: list[float] = field(default_factory=list)
    took_ms: list[float] = field(default_factory=list)
    replaced: int = 0

    def add(self, case: Case) -> None:
        """Forecast it and compare."""
        history, actual = case.history, case.actual
        begin = time.process_time()
        found = forecast(history, hours=len(actual), least=0.0 if min(history) >= 0 else -1e300)
        if found is None:
            raise ValueError(f"{case.name} has less than two days")
        intervals = {share: found.interval(share) for share in _SHARES}
        self.took_ms.append((time.process_time() - begin) * 1e3)
        self.replaced += len(found.shares) == 1
        unit = _one_step(history)
        if unit == 0:
            return
        self.scaled.append(_miss(found.expected, actual) / unit)
        naive = [history[len(history) - _DAY_H + hour % _DAY_H] for hour in range(len(actual))]
        self.naive_scaled.append(_miss(naive, actual) / unit)
        for share, bounds in intervals.items():
            self.inside[share] += [
                low <= value <= high for value, (low, high) in zip(actual, bounds, strict=True)
            ]
        first = len(history) % _DAY_H
        days = [max(history[at : at + _DAY_H]) for at in range(first, len(history), _DAY_H)]
        for level in _LIMITS:
            limit = quantile(sorted(days), level)
            breached = max(actual[:_DAY_H]) > limit
            climate = sum(day > limit for day in days) / len(days)
            self.brier.append((found.breach(limit, within_h=_DAY_H) - breached) ** 2)
            self.climate_brier.append((climate - breached) ** 2)

    @property
    def ratio(self) -> float:
        """Mean error over seasonal naive's."""
        return sum(self.scaled) / sum(self.naive_scaled)

    def figures(self) -> dict[str, float]:
        """As they are printed."""
        return {
            "series": len(self.scaled),
            "mase": round(statistics.mean(self.scaled), 4),
            "naive_mase": round(statistics.mean(self.naive_scaled), 4),
            "ratio": round(self.ratio, 4),
            "coverage_80": round(statistics.mean(self.inside[0.8]), 4),
            "coverage_95": round(statistics.mean(self.inside[0.95]), 4),
            "brier_skill": round(1 - sum(self.brier) / sum(self.climate_brier), 4),
            "ms_a_series": round(statistics.mean(self.took_ms), 1),
            "replaced_by_naive": self.replaced,
        }


def main() -> None:
    """Forecast all, report, finish."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with m4-hourly and nab")
    parser.add_argument("--oracle", action="store_true", help="compare with statsforecast, only")
    arguments = parser.parse_args()
    sets = time_series.hourly(arguments.data)
    if arguments.oracle:
        _compare(sets)
        return
    found = {name: _tally(cases) for name, cases in sets.items()}
    for name, tally in found.items():
        say(f"{name}: {tally.figures()}")
    main_set = found[next(iter(found))]
    halves = {
        f"{name}_half_{part}": _tally(cases[part::2]).ratio
        for name, cases in sets.items()
        for part in (0, 1)
    }
    import_ms, memory_mb = _import_and_memory()
    finish(
        Result(
            name="forecast",
            value=main_set.figures()["mase"],
            unit=f"MASE of 48 hours, {next(iter(found))}",
            peer="seasonal naive, 24 hours",
            peer_value=main_set.figures()["naive_mase"],
            ratio=main_set.ratio,
            n=len(main_set.scaled),
        ),
        import_ms=import_ms,
        memory_mb=memory_mb,
        targets=_TARGETS,
        halves={name: round(ratio, 4) for name, ratio in halves.items()},
        **{name: tally.figures() for name, tally in found.items()},
    )


def _compare(sets: Mapping[str, Sequence[Case]]) -> None:
    """With statsforecast, the last model of which is the nearest of ours."""
    found = {name: forecast_oracle.compare(cases, _distance) for name, cases in sets.items()}
    first = next(iter(found))
    nearest = [*found[first]][-1]
    told = found[first][nearest]
    finish(
        Result(
            name="forecast_oracle",
            value=told["ours"],
            unit=f"MASE of 48 hours, {first}",
            peer=f"statsforecast's {nearest}",
            peer_value=told["mase"],
            ratio=told["ours"] / told["mase"],
            n=int(told["series"]),
        ),
        **found,
    )


def _distance(case: Case, some: Sequence[float], others: Sequence[float]) -> float:
    """Mean absolute, over how far a day is from the one before."""
    return _miss(some, others) / (_one_step(case.history) or 1.0)


def _tally(cases: Sequence[Case]) -> Tally:
    tally = Tally()
    for case in cases:
        tally.add(case)
    return tally


def _miss(expected: Sequence[float], actual: Sequence[float]) -> float:
    return statistics.mean(abs(a - b) for a, b in zip(expected, actual, strict=True))


def _one_step(history: Sequence[float]) -> float:
    """What errors are scaled by: how far a day is from the one before, on average."""
    return statistics.mean(_days_apart(history))


def _days_apart(history: Sequence[float]) -> Iterator[float]:
    return (abs(b - a) for a, b in zip(history, history[_DAY_H:], strict=False))


def _import_and_memory() -> tuple[float, float]:
    runs = [
        subprocess.run(
            [sys.executable, "-c", _CHILD], capture_output=True, check=True, text=True
        ).stdout.split()
        for _ in range(5)
    ]
    return (
        round(statistics.median(float(took) for took, _ in runs), 1),
        round(max(float(memory) for _, memory in runs), 1),
    )


if __name__ == "__main__":
    main()
