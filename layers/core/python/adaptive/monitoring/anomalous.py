"""A condition that knows no limit: a series leaves the range that it was seen in so far.

One detector a group, fed once a minute with the value over the last minutes. Its state is kept
between runs (`series_store`) with the minute that it has seen: what was missed is fed first, so
that whoever runs, and however often, comes to the same.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, Self

from adaptive.monitoring.condition import Judgement
from adaptive.monitoring.sli import VIEWS, Count, Indicator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from adaptive.monitoring.scope import Counts, Group, Scope

    Detect = Callable[[bytes | None, float, float], "Watched"]
    """A detector's state (None: a new one), a point, and when it is of, in seconds."""

CALM_SEVERITY = 3.0
"""Standard errors between the recent mean and the one before, below which a finding is over."""

_SETTLING = 10
"""Minutes for which a finding stands in any case: the recent mean follows slowly."""

MOST_CAUGHT_UP = 60
"""Minutes that are fed after an outage; those before are a gap."""

_VERSION = 1
_HEAD = struct.Struct("<Bqq")
_NEVER = -1


class Watched(Protocol):
    """What a point came to: `score` is over the series' own threshold, `severity` in standard
    errors; `usual` is what the series was like before.
    """

    @property
    def state(self) -> bytes:
        """What the next point needs."""

    @property
    def score(self) -> float:
        """From 1 on it is a finding."""

    @property
    def severity(self) -> float:
        """High as long as an incident lasts."""

    @property
    def rose(self) -> bool:
        """Or fell."""

    @property
    def usual(self) -> float:
        """In the metric's unit."""


@dataclass(slots=True)
class Series:
    """A group's detector after the minute `through`; `found_at` is when it found what goes on."""

    through: int
    found_at: int | None
    state: bytes

    def encode(self) -> bytes:
        """A quarter of a kilobyte."""
        found_at = _NEVER if self.found_at is None else self.found_at
        return _HEAD.pack(_VERSION, self.through, found_at) + self.state

    @classmethod
    def decode(cls, body: bytes) -> Self:
        """What `encode` wrote; raises ValueError on anything else."""
        if len(body) <= _HEAD.size or body[0] != _VERSION:
            raise ValueError("not a series of this version")
        _, through, found_at = _HEAD.unpack_from(body)
        return cls(through, None if found_at == _NEVER else found_at, body[_HEAD.size :])


@dataclass(frozen=True, slots=True)
class Anomalous:
    """`q` is a vital's quantile. `sign`: 1 if only what rises matters, -1 if what falls.

    `least_score` is how much worse than a detector's threshold a finding must be. `series` is what
    is known of each group.
    """

    scope: Scope
    metric: str
    q: float | None
    sign: int
    window: int
    min_samples: int
    least_score: float
    detect: Detect
    series: dict[Group, Series] = field(default_factory=dict, compare=False, repr=False)

    def judge(self, counts: Counts, end: int) -> Iterator[tuple[Group, Judgement]]:
        """See Condition."""
        last = max((each.through for each in self.series.values()), default=end - 2)
        for minute in range(max(last + 1, end - MOST_CAUGHT_UP), end - 1):
            for _ in self._fed(counts, minute):
                pass
        for group, point in self._fed(counts, end - 1):
            yield group, self._judgement(counts, end, group, point)

    def _fed(self, counts: Counts, minute: int) -> Iterator[tuple[Group, Watched]]:
        """The groups that have a point of this minute."""
        for group, value in self._values(counts, (minute + 1 - self.window, minute + 1)).items():
            series = self.series.get(group)
            if series is not None and series.through >= minute:
                continue
            point = self.detect(series.state if series else None, value, minute * 60.0)
            beyond = self.sign * (value - point.usual) > 0 and point.score >= self.least_score
            found_at = series.found_at if series else None
            if found_at is None:
                found_at = minute if beyond else None
            elif not beyond and minute - found_at > _SETTLING and not self._goes_on(point):
                found_at = None
            self.series[group] = Series(minute, found_at, point.state)
            yield group, point

    def _goes_on(self, point: Watched) -> bool:
        return point.rose == (self.sign > 0) and point.severity >= CALM_SEVERITY

    def _values(self, counts: Counts, span: tuple[int, int]) -> dict[Group, float]:
        """By group, if it has enough samples."""
        indicator = Indicator(self.metric, None if self.q is None else 0)
        found = self.scope.counts(counts, indicator, span)
        if self.q is not None:
            values = self.scope.quantiles(counts, self.metric, self.q, span)
        else:
            values = {group: count.share for group, count in found.items()}
        if self.metric == VIEWS:
            return values
        return {
            group: value
            for group, value in values.items()
            if found[group].whole >= self.min_samples
        }

    def _judgement(self, counts: Counts, end: int, group: Group, point: Watched) -> Judgement:
        series = self.series[group]
        usual = point.usual if self.q is not None else None
        span = (end - self.window, end)
        found = self.scope.count(counts, Indicator(self.metric, usual), span, group)
        return Judgement(
            breached=series.found_at is not None,
            calm=series.found_at is None,
            found=found if found.whole else Count(0, self.window),
            limit=point.usual if self.q is None else 1 - self.q,
            value=usual,
            minutes=self.window,
        )
