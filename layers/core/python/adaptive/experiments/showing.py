"""Answers of experiments, made of what is counted and decided."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from adaptive.delivery.trial import HOLDOUT
from adaptive.errors import QueryError
from adaptive.experiments import cells, guardrail, results, worth
from adaptive.experiments.answers import (
    Course,
    ExperimentNow,
    Experiments,
    Guardrail,
    Shown,
    Summary,
    Worth,
)
from adaptive.experiments.effect import compare
from adaptive.experiments.evidence import effects_of
from adaptive.experiments.holdout import day_of
from adaptive.experiments.metric import METRICS
from adaptive.experiments.rollout import standing_share
from adaptive.monitoring.query import cursor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adaptive.experiments.cells import Arms
    from adaptive.experiments.registry import Registry
    from adaptive.experiments.results import Change
    from adaptive.experiments.rollout import Standing
    from adaptive.monitoring.query.reply import Desk, Reply

_WORTH_DAYS = 28
_PRIMARY_OF_HOLDOUT = "lcp"
_NOT_FOUND = 404
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Showing:
    """`egress_per_gb` is what a GB that is sent costs, in `currency`."""

    desk: Desk
    registry: Registry
    currency: str
    egress_per_gb: float

    def all(self, *, limit: int, following: str | None) -> Reply:
        """Every experiment that was ever started; raises QueryError, UnavailableError."""
        offset = cursor.read(following, question="experiments")[1] if following else 0
        known = sorted((each.standing for each in self.registry.all()), key=_latest, reverse=True)
        known.sort(key=lambda each: not each.is_running)
        end = offset + limit
        return self.desk.reply(
            Experiments(experiments=[summary_of(each) for each in known[offset:end]]),
            samples=len(known),
            units=0,
            end=self.desk.minute,
            following=self._next(end, len(known), "experiments"),
        )

    def of(self, name: str, *, limit: int, following: str | None) -> Reply:
        """One, or the `holdout`; raises QueryError if there is none such, UnavailableError."""
        question = ("experiment", name)
        offset = cursor.read(following, question=question)[1] if following else 0
        entry = None if name == HOLDOUT else self.registry.find(name)
        if entry is None and name != HOLDOUT:
            raise QueryError(f"there is no experiment {name}", field="name", status=_NOT_FOUND)
        standing = entry.standing if entry else None
        key = standing.key if standing else HOLDOUT
        primary = standing.experiment.primary if standing else _PRIMARY_OF_HOLDOUT
        store = self.registry.store
        since = "" if standing else self._since()
        found = results.read(store, key, primary=primary, since=since)
        exposed = {
            stratum: arms
            for stratum, arms in cells.read(store, key, cells.EXPOSED).items()
            if day_of(stratum) >= since
        }
        decisions = self.registry.decisions(name)[::-1]
        end = offset + limit
        data = ExperimentNow(
            name=name,
            summary=summary_of(standing) if standing else None,
            told=found.told("candidates" if standing else "adapted visitors"),
            sessions=found.sessions,
            exposed=[_shown(each) for each in found.exposed],
            assigned=[_shown(each) for each in found.assigned],
            is_mismatched=found.is_mismatched,
            novelty=found.novelty,
            unlike={segment: _shown(each) for segment, each in found.unlike.items()},
            guardrails=_guardrails(standing, exposed),
            course=_course(exposed, primary),
            decisions=decisions[offset:end],
            worth=None if standing else self._worth(since),
            since=standing.started_at if standing else None,
        )
        return self.desk.reply(
            data,
            samples=sum(found.sessions) or len(decisions),
            units=0,
            end=self.desk.minute,
            following=self._next(end, len(decisions), question),
        )

    def _next(self, end: int, of: int, question: object) -> str | None:
        if end >= of:
            return None
        return cursor.write(minute=self.desk.minute, offset=end, question=question)

    def _since(self) -> str:
        today = datetime.fromtimestamp(self.desk.now(), UTC).date()
        return (today - timedelta(days=_WORTH_DAYS - 1)).isoformat()

    def _worth(self, since: str) -> Worth:
        found = worth.of_adaptation(
            self.registry.store, since=since, egress_per_gb=self.egress_per_gb
        )
        return Worth(currency=self.currency, **asdict(found))


def summary_of(standing: Standing) -> Summary:
    """How an experiment stands."""
    experiment = standing.experiment
    return Summary(
        name=experiment.name,
        hypothesis=experiment.hypothesis,
        state=standing.state,
        is_running=standing.is_running,
        share=standing_share(standing),
        step=standing.step,
        steps=list(experiment.steps),
        step_hours=experiment.step_hours,
        bake_hours=experiment.bake_hours,
        healthy_hours=standing.healthy_s / 3_600,
        maximum_days=experiment.maximum_days,
        run=standing.run,
        primary=experiment.primary,
        minimum_effect=experiment.minimum_effect,
        started_at=standing.started_at,
        judged_at=standing.judged_at,
        frozen_because=standing.frozen_because,
        decision=standing.decision,
        declaration=experiment.model_dump(mode="json", exclude_none=True),
    )


def _latest(standing: Standing) -> datetime:
    return standing.decision.at if standing.decision else _LONG_AGO


def _shown(change: Change) -> Shown:
    metric = METRICS.get(change.metric, METRICS["lcp"])  # a quantile's name is words
    return Shown(better=metric.better, **asdict(change))


def _guardrails(standing: Standing | None, exposed: Mapping[str, Arms]) -> list[Guardrail]:
    if standing is None:
        return []
    margins = standing.experiment.guardrails
    effects = effects_of(exposed, {*margins})
    broken = {each.metric for each in guardrail.breaches(effects, margins)}
    return [
        Guardrail(
            metric=name,
            margin=margin,
            harm=-effect.improvement if effect else None,
            at_least=guardrail.harm_bound(effect, of=len(margins)) if effect else None,
            is_broken=name in broken,
        )
        for name, margin in margins.items()
        for effect in (effects.get(name),)
    ]


def _course(exposed: Mapping[str, Arms], primary: str) -> list[Course]:
    """Day by day; days before there was enough to compare are left out."""
    found = []
    for day in sorted({day_of(each) for each in exposed}):
        until = {stratum: arms for stratum, arms in exposed.items() if day_of(stratum) <= day}
        if effect := compare(METRICS[primary], cells.strata_of(until, primary)):
            change = results.change_of(effect)
            found.append(
                Course(day=day, estimate=change.estimate, low=change.low, high=change.high)
            )
    return found
