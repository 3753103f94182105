"""Which time is asked about, in which steps, and which windows answer it.

Whole minutes since the epoch, UTC, as in `adaptive.monitoring.window`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from adaptive.errors import QueryError
from adaptive.monitoring.window import MINUTES_PER_DAY, Resolution

if TYPE_CHECKING:
    from collections.abc import Mapping

RANGES = {
    "30m": 30,
    "1h": 60,
    "3h": 180,
    "6h": 360,
    "24h": MINUTES_PER_DAY,
    "7d": 7 * MINUTES_PER_DAY,
    "14d": 14 * MINUTES_PER_DAY,
    "28d": 28 * MINUTES_PER_DAY,
    "90d": 90 * MINUTES_PER_DAY,
    "13mo": 395 * MINUTES_PER_DAY,
}
STEPS = {
    "1m": 1,
    "5m": 5,
    "15m": 15,
    "30m": 30,
    "1h": 60,
    "3h": 180,
    "6h": 360,
    "12h": 720,
    "1d": MINUTES_PER_DAY,
    "7d": 7 * MINUTES_PER_DAY,
}

_MOST_MINUTES = {Resolution.MINUTE: 6 * 60, Resolution.FIVE: 2 * MINUTES_PER_DAY}
"""Of a span read from such windows: each five minutes, or each hour, is a partition of its own."""

_POINTS = 400  # that a step is chosen for, at most
_WINDOWS = 72  # likewise, where they are put together


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` up to `end`, both multiples of `step`, read from windows of `resolution`."""

    start: int
    end: int
    step: int
    resolution: Resolution

    @property
    def steps(self) -> range:
        """Where each begins."""
        return range(self.start, self.end, self.step)

    @property
    def windows(self) -> int:
        """How many of the resolution it has."""
        return (self.end - self.start) // self.resolution.minutes


@dataclass(frozen=True, slots=True)
class Period:
    """As asked for: the word for a range that ends now (default 24h), or both ends; and a step."""

    word: str | None = None
    first: datetime | None = None
    last: datetime | None = None
    step: str | None = None

    def span(self, now: int, *, whole: bool = False) -> Span:
        """What that is at a minute, in one step if `whole`; raises QueryError."""
        _require(self.word, RANGES, "range")
        _require(self.step, STEPS, "step")
        start, end = self._ends(now)
        step = STEPS[self.step] if self.step else _step_for(start, end, now, whole=whole)
        if objection := _objection(start, end, step, now):
            raise QueryError(objection, field="step")
        start -= start % step
        end += -end % step
        return Span(start, end, end - start if whole else step, _resolution_of(step))

    def _ends(self, now: int) -> tuple[int, int]:
        if self.first is None:
            if self.last is not None:
                raise QueryError("needs `from`, too", field="to")
            return now + 1 - RANGES[self.word or "24h"], now + 1
        if self.word is not None:
            raise QueryError("either `range`, or `from` and `to`", field="range")
        start, end = minute_of(self.first), now + 1 if self.last is None else minute_of(self.last)
        if start >= end:
            raise QueryError("must be before `to`", field="from")
        if start > now or end > now + MINUTES_PER_DAY:
            raise QueryError("nothing is known of the days to come", field="to")
        return start, end


def minute_of(at: datetime) -> int:
    """Of an instant; without an offset it is taken for UTC."""
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return int(aware.timestamp() // 60)


def _require(word: str | None, words: Mapping[str, int], field: str) -> None:
    if word is not None and word not in words:
        raise QueryError(f"{field} is one of {', '.join(words)}", field=field)


def _step_for(start: int, end: int, now: int, *, whole: bool) -> int:
    """The finest that gives not too many and can be read; those of a whole are windows."""
    steps = [each.minutes for each in Resolution] if whole else [*STEPS.values()]
    most = _WINDOWS if whole else _POINTS
    return next(
        (
            step
            for step in steps
            if (end - start) / step <= most and not _objection(start, end, step, now)
        ),
        steps[-1],
    )


def _resolution_of(step: int) -> Resolution:
    """The coarsest windows that make up a step."""
    return max((each for each in Resolution if step % each.minutes == 0), key=lambda r: r.minutes)


def _objection(start: int, end: int, step: int, now: int) -> str | None:
    resolution = _resolution_of(step)
    most = _MOST_MINUTES.get(resolution)
    if most is not None and end - start > most:
        return f"steps this short are for at most {most // 60} hours: take longer ones"
    if resolution.expires_at_s(start) < now * 60:
        return f"steps this short are kept for {resolution.kept_s // 86_400} days: take longer ones"
    return None
