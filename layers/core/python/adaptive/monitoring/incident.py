"""Which alerts are one piece of news, and when it is told.

One cause raises many alerts: of a page group, of the site, of TTFB and of LCP. They are told once,
by the most severe, as long as they can be parts of each other: those that speak of the same area
and whose groups contain each other, or that begin within `join` minutes of each other and agree in
one of the two. A more severe one that joins is told again, and so is what fires on, every `repeat`
minutes. The end is told once, when none of them fires any more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from adaptive.monitoring.notice import Phase
from adaptive.monitoring.scope import Group, overlap
from adaptive.settings.monitoring import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from adaptive.monitoring.alert import Alert
    from adaptive.monitoring.rulebook import Watch

RANK = {Severity.PAGE: 0, Severity.TICKET: 1, Severity.INFO: 2}


class Mute(StrEnum):
    """Whether an alert may be told: NEWS, but not as reminders, if it is acknowledged."""

    NO = "no"
    REMINDERS = "reminders"
    ALL = "all"


class AlertKey(NamedTuple):
    """What an alert is of."""

    rule: str
    group: Group


@dataclass(frozen=True, slots=True)
class Incident:
    """`members` fire, or have; `told` are those that were told, each with its `since`: the last of
    them leads, at `told_at`, minutes since the epoch.
    """

    area: str
    opened_at: int
    members: tuple[AlertKey, ...]
    told: tuple[tuple[AlertKey, int], ...] = ()
    told_at: int = 0
    severity: Severity | None = None
    repeats: int = 0


class Telling(NamedTuple):
    """That somebody is to be told; `number` counts the reminders."""

    phase: Phase
    key: AlertKey
    since: int
    number: int
    joined: tuple[AlertKey, ...]


@dataclass(frozen=True, slots=True)
class Grouping:
    """How news are grouped; times in minutes."""

    watches: Mapping[str, Watch]
    join: int
    repeat: int

    def step(
        self,
        incidents: Sequence[Incident],
        alerts: Mapping[AlertKey, Alert],
        minute: int,
        mute: Callable[[AlertKey], Mute],
    ) -> tuple[list[Incident], list[Telling]]:
        """The incidents that go on, and what is to be told of all."""
        known = {key for each in incidents for key in each.members}
        fresh = [key for key, alert in alerts.items() if alert.is_firing and key not in known]
        open_now = self._joined(incidents, sorted(fresh, key=self._rank), minute)
        kept: list[Incident] = []
        tellings: list[Telling] = []
        for incident in open_now:
            firing = [key for key in incident.members if key in alerts and alerts[key].is_firing]
            if not firing:
                tellings += (_telling(Phase.RESOLVED, incident, *lead) for lead in incident.told)
                continue
            changed, telling = self._told(incident, firing, alerts, minute, mute)
            kept.append(changed)
            if telling is not None:
                tellings.append(telling)
        return kept, tellings

    def _rank(self, key: AlertKey) -> tuple[int, int, str, Group]:
        """The most severe first, then what says most: the largest group."""
        watch = self.watches[key.rule]
        return RANK[watch.severity], len(key.group), key.rule, key.group

    def _joined(
        self, incidents: Iterable[Incident], fresh: Iterable[AlertKey], minute: int
    ) -> list[Incident]:
        found = [*incidents]
        for key in fresh:
            area = self.watches[key.rule].area
            for at, each in enumerate(found):
                if self._belongs(key, area, each, minute):
                    found[at] = replace(each, members=(*each.members, key))
                    break
            else:
                found.append(Incident(area, minute, (key,)))
        return found

    def _belongs(self, key: AlertKey, area: str, incident: Incident, minute: int) -> bool:
        same_area = area == incident.area
        related = any(overlap(key.group, other.group) for other in incident.members)
        if same_area and related:
            return True
        return minute - incident.opened_at <= self.join and (same_area or related)

    def _told(
        self,
        incident: Incident,
        firing: Sequence[AlertKey],
        alerts: Mapping[AlertKey, Alert],
        minute: int,
        mute: Callable[[AlertKey], Mute],
    ) -> tuple[Incident, Telling | None]:
        audible = {key: muted for key in firing if (muted := mute(key)) is not Mute.ALL}
        if not audible:
            return incident, None
        best = min(audible, key=self._rank)
        severity = self.watches[best.rule].severity
        if incident.severity is None or RANK[severity] < RANK[incident.severity]:
            told = replace(
                incident,
                told=(*incident.told, (best, alerts[best].since)),
                told_at=minute,
                severity=severity,
                repeats=0,
            )
            return told, _telling(Phase.FIRING, told, *told.told[-1])
        goes_on = any(alerts[key].calm_since is None for key in audible)
        is_due = minute - incident.told_at >= self.repeat
        if is_due and goes_on and audible[best] is Mute.NO:
            told = replace(incident, told_at=minute, repeats=incident.repeats + 1)
            return told, _telling(Phase.REPEATED, told, *told.told[-1])
        return incident, None


def _telling(phase: Phase, incident: Incident, key: AlertKey, since: int) -> Telling:
    joined = tuple(each for each in incident.members if each != key)
    return Telling(phase, key, since, incident.repeats if phase is Phase.REPEATED else 0, joined)
