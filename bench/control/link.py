"""A link whose throughput varies: when does a byte arrive that is asked for now?"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Self

_LEAST_BYTES_PER_S = 1_000  # a link that stalls for good would never deliver


@dataclass(frozen=True, slots=True)
class Link:
    """Throughput in steps: `rates[i]` bytes/s from `times[i]` on, `sent[i]` bytes before it.

    After the last of `times` it begins anew. `rtt_s` is the round trip besides.
    """

    name: str
    times: tuple[float, ...]
    rates: tuple[float, ...]
    sent: tuple[float, ...]
    rtt_s: float

    @classmethod
    def of(cls, name: str, steps: list[tuple[float, float]], *, rtt_s: float) -> Self:
        """`steps` are (seconds, Mbit/s), the last one marking the end."""
        times = tuple(at - steps[0][0] for at, _ in steps)
        rates = tuple(max(mbps * 125_000, _LEAST_BYTES_PER_S) for _, mbps in steps[:-1])
        spans = (later - earlier for earlier, later in pairwise(times))
        parts = (span * rate for span, rate in zip(spans, rates, strict=True))
        return cls(name, times, rates, (0.0, *accumulate(parts)), rtt_s)

    @classmethod
    def steady(cls, mbps: float, *, rtt_s: float) -> Self:
        """One that does not vary."""
        return cls.of("steady", [(0, mbps), (3_600, mbps)], rtt_s=rtt_s)

    def scaled(self, factor: float) -> Link:
        """The same, so many times as fast."""
        return Link(
            self.name,
            self.times,
            tuple(rate * factor for rate in self.rates),
            tuple(count * factor for count in self.sent),
            self.rtt_s,
        )

    def delivered(self, at: float) -> float:
        """Bytes it could have carried from its beginning to `at` (s)."""
        rounds, rest = divmod(at, self.times[-1])
        step = min(bisect_right(self.times, rest), len(self.rates)) - 1
        return (
            rounds * self.sent[-1] + self.sent[step] + (rest - self.times[step]) * self.rates[step]
        )

    def when(self, count: float) -> float:
        """The time at which `delivered` reaches `count`."""
        rounds, rest = divmod(count, self.sent[-1])
        step = min(bisect_right(self.sent, rest), len(self.rates)) - 1
        return (
            rounds * self.times[-1] + self.times[step] + (rest - self.sent[step]) / self.rates[step]
        )
