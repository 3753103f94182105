"""Every hour: takes the hours that are new or may have changed, and forecasts every series anew.

A run depends on nothing but the time and what is stored, and replaces what the one before wrote, so
that a second run of the same hour, or one after an outage, is harmless.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from adaptive.errors import UnavailableError
from adaptive.monitoring.dimension import Cell, values_of
from adaptive.monitoring.merging import FINAL_AFTER_MINUTES, FRESH_AFTER_MINUTES
from adaptive.monitoring.rollup import Rollup
from adaptive.ports import Versioned, Write
from adaptive.prediction import answers, published, series
from adaptive.prediction.calendar import Calendar, Event, forecast_local
from adaptive.prediction.cloud import HIT_RATE
from adaptive.prediction.forecast import MOST_H
from adaptive.prediction.history import VIEWS, History, measures
from adaptive.prediction.levels import levelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from adaptive.delivery.changes import ChangeLog
    from adaptive.ports import Key, VersionedStore
    from adaptive.prediction.cloud import CloudHours
    from adaptive.prediction.published import Breach, Published
    from adaptive.settings.prediction import ForecastSettings

_DAY_H, _WEEK_H = 24, 168
_MERGED_AFTER_MINUTES = FRESH_AFTER_MINUTES + 5
_OPEN_H = FINAL_AFTER_MINUTES // 60 + 2
_CLOUD_OPEN_H = 3  # CloudWatch is late by minutes
_KEPT_S = {"history": 60 * 86_400, "forecast": 7 * 86_400, "backtest": 395 * 86_400}
_ALL = series.ALL
_MOVING = {"release", "policy"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did; `likely_breaches` are those of more than even odds."""

    groups: int
    series: int
    likely_breaches: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """`forecast`, less Lambda."""

    rollups: VersionedStore
    predictions: VersionedStore
    settings: ForecastSettings
    cloud: CloudHours | None = None
    changes: ChangeLog | None = None

    def run(self, now_minute: int) -> Outcome:
        """Up to the last hour that is merged; raises UnavailableError."""
        end = (now_minute - _MERGED_AFTER_MINUTES) // 60
        cells = [*_cells(self.settings)]
        whole = self._hours(_ALL, range(end - MOST_H, end))
        groups = count = likely = 0
        for cell in cells:
            history = self._history(cell, end, seen=set(whole))
            found = [*self._forecasts(cell, history)] if self._is_busy(history) else []
            groups += bool(history.series)
            count += len(found)
            likely += sum(_is_likely(each.breach) for each in found)
            self._keep(found, end)
        for cell, history in self._of_cloud(end):
            found = [*self._forecasts(cell, history)]
            count += len(found)
            self._keep(found, end)
        return Outcome(groups, count, likely)

    def _of_cloud(self, end: int) -> Iterator[tuple[Cell, History]]:
        """What CloudWatch tells; while it tells nothing, the rest goes on without."""
        if self.cloud is None:
            return
        places = {cell: published.history_key(*cell) for cell in self.cloud.cells}
        known = self.predictions.read([*places.values()])
        histories = {
            cell: History.decode(known[key].body) if key in known else History(end - MOST_H)
            for cell, key in places.items()
        }
        begin = max(
            min((each.end_hour for each in histories.values()), default=end) - _CLOUD_OPEN_H,
            end - MOST_H,
        )
        try:
            found = self.cloud.read(range(begin, end))
        except UnavailableError:
            return
        for cell, history in histories.items():
            for hour, values in found.get(cell, {}).items():
                if hour >= history.first_hour:
                    history.put(hour, values)
            history.reach(end)
            history.trim()
            self._write([(places[cell], history.encode())], known, end, "history")
            yield cell, history

    def _history(self, cell: Cell, end: int, *, seen: set[int]) -> History:
        """As stored, and what has come since; an hour without any view of the site is a gap."""
        place = published.history_key(*cell)
        known = self.predictions.read([place]).get(place)
        if known is None and not self._hours(cell, range(end - _DAY_H, end)):
            return History(end)  # nobody: six weeks are not read for that
        history = History.decode(known.body) if known else History(end - MOST_H)
        begin = max(history.end_hour - _OPEN_H, history.first_hour, end - MOST_H)
        hours = range(begin, end)
        of_site = [hour for hour in hours if hour in seen]
        found = self._hours(cell, of_site)
        for hour in of_site:
            rollup = found.get(hour, Rollup())
            history.put(hour, measures(rollup, least_views=self.settings.least_views))
        history.reach(end)
        history.trim()
        there = {place: known} if known else None
        self._write([(place, history.encode())], there, end, "history")
        return history

    def _hours(self, cell: Cell, hours: Sequence[int]) -> dict[int, Rollup]:
        return series.hourly(self.rollups, [cell], hours).get(cell, {})

    def _is_busy(self, history: History) -> bool:
        views = [value for value in history.series.get(VIEWS, [])[-_WEEK_H:] if value is not None]
        return bool(views) and sum(views) / len(views) >= self.settings.least_views

    def _forecasts(self, cell: Cell, history: History) -> Iterator[Published]:
        calendar = _calendar(self.settings)
        place = answers.key(*cell)
        told = self.predictions.read([place]).get(place)
        theirs = History.decode(told.body) if told else None
        moved = self._moved(history)
        for measure, came in history.series.items():
            values: Sequence[float | None] = came
            if measure != VIEWS:
                values = levelled(values, history.first_hour, moved)
            found = forecast_local(
                values,
                history.first_hour,
                calendar,
                hours=self.settings.horizon_h,
                least=0.0,
                most=1.0 if measure == HIT_RATE else math.inf,
            )
            if found is None:
                continue
            if theirs is not None:
                found = answers.better(
                    found, theirs, measure, values=values, first_hour=history.first_hour
                )
            yield published.of(
                found,
                cell,
                measure,
                begins_at=datetime.fromtimestamp(history.end_hour * 3_600, UTC),
                limit=self.settings.limits.get(measure),
            )

    def _moved(self, history: History) -> list[int]:
        """Hours in which something went out that may have moved levels, for good."""
        if self.changes is None:
            return []
        begin, end = (
            datetime.fromtimestamp(hour * 3_600, UTC)
            for hour in (history.first_hour, history.end_hour)
        )
        return [
            int(each.at.timestamp()) // 3_600
            for each in self.changes.between(begin, end)
            if each.kind in _MOVING
        ]

    def _keep(self, found: Sequence[Published], end: int) -> None:
        if not found:
            return
        bodies = {
            published.key(each.family, each.value, each.measure): each.model_dump_json().encode()
            for each in found
        }
        known = self.predictions.read([*bodies])
        self._write([*bodies.items()], known, end, "forecast")
        weekly = {
            published.backtest_key(each): each.model_dump_json(
                include={"begins_at", "shares", "error", "naive_error"}
            ).encode()
            for each in found
            if each.error is not None
        }
        there = self.predictions.read([*weekly])
        fresh = [(key, body) for key, body in weekly.items() if key not in there]
        self._write(fresh, None, end, "backtest")

    def _write(
        self,
        bodies: Sequence[tuple[Key, bytes]],
        known: Mapping[Key, Versioned] | None,
        end: int,
        kind: str,
    ) -> None:
        """Replace what is known; whoever was faster had the same hours."""
        known = known or {}
        self.predictions.write(
            [
                Write(
                    key=key,
                    new=Versioned(body, known[key].version + 1 if key in known else 1),
                    replacing=known[key].version if key in known else None,
                    expires_at_s=end * 3_600 + _KEPT_S[kind],
                )
                for key, body in bodies
            ]
        )


def _cells(settings: ForecastSettings) -> Iterator[Cell]:
    choices = values_of(settings.lists)
    for family in settings.families:
        if family == _ALL.family:
            yield _ALL
        else:
            yield from (Cell(family, value) for value in choices[family])


def _calendar(settings: ForecastSettings) -> Calendar:
    return Calendar(
        ZoneInfo(settings.time_zone),
        tuple(Event(each.name, each.first, each.last, each.factor) for each in settings.events),
    )


def _is_likely(breach: Breach | None) -> bool:
    return breach is not None and breach.probability > 1 / 2
