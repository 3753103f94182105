"""What is forecast of a group of page views: its hours so far, six weeks of them, packed."""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import dataclass, field
from math import isnan, nan
from typing import TYPE_CHECKING, Self

from adaptive.monitoring.rollup import Field, Rollup
from adaptive.monitoring.vital import INDEX, VITALS
from adaptive.prediction.forecast import MOST_H

if TYPE_CHECKING:
    from collections.abc import Mapping

VIEWS = "views"
ERRORS = "errors_per_view"
BYTES = "bytes_per_view"
SCRIPTS = "script_bytes_per_view"
QUANTILE = 0.75
"""Of a vital, where less is better: what so many views stay within."""

_SINGLE = struct.Struct("<f")


def more_is_better(measure: str) -> bool:
    """Whether a measure's limit is the least that it should be."""
    place = INDEX.get(measure)
    return place is not None and VITALS[place].good > VITALS[place].poor


def measures(rollup: Rollup, *, least_views: int) -> dict[str, float]:
    """The values of an hour; with fewer views than that, nothing is said but how many."""
    found: dict[str, float] = {VIEWS: rollup.views}
    if rollup.views < least_views:
        return found
    found[ERRORS] = rollup.fields[Field.ERRORS] / rollup.views
    if measured := rollup.fields[Field.MEASURED]:
        found[BYTES] = rollup.fields[Field.BYTES] / measured
        found[SCRIPTS] = rollup.fields[Field.SCRIPT_BYTES] / measured
    for vital in VITALS:
        if sum(rollup.ratings(vital.name).values()) >= least_views:
            share = 1 - QUANTILE if more_is_better(vital.name) else QUANTILE
            value = rollup.quantile(vital.name, share)
            if value is not None:
                found[vital.name] = value
    return found


@dataclass(slots=True)
class History:
    """By measure, one value an hour from `first_hour` (since the epoch) on; None is a gap."""

    first_hour: int
    series: dict[str, list[float | None]] = field(default_factory=dict)

    @property
    def end_hour(self) -> int:
        """The first hour that is not in it."""
        return self.first_hour + max(map(len, self.series.values()), default=0)

    def put(self, hour: int, values: Mapping[str, float]) -> None:
        """Set or correct an hour; what it does not name is a gap."""
        place = hour - self.first_hour
        for name in {*self.series, *values}:
            series = self.series.setdefault(name, [])
            series += [None] * (place + 1 - len(series))
            series[place] = _single(values.get(name))

    def reach(self, end_hour: int) -> None:
        """With gaps, where nothing has come yet."""
        for series in self.series.values():
            series.extend([None] * (end_hour - self.first_hour - len(series)))

    def trim(self) -> None:
        """Forget what no forecast looks at."""
        old = self.end_hour - self.first_hour - MOST_H
        if old > 0:
            self.series = {name: series[old:] for name, series in self.series.items()}
            self.first_hour += old

    def encode(self) -> bytes:
        """Some 20 KB: singles, compressed."""
        length = self.end_hour - self.first_hour
        head = json.dumps([self.first_hour, length, sorted(self.series)]).encode()
        body = b"".join(
            struct.pack(f"<{length}f", *(nan if value is None else value for value in padded))
            for name in sorted(self.series)
            for padded in [self.series[name] + [None] * (length - len(self.series[name]))]
        )
        return zlib.compress(head + b"\n" + body)

    @classmethod
    def decode(cls, packed: bytes) -> Self:
        """What `encode` wrote; raises ValueError on anything else."""
        try:
            head, _, body = zlib.decompress(packed).partition(b"\n")
            first_hour, length, names = json.loads(head)
            rows = struct.iter_unpack(f"<{length}f", body) if length else iter(())
            series: dict[str, list[float | None]] = {
                name: [None if isnan(value) else value for value in row]
                for name, row in zip(names, rows, strict=True)
            }
        except (zlib.error, struct.error, TypeError) as error:
            raise ValueError(f"not a history: {error}") from error
        return cls(first_hour, series)


def _single(value: float | None) -> float | None:
    """As it will be read back."""
    if value is None:
        return None
    [single] = _SINGLE.unpack(_SINGLE.pack(value))
    return float(single)
