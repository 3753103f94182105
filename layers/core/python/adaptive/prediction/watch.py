"""Anomalies as the rules see them: a point in, the state to keep and a finding, if there is one,
out; and findings that belong together as one incident.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from adaptive.prediction.anomaly import Detector

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_TOGETHER_S = 900
"""A finding this long after the one before is still of the same incident."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A measure of a group of page views (family `all` is every view) left its range.

    `score` is over the series' threshold: 1 just crosses it. `rose` says in which direction.
    """

    family: str
    value: str
    measure: str
    at_s: float
    score: float
    severity: float
    rose: bool


class Watched(NamedTuple):
    """`state` is what the next point needs, a quarter of a kilobyte; `usual` what the series was
    like before.
    """

    state: bytes
    score: float
    severity: float
    rose: bool
    usual: float = 0.0

    @property
    def found(self) -> bool:
        """Whether this point is an anomaly, and worse than what was found just before."""
        return self.score >= 1


@dataclass(frozen=True, slots=True)
class Incident:
    """Findings that came together; `groups` are those that moved most, the worst first, with their
    share (0-1) of all scores.
    """

    first_at_s: float
    last_at_s: float
    measures: tuple[str, ...]
    score: float
    severity: float
    groups: tuple[tuple[str, str, float], ...]


def watch(state: bytes | None, value: float, at_s: float) -> Watched:
    """One point of a series, None being the state of a new one.

    A state of another version is begun anew. Raises ValueError on no number.
    """
    detector = _detector(state)
    reading = detector.add(value, at_s)
    return Watched(
        detector.encode(),
        reading.score / detector.threshold,
        reading.severity,
        detector.rising,
        detector.usual,
    )


def dismissed(state: bytes) -> bytes:
    """After somebody said that a finding was none: the next must be worse."""
    detector = Detector.decode(state)
    detector.dismiss()
    return detector.encode()


def confirmed(state: bytes) -> bytes:
    """After somebody said that a finding was right."""
    detector = Detector.decode(state)
    detector.confirm()
    return detector.encode()


def threshold(state: bytes) -> float:
    """By how much of its range the series must leave it, after all that was said of findings."""
    return Detector.decode(state).threshold


def incidents(findings: Iterable[Finding], *, most_groups: int = 5) -> list[Incident]:
    """One per stretch of time, oldest first."""
    ordered = sorted(findings, key=lambda finding: finding.at_s)
    starts = [
        place
        for place, each in enumerate(ordered)
        if place == 0 or each.at_s - ordered[place - 1].at_s > _TOGETHER_S
    ]
    bounds = zip(starts, [*starts[1:], len(ordered)], strict=False)  # no starts, no bounds
    return [_incident(ordered[first:last], most_groups) for first, last in bounds]


def _incident(findings: Sequence[Finding], most_groups: int) -> Incident:
    def place(finding: Finding) -> tuple[str, str]:
        return finding.family, finding.value

    # Every view is in `all`: it says that, not where.
    apart = [each for each in findings if each.family != "all"] or findings
    total = sum(each.score for each in apart)
    groups = [
        (*key, sum(each.score for each in found) / total)
        for key, found in groupby(sorted(apart, key=place), key=place)
    ]
    groups.sort(key=lambda group: -group[2])
    worst = max(findings, key=lambda finding: finding.score)
    return Incident(
        first_at_s=findings[0].at_s,
        last_at_s=findings[-1].at_s,
        measures=tuple(sorted({each.measure for each in findings})),
        score=worst.score,
        severity=max(each.severity for each in findings),
        groups=tuple(groups[:most_groups]),
    )


def _detector(state: bytes | None) -> Detector:
    if state is None:
        return Detector()
    try:
        return Detector.decode(state)
    except ValueError:
        return Detector()
