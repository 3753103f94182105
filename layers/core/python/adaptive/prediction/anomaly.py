"""Streaming detection of anomalies: a few bytes of state a series, no training, no labels.

A value is an anomaly if it leaves the range that was seen so far, by a share of that range. Four
views of a series are watched so: the value itself, its mean over about 10 and over 30 points, and
how far it is from the usual for its hour of the day. A new extreme moves the edge of the range half
the way, and edges come back slowly, so that one spike does not hide the next. Peaks are
suppressed: a finding silences what is not worse, for some hundred points. Measured on the Numenta
Anomaly Benchmark by bench/anomaly.py.
"""

from __future__ import annotations

import math
import struct
from typing import NamedTuple, Self

THRESHOLD = 0.1
"""The share of the range by which an anomaly leaves it."""

_LEARNING = 100  # points, and
_LEARNING_S = 86_400  # seconds, before which nothing is an anomaly
_USUAL_AFTER_S = 2.5 * 86_400  # that the usual of the hours is learned before it is used
_SLOTS = 24
_SLOT_S = 3_600
_KEPT_A_DAY = 0.8  # of the usual; the day's values make up the rest
_HOLD = 0.9999  # of the distance to the range's middle that an edge keeps per point
_GIVE = 0.5  # of the way that an edge gives to what lies beyond it
_LEAST_RANGE = 0.1  # of the value's own range: within less, nothing matters
_OFF_USUAL = 0.5  # what leaving the usual counts for
_FADE = 0.99  # of the last peak, per point
_MOST = 3.0
_SHORT, _LONG = 10, 30
_NOW, _BEFORE = 20, 300  # points of the means whose distance is the severity
_DISMISSED, _CONFIRMED = 1.5, 1.2

_VERSION = 1
_NUMBERS = 9
_STATE = struct.Struct(f"<BI{_NUMBERS + 8}d{_SLOTS}f")


class Reading(NamedTuple):
    """`score` is compared with `Detector.threshold`; 0 while nothing new is wrong.

    `severity` says how far the recent mean is from the one before, in standard errors: it stays
    high as long as an incident lasts.
    """

    score: float
    severity: float


