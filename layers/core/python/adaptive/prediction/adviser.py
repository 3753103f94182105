"""`recommend`, less Lambda: reads what is forecast and measured, proposes, and tells what came of
what was accepted. A run depends on nothing but the time and what is stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from adaptive.delivery.policy import Policy, initial
from adaptive.monitoring.dimension import Cell, values_of
from adaptive.monitoring.rollup import Rollup
from adaptive.prediction import published, series
from adaptive.prediction.advice.outcome import due_at, outcome, part_of
from adaptive.prediction.advice.situation import Situation
from adaptive.prediction.cloud import FAMILY as CLOUD
from adaptive.prediction.history import History
from adaptive.prediction.oddity import going_on
from adaptive.prediction.published import Published
from adaptive.prediction.recommend import recommend

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from adaptive.delivery.policy_book import PolicyBook
    from adaptive.monitoring.alerts_store import AlertsStore
    from adaptive.ports import VersionedStore
    from adaptive.prediction.advice.book import AdviceBook
    from adaptive.prediction.prices import Prices
    from adaptive.settings.prediction import RecommendSettings

_FAMILIES = ("all", "page_group", "country", "connection", CLOUD)
_RECENT = ("page_group", "country", "connection", "tier")
_DAY_H, _LATELY_H = 24, 3
_FRESH = timedelta(hours=3)
"""A forecast that began longer ago says nothing of the next day: forecasting has stopped."""
_BURST = 2.0


@dataclass(frozen=True, slots=True)
class Done:
    """What a run did: `proposed` are open, `measured` were accepted and are over."""

    proposed: int
    measured: int


@dataclass(frozen=True, slots=True)
class Adviser:
    """Reads rollups and forecasts, writes to the book of advice."""

    rollups: VersionedStore
    predictions: VersionedStore
    policies: PolicyBook
    alerts: AlertsStore
    book: AdviceBook
    prices: Prices
    settings: RecommendSettings

    def run(self, now: datetime) -> Done:
        """Raises UnavailableError."""
        measured = self._measure(now)
        proposed = self.book.publish(recommend(self.situation(now)), now)
        return Done(proposed, measured)

    def situation(self, now: datetime) -> Situation:
        """All that recommendations are made from."""
        end = int(now.timestamp()) // 3_600
        forecasts = self._forecasts(now)
        deployed = self.settings.deployed
        lists = values_of(self.settings.lists)
        recent = [
            series.ALL,
            *(Cell(family, value) for family in _RECENT for value in lists[family]),
            *(
                Cell("connection+arm", f"{connection},{arm}")
                for connection in lists["connection"]
                for arm in lists["arm"]
            ),
        ]
        releases = [Cell("release", name) for name in deployed.releases]
        last_day = series.hourly(self.rollups, recent, range(end - _DAY_H, end))
        five = series.five_minute_views(self.rollups, end)
        parts = {Cell(CLOUD, value) for family, value, _ in forecasts if family == CLOUD}
        return Situation(
            at=now,
            deployed=deployed,
            policy=self._policy(),
            prices=self.prices,
            limits=self.settings.limits,
            forecasts=forecasts,
            recent={cell: _together(hours.values()) for cell, hours in last_day.items()},
            by_hour=series.hourly(self.rollups, releases, range(end - 2 * _DAY_H, end)),
            past=self._past({series.ALL, *parts}),
            lately={
                cell: _together(rollup for hour, rollup in hours.items() if hour >= end - _LATELY_H)
                for cell, hours in last_day.items()
            },
            oddities=going_on(self.alerts, self.settings.anomaly_rules),
            burst=series.burst(five, least_views=self.settings.least_views) or _BURST,
        )

    def _measure(self, now: datetime) -> int:
        over = [
            advice
            for advice in self.book.all()
            if advice.state == "accepted" and due_at(advice) <= now
        ]
        cells = {part_of(advice) for advice in over} | {
            Cell(advice.forecast.family, advice.forecast.value)
            for advice in over
            if advice.forecast
        }
        past = self._past({cell for cell in cells if cell})
        for advice in over:
            self.book.settle(advice, outcome(advice, past, now))
        return len(over)

    def _policy(self) -> Policy:
        enacted = self.policies.current()
        if enacted:
            return enacted.policy
        return initial(self.settings.rules, holdout_share=self.settings.holdout_share)

    def _forecasts(self, now: datetime) -> dict[tuple[str, str, str], Published]:
        found = {}
        for family in _FAMILIES:
            for item in self.predictions.read_partition(published.partition(family)).values():
                each = Published.model_validate_json(item.body)
                if now - each.begins_at < _FRESH:
                    found[each.family, each.value, each.measure] = each
        return found

    def _past(self, cells: Iterable[Cell]) -> dict[Cell, History]:
        keys = {published.history_key(*cell): cell for cell in cells}
        return {
            keys[key]: History.decode(item.body)
            for key, item in self.predictions.read([*keys]).items()
        }


def _together(rollups: Iterable[Rollup]) -> Rollup:
    whole = Rollup()
    for each in rollups:
        whole.add(each)
    return whole
