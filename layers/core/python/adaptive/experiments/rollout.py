"""The way of an experiment from draft to everybody, or back: a pure state machine.

draft -> canary -> ramp -> baked -> promoted; from anywhere on the way rolled back, or stopped. Only
proven harm moves back, and it does so whatever else is the matter. Forward it goes by fresh data
only, one step at a time, after each step's time has been spent in good health.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict

from adaptive.delivery.changes import Who, Why  # noqa: TC001 - fields of the model
from adaptive.delivery.trial import key_of
from adaptive.experiments.declaration import Experiment  # noqa: TC001 - a field of the model
from adaptive.experiments.effect import FEWEST

if TYPE_CHECKING:
    from adaptive.experiments.guardrail import Breach

JUDGE = "judge"
"""Who decides, unless a person does."""

LONGEST_PERIOD_S = 300.0
"""Of the time since the last period no more counts: what nobody watched was not spent in health."""


class State(StrEnum):
    """Where an experiment is."""

    DRAFT = "draft"
    CANARY = "canary"
    RAMP = "ramp"
    BAKED = "baked"
    PROMOTED = "promoted"
    ROLLED_BACK = "rolled-back"
    STOPPED = "stopped"


RUNNING = frozenset({State.CANARY, State.RAMP, State.BAKED})


class Decision(BaseModel):
    """One transition; `number` counts an experiment's."""

    model_config = ConfigDict(frozen=True)

    number: int
    source: State
    target: State
    share: float
    who: Who
    why: Why
    at: AwareDatetime


class Standing(BaseModel):
    """An experiment and how it stands. `run` counts its
    beginnings. `healthy_s` is how long its step has been watched in health;
    `decision` is the last one, `done` whether all that follows from it is done. `before` is what a
    promotion replaced in the policy.
    """

    model_config = ConfigDict(frozen=True)

    experiment: Experiment
    run: int = 1
    state: State = State.DRAFT
    step: int = 0
    started_at: AwareDatetime | None = None
    judged_at: AwareDatetime | None = None
    healthy_s: float = 0
    frozen_because: str | None = None
    decision: Decision | None = None
    done: bool = True
    before: dict[str, Any] | None = None

    @property
    def key(self) -> str:
        """What its sessions are counted under."""
        return key_of(self.experiment.name, self.run)

    @property
    def is_running(self) -> bool:
        """Whether the policy has it on trial."""
        return self.state in RUNNING


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a period knows. `improvement` and `at_least` are relative, for the better, of the
    primary metric; None before there is anything to compare. `sessions` are candidates of this
    step.
    """

    breaches: tuple[Breach, ...] = ()
    is_mismatched: bool = False
    is_fresh: bool = True
    budget_is_spent: bool = False
    improvement: float | None = None
    at_least: float | None = None
    sessions: int = 0


def judge(standing: Standing, evidence: Evidence, now: datetime) -> Standing:
    """A period further: at most one transition."""
    if not standing.is_running:
        return standing
    if evidence.breaches:
        worst = max(evidence.breaches, key=lambda each: each.at_least - each.margin)
        return move(
            standing,
            State.ROLLED_BACK,
            at=now,
            who=JUDGE,
            why=f"{worst.metric} is worse by {worst.estimate:.1%}, proven: {worst.at_least:.1%} at "
            f"least, allowed: {worst.margin:.1%}, by {worst.sessions} sessions",
        )
    frozen = _frozen(evidence)
    spent_s = (now - standing.judged_at).total_seconds() if standing.judged_at else 0.0
    gained_s = 0.0 if frozen else min(max(spent_s, 0.0), LONGEST_PERIOD_S)
    watched = standing.model_copy(
        update={
            "judged_at": now,
            "healthy_s": standing.healthy_s + gained_s,
            "frozen_because": frozen,
        }
    )
    experiment = standing.experiment
    if standing.started_at and now - standing.started_at > timedelta(days=experiment.maximum_days):
        why = f"nothing proven in {experiment.maximum_days:g} days"
        return move(watched, State.STOPPED, at=now, who=JUDGE, why=why)
    return watched if frozen else _forward(watched, evidence, now)


def _frozen(evidence: Evidence) -> str | None:
    if not evidence.is_fresh:
        return "the data is late"
    if evidence.is_mismatched:
        return "the arms do not have their shares of the sessions"
    if evidence.budget_is_spent:
        return "an error budget is spent"
    return None


def _forward(standing: Standing, evidence: Evidence, now: datetime) -> Standing:
    experiment = standing.experiment
    improvement, at_least = evidence.improvement, evidence.at_least
    if standing.state is State.BAKED:
        return move(standing, State.PROMOTED, at=now, who=JUDGE, why=_proof(improvement, at_least))
    if evidence.sessions < FEWEST:
        return standing
    last_compared = len(experiment.steps) - 2
    if standing.step < last_compared:
        if standing.healthy_s < experiment.step_hours * 3_600:
            return standing
        share = experiment.steps[standing.step + 1]
        why = f"{evidence.sessions} sessions at {standing_share(standing):.0%} without harm"
        return move(standing, State.RAMP, at=now, who=JUDGE, why=f"{why}: on to {share:.0%}")
    # Not merely better than nothing: of a thousand policies that change nothing ten would be.
    is_proven = at_least is not None and at_least >= experiment.minimum_effect
    if is_proven and standing.healthy_s >= experiment.bake_hours * 3_600:
        return move(standing, State.BAKED, at=now, who=JUDGE, why=_proof(improvement, at_least))
    return standing


def move(standing: Standing, target: State, *, at: datetime, who: str, why: str) -> Standing:
    """The transition, with all that it leaves to be done."""
    step = standing.step
    if target is State.CANARY:
        step = 0
    elif target is State.RAMP:
        step += 1
    changed = standing.model_copy(update={"state": target, "step": step})
    return changed.model_copy(
        update={
            "decision": Decision(
                number=standing.decision.number + 1 if standing.decision else 1,
                source=standing.state,
                target=target,
                share=standing_share(changed),
                who=who,
                why=why[:200],
                at=at,
            ),
            "done": False,
            "judged_at": at,
            "healthy_s": 0.0,
            "frozen_because": None,
            "started_at": at if target is State.CANARY else standing.started_at,
        }
    )


def standing_share(standing: Standing) -> float:
    """Of the sessions in its slots: who gets the candidate."""
    if standing.state is State.PROMOTED:
        return 1.0
    return standing.experiment.steps[standing.step] if standing.is_running else 0.0


def _proof(improvement: float | None, at_least: float | None) -> str:
    if improvement is None or at_least is None:
        return "baked"
    return f"better by {improvement:.1%}, proven: {at_least:.1%} at least"