class Detector:
    """One series; points come in order of time, gaps are left out."""

    __slots__ = (
        "_bands", "_before", "_first_s", "_last_s", "_long", "_now", "_peak", "_points", "_short",
        "_usual", "_variance", "threshold",
    )  # fmt: skip

    def __init__(self) -> None:
        self.threshold = THRESHOLD
        self._points = 0
        self._first_s = self._last_s = 0.0
        self._bands = [_Band() for _ in range(4)]
        self._short = self._long = self._now = self._before = self._variance = self._peak = 0.0
        self._usual = [math.nan] * _SLOTS

    def add(self, value: float, at_s: float) -> Reading:
        """The next point, at so many seconds since the epoch; raises ValueError on no number."""
        if not math.isfinite(value):
            raise ValueError(f"a point of {value}")
        if self._points == 0:
            self._begin(value, at_s)
        points = self._points = self._points + 1
        least = 1 / points
        self._short += max(1 / _SHORT, least) * (value - self._short)
        self._long += max(1 / _LONG, least) * (value - self._long)
        off = self._off_usual(value, at_s)
        severity = self._shift(value, least)
        age_s = at_s - self._first_s
        learning = points <= _LEARNING or age_s < _LEARNING_S
        give = 1.0 if learning else _GIVE
        itself, short, long, usual = self._bands
        floor = _LEAST_RANGE * (itself.high - itself.low)
        beyond = max(
            itself.leave(value, 0.0, give),
            short.leave(self._short, floor, give),
            long.leave(self._long, floor, give),
        )
        if age_s < _USUAL_AFTER_S:
            usual.leave(off, floor, 1.0)
        else:
            beyond = max(beyond, _OFF_USUAL * usual.leave(off, floor, give))
        self._last_s = at_s
        if learning:
            return Reading(0.0, 0.0)
        score = min(beyond, _MOST)
        if score <= self._peak:
            score = 0.0
        self._peak = max(score, self._peak) * _FADE
        return Reading(score, severity)

    @property
    def usual(self) -> float:
        """The mean of the points before the recent ones."""
        return self._before

    @property
    def rising(self) -> bool:
        """Whether the recent mean is above the one before."""
        return self._now > self._before

    def dismiss(self) -> None:
        """A finding was none: the next must be worse."""
        self.threshold = min(self.threshold * _DISMISSED, _MOST / 2)

    def confirm(self) -> None:
        """A finding was right: slightly less will do the next time."""
        self.threshold = max(self.threshold / _CONFIRMED, THRESHOLD / 2)

    def encode(self) -> bytes:
        """A quarter of a kilobyte."""
        edges = [edge for band in self._bands for edge in (band.low, band.high)]
        return _STATE.pack(_VERSION, self._points, *self._numbers(), *edges, *self._usual)

    @classmethod
    def decode(cls, body: bytes) -> Self:
        """What `encode` wrote; raises ValueError on anything else."""
        try:
            version, points, *rest = _STATE.unpack(body)
        except struct.error as error:
            raise ValueError(f"not a detector's state: {error}") from error
        if version != _VERSION:
            raise ValueError(f"a detector's state of version {version}")
        found = cls()
        found._points = points
        (
            found.threshold, found._first_s, found._last_s, found._short, found._long, found._now,
            found._before, found._variance, found._peak,
        ) = rest[:_NUMBERS]  # fmt: skip
        edges = rest[_NUMBERS : _NUMBERS + 2 * len(found._bands)]
        found._bands = [_Band(low, high) for low, high in zip(edges[::2], edges[1::2], strict=True)]
        found._usual = rest[-_SLOTS:]
        return found

    def _numbers(self) -> tuple[float, ...]:
        return (
            self.threshold, self._first_s, self._last_s, self._short, self._long, self._now,
            self._before, self._variance, self._peak,
        )  # fmt: skip

    def _begin(self, value: float, at_s: float) -> None:
        self._first_s = self._last_s = at_s
        self._bands = [*(_Band(value, value) for _ in range(3)), _Band()]
        self._now = self._before = value

    def _off_usual(self, value: float, at_s: float) -> float:
        """How far the value is from the usual of its hour; the usual learns, by time passed."""
        slot = int(at_s % 86_400) // _SLOT_S
        usual = self._usual[slot]
        if math.isnan(usual):
            self._usual[slot] = value
            return 0.0
        passed = min(1.0, (at_s - self._last_s) / _SLOT_S)
        self._usual[slot] = usual + (1 - _KEPT_A_DAY**passed) * (value - usual)
        return value - usual

    def _shift(self, value: float, least: float) -> float:
        self._now += (value - self._now) / _NOW
        off = value - self._before
        rate = max(1 / _BEFORE, least)
        error = math.sqrt(2 * self._variance / _NOW)
        severity = abs(self._now - self._before) / error if error > 0 else 0.0
        self._before += rate * off
        self._variance += rate * (off * off - self._variance)
        return severity


class _Band:
    """A range that was seen, from `low` to `high`."""

    __slots__ = ("high", "low")

    def __init__(self, low: float = 0.0, high: float = 0.0) -> None:
        self.low = low
        self.high = high

    def leave(self, value: float, least_range: float, give: float) -> float:
        """By which share of the range the value is outside; the range learns from it."""
        low, high = self.low, self.high
        width = max(high - low, least_range)
        beyond = 0.0
        if value > high:
            beyond = value - high
            high += give * beyond
        elif value < low:
            beyond = low - value
            low -= give * beyond
        middle = (high + low) / 2
        reach = (high - low) / 2 * _HOLD
        self.low, self.high = middle - reach, middle + reach
        return beyond / width if width > 0 else 0.0
