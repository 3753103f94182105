"""One minute of everything that is watched: a pure function of what is known and what is counted.

The same code runs in `evaluate`, in `adaptive-ops rules test` and in bench/alerts.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adaptive.monitoring import alert as life
from adaptive.monitoring.incident import AlertKey, Grouping, Incident, Mute, Telling
from adaptive.monitoring.scope import overlap

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adaptive.monitoring.alert import Alert
    from adaptive.monitoring.rulebook import Watch
    from adaptive.monitoring.scope import Counts
    from adaptive.monitoring.silence import Silence


@dataclass(frozen=True, slots=True)
class Known:
    """All that is remembered from minute to minute; `through` is the last that was evaluated."""

    through: int
    alerts: Mapping[AlertKey, Alert] = field(default_factory=dict)
    incidents: Sequence[Incident] = ()


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`most_alerts` bounds what is remembered: what begins above it waits for others to end."""

    watches: Mapping[str, Watch]
    join: int
    repeat: int
    most_alerts: int = 1_000

    def step(
        self, known: Known, counts: Counts, silences: Sequence[Silence]
    ) -> tuple[Known, list[Telling]]:
        """The minute after `known.through`."""
        minute = known.through + 1
        alerts = self._alerts(known, counts, minute)
        firing = [key for key, alert in alerts.items() if alert.is_firing]

        def mute(key: AlertKey) -> Mute:
            covering = {each.kind for each in silences if each.covers(*key, minute)}
            if covering - {"acknowledgement"} or self._is_said_by_others(key, firing):
                return Mute.ALL
            return Mute.REMINDERS if covering else Mute.NO

        grouping = Grouping(self.watches, self.join, self.repeat)
        incidents, tellings = grouping.step(known.incidents, alerts, minute, mute)
        return Known(minute, alerts, incidents), tellings

    def _alerts(self, known: Known, counts: Counts, minute: int) -> dict[AlertKey, Alert]:
        found: dict[AlertKey, Alert] = {}
        remembered: dict[str, dict[AlertKey, Alert]] = {}
        for key, alert in known.alerts.items():
            remembered.setdefault(key.rule, {})[key] = alert
        for name, watch in self.watches.items():
            before = remembered.get(name, {})
            for group, judgement in watch.condition.judge(counts, minute + 1):
                key = AlertKey(name, group)
                old = before.pop(key, None)
                if old is None and (not judgement.breached or len(found) >= self.most_alerts):
                    continue
                new = life.step(old, judgement, minute, watch.timing)
                if new is not None:
                    found[key] = new
            for key, old in before.items():
                new = life.step(old, None, minute, watch.timing)
                if new is not None:
                    found[key] = new
        return found

    def _is_said_by_others(self, key: AlertKey, firing: Sequence[AlertKey]) -> bool:
        """Inhibition: a rule that this one yields to fires for the same, or for more."""
        unless = self.watches[key.rule].unless
        return any(each.rule in unless and overlap(each.group, key.group) for each in firing)
