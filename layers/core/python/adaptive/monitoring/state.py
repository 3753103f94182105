"""What `evaluate` remembers, as one item: whoever writes it has made the transition, all of it.

JSON, compressed. The outbox holds notices that may not have been sent yet.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from pydantic import TypeAdapter
from pydantic_core import from_json, to_json

from adaptive.monitoring.alert import Alert, Stage
from adaptive.monitoring.condition import Judgement
from adaptive.monitoring.evaluation import Known
from adaptive.monitoring.incident import AlertKey, Incident
from adaptive.monitoring.notice import Notice
from adaptive.monitoring.sli import Count
from adaptive.settings.monitoring import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

_FORMAT = 1
_NOTICES: TypeAdapter[tuple[Notice, ...]] = TypeAdapter(tuple[Notice, ...])


@dataclass(frozen=True, slots=True)
class State:
    """`outbox` is to be sent; `lost` counts minutes that were never evaluated."""

    known: Known
    outbox: tuple[Notice, ...] = ()
    lost: int = 0

    def encode(self) -> bytes:
        """For the store."""
        known = self.known
        document = {
            "format": _FORMAT,
            "through": known.through,
            "alerts": [[*_key(key), *_alert(each)] for key, each in known.alerts.items()],
            "incidents": [_incident(each) for each in known.incidents],
            "outbox": [each.model_dump(mode="json") for each in self.outbox],
            "lost": self.lost,
        }
        return zlib.compress(to_json(document))

    @classmethod
    def decode(cls, body: bytes) -> Self:
        """What `encode` wrote; raises ValueError on another format."""
        document = from_json(zlib.decompress(body))
        if document["format"] != _FORMAT:
            raise ValueError(f"a state of format {document['format']}")
        alerts = dict(map(_read_alert, document["alerts"]))
        incidents = [*map(_read_incident, document["incidents"])]
        known = Known(document["through"], alerts, incidents)
        return cls(known, _NOTICES.validate_python(document["outbox"]), document["lost"])


def _key(key: AlertKey) -> list[Any]:
    return [key.rule, [list(pair) for pair in key.group]]


def _read_key(rule: str, group: Sequence[Sequence[str]]) -> AlertKey:
    return AlertKey(rule, tuple((name, value) for name, value in group))


def _alert(alert: Alert) -> list[Any]:
    judgement = [*alert.judgement[:2], list(alert.judgement.found), *alert.judgement[3:]]
    times = [alert.since, alert.fired_at, alert.calm_since, alert.over_at]
    return [alert.stage, times, alert.flaps, judgement]


def _read_alert(fields: list[Any]) -> tuple[AlertKey, Alert]:
    rule, group, stage, (since, fired_at, calm_since, over_at), flaps, judgement = fields
    breached, calm, found, *rest = judgement
    judged = Judgement(breached, calm, Count._make(found), *rest)
    times = {"fired_at": fired_at, "calm_since": calm_since, "over_at": over_at}
    return _read_key(rule, group), Alert(Stage(stage), since, judged, flaps=flaps, **times)


def _incident(incident: Incident) -> list[Any]:
    return [
        incident.area,
        incident.opened_at,
        [_key(key) for key in incident.members],
        [[*_key(key), since] for key, since in incident.told],
        incident.told_at,
        incident.severity,
        incident.repeats,
    ]


def _read_incident(fields: list[Any]) -> Incident:
    area, opened_at, members, told, told_at, severity, repeats = fields
    return Incident(
        area,
        opened_at,
        tuple(_read_key(*key) for key in members),
        tuple((_read_key(rule, group), since) for rule, group, since in told),
        told_at,
        Severity(severity) if severity else None,
        repeats,
    )
