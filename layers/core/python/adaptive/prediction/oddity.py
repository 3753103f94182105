"""What anomaly rules have found and what goes on: trouble that is there, forecast or not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from adaptive.monitoring.dimension import Cell, family_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from adaptive.monitoring.alert import Alert
    from adaptive.monitoring.alerts_store import AlertsStore
    from adaptive.monitoring.incident import AlertKey


class Oddity(NamedTuple):
    """A metric of a group of page views is above the range that it was seen in."""

    rule: str
    metric: str
    cell: Cell
    since: datetime

    def __str__(self) -> str:
        """As evidence."""
        group = f"{self.cell.family} {self.cell.value}" if self.cell.value else "all views"
        return (
            f"{self.rule} found {self.metric} of {group} above its range, "
            f"since {self.since:%Y-%m-%d %H:%M} UTC"
        )


def going_on(alerts: AlertsStore, rules: Mapping[str, str]) -> tuple[Oddity, ...]:
    """The oldest first; `rules` are the metrics of those that look for what rises, by name. Raises
    UnavailableError.
    """
    stored = alerts.state()
    found = [] if stored is None else [*_firing(stored.state.known.alerts, rules)]
    return tuple(sorted(found, key=lambda each: (each.since, each.rule, each.cell)))


def _firing(alerts: Mapping[AlertKey, Alert], rules: Mapping[str, str]) -> Iterator[Oddity]:
    for key, alert in alerts.items():
        if alert.is_firing and key.rule in rules:
            cell = Cell(
                family_name(tuple(name for name, _ in key.group)),
                ",".join(value for _, value in key.group),
            )
            since = datetime.fromtimestamp(alert.since * 60, UTC)
            yield Oddity(key.rule, rules[key.rule], cell, since)
