"""What people order of experiments, with who and why: to start, stop, promote or roll back.

An order is a decision like the judge's: one conditional write, and its consequences after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import ValidationError

from adaptive.errors import ConflictError, PolicyError
from adaptive.experiments.consequences import with_standing
from adaptive.experiments.declaration import clashes
from adaptive.experiments.registry import Entry
from adaptive.experiments.rollout import Standing, State, move

if TYPE_CHECKING:
    from datetime import datetime

    from adaptive.experiments.consequences import Consequences
    from adaptive.experiments.declaration import Experiment
    from adaptive.experiments.registry import Registry

_FROM = {
    State.STOPPED: {State.CANARY, State.RAMP, State.BAKED},
    State.PROMOTED: {State.CANARY, State.RAMP, State.BAKED},
    State.ROLLED_BACK: {State.CANARY, State.RAMP, State.BAKED, State.PROMOTED},
}


@dataclass(frozen=True, slots=True)
class Orders:
    """Raises ConflictError where an order cannot be given as things stand, PolicyError where what
    it asks for cannot be served or nobody and no reason stands behind it.
    """

    registry: Registry
    consequences: Consequences

    def start(self, experiment: Experiment, *, who: str, why: str, at: datetime) -> Standing:
        """Give it its first share of the sessions; anew, if it has ended before and cooled down."""
        known = None
        for each in self.registry.all():
            if each.standing.experiment.name == experiment.name:
                known = each
            elif each.standing.is_running and (
                clash := clashes(experiment, each.standing.experiment)
            ):
                raise ConflictError(f"{experiment.name}: {clash}")
        standing = Standing(experiment=experiment)
        if known is not None:
            _require_rested(known.standing, at)
            standing = standing.model_copy(
                update={"decision": known.standing.decision, "run": known.standing.run + 1}
            )
        began = _decided(standing, State.CANARY, who=who, why=why, at=at)
        policy = self.consequences.policy_of(self.consequences.book.current())
        with_standing(policy, began)
        if experiment.changes.is_in(policy):
            raise PolicyError(f"{experiment.name} changes nothing: everybody is served so already")
        return self._carry_out(known or Entry(standing, 0), began)

    def end(self, name: str, target: State, *, who: str, why: str, at: datetime) -> Standing:
        """Stop it, promote it or roll it back."""
        entry = self.registry.find(name)
        if entry is None:
            raise ConflictError(f"there is no experiment {name}")
        entry = self.consequences.draw(entry)
        if entry.standing.state not in _FROM[target]:
            raise ConflictError(f"{name} is {entry.standing.state}: it cannot be {target}")
        return self._carry_out(entry, _decided(entry.standing, target, who=who, why=why, at=at))

    def _carry_out(self, entry: Entry, standing: Standing) -> Standing:
        return self.consequences.draw(self.registry.replace(entry, standing)).standing


def _decided(standing: Standing, target: State, *, who: str, why: str, at: datetime) -> Standing:
    try:
        return move(standing, target, at=at, who=who, why=why)
    except ValidationError as error:
        said = "; ".join(f"{each['loc'][0]}: {each['msg']}" for each in error.errors())
        raise PolicyError(said) from error


def _require_rested(standing: Standing, at: datetime) -> None:
    name, decision = standing.experiment.name, standing.decision
    if standing.is_running or standing.state is State.PROMOTED or not standing.done:
        raise ConflictError(f"{name} is {standing.state}")
    if standing.state is State.ROLLED_BACK and decision is not None:
        rested_at = decision.at + timedelta(hours=standing.experiment.cool_down_hours)
        if at < rested_at:
            raise ConflictError(f"{name} was rolled back: it rests until {rested_at:%F %R} UTC")
