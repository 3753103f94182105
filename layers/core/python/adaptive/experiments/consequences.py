"""What follows from a decision: the policy first, then the log, the change log, and the alert.

Each of these can be done again without harm: the policy is brought to what the standing says, the
others are named by the decision. So whoever is killed in between leaves nothing that the next
period does not complete.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adaptive.delivery.changes import Change, ChangeLog
from adaptive.delivery.policy import parse
from adaptive.errors import ConflictError, UnavailableError
from adaptive.experiments.rollout import Standing, State
from adaptive.monitoring.notice import Change as Blamed
from adaptive.monitoring.notice import Notice, Phase, Severity, notice_id

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from adaptive.delivery.policy import Enacted, Policy
    from adaptive.delivery.policy_book import PolicyBook
    from adaptive.experiments.registry import Entry, Registry
    from adaptive.experiments.rollout import Decision
    from adaptive.ports import Bus

_ATTEMPTS = 5
RULE = "experiment-rolled-back"


@dataclass(frozen=True, slots=True)
class Consequences:
    """`initial` is the policy that holds before any was put."""

    registry: Registry
    book: PolicyBook
    bus: Bus[Notice]
    initial: Policy
    now: Callable[[], datetime]

    def draw(self, entry: Entry) -> Entry:
        """Do what is left to be done of the last decision, and say so."""
        standing, decision = entry.standing, entry.standing.decision
        if standing.done or decision is None:
            return entry
        entry = self._apply(entry, decision)
        name = standing.experiment.name
        self.registry.note(name, decision)
        ChangeLog(self.book.store).append(
            Change(
                kind="experiment",
                name=name,
                who=decision.who,
                why=f"{decision.target}: {decision.why}"[:200],
                at=decision.at,
            )
        )
        if decision.target is State.ROLLED_BACK:
            self.bus.publish([_notice(name, decision)])
        return self.registry.replace(entry, entry.standing.model_copy(update={"done": True}))

    def _apply(self, entry: Entry, decision: Decision) -> Entry:
        for _ in range(_ATTEMPTS):
            enacted = self.book.current()
            policy = self.policy_of(enacted)
            entry = self._remembering(entry, policy)
            wanted = with_standing(policy, entry.standing)
            if enacted and wanted == enacted.policy:
                return entry
            name = entry.standing.experiment.name
            try:
                self.book.put(
                    wanted,
                    replacing=policy.version,
                    who=decision.who,
                    why=f"{name} {decision.target}: {decision.why}"[:200],
                    at=self.now(),
                )
            except ConflictError:
                continue
            return entry
        raise UnavailableError(f"others put policies {_ATTEMPTS} times over")

    def policy_of(self, enacted: Enacted | None) -> Policy:
        """What trials are put into: it knows what has been deployed since it was put."""
        return enacted.policy.knowing(self.initial.recipes) if enacted else self.initial

    def _remembering(self, entry: Entry, policy: Policy) -> Entry:
        """What a promotion replaces, noted before it does."""
        standing = entry.standing
        if standing.state is not State.PROMOTED or standing.before is not None:
            return entry
        dumped = policy.model_dump(mode="json")
        before = {name: dumped[name] for name in standing.experiment.changes.update}
        return self.registry.replace(entry, standing.model_copy(update={"before": before}))


def with_standing(policy: Policy, standing: Standing) -> Policy:
    """The policy as it is to be, given how the experiment stands; other trials stay as they are.

    Raises PolicyError if that cannot be served.
    """
    experiment = standing.experiment
    trials = [each for each in policy.trials if each.name != experiment.name]
    changed = policy.model_dump(mode="json")
    if standing.is_running:
        trials.append(experiment.trial(standing.step, run=standing.run))
    elif standing.state is State.PROMOTED:
        changed |= experiment.changes.model_dump(mode="json", exclude_none=True)
    elif standing.before is not None:
        changed |= standing.before
    raw = {**changed, "trials": [each.model_dump(mode="json") for each in trials]}
    return parse(raw)


def _notice(name: str, decision: Decision) -> Notice:
    group = {"experiment": name}
    phase = Phase.FIRING
    return Notice(
        id=notice_id(rule=RULE, group=group, since=decision.at, phase=phase, number=0),
        phase=phase,
        rule=RULE,
        severity=Severity.TICKET,
        group=group,
        title=f"Experiment {name} was rolled back",
        summary=f"{decision.why}. By {decision.who}; the policy before it is served again.",
        since=decision.at,
        at=decision.at,
        change=Blamed(kind="experiment", name=name, at=decision.at),
    )
