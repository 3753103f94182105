"""Counts the stream's reports into the minute cells of their shard, each exactly once.

By plans (`adaptive.monitoring.shard_plans`): a batch costs one write of its plan, at most one per
session in it, and at most one per cell and minute that it tells of.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adaptive.errors import UnavailableError
from adaptive.monitoring.draft import Draft, Drafting
from adaptive.monitoring.execution import carry_out
from adaptive.monitoring.plan import Plan
from adaptive.monitoring.shard_plans import ShardPlans, Step
from adaptive.monitoring.tally import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adaptive.delivery.ledger import Record
    from adaptive.ports import DeadLetters, Key, Versioned, VersionedStore
    from adaptive.settings.monitoring import RollUpSettings


@dataclass(slots=True)
class Outcome:
    """What became of a batch; `failed` are sequence numbers to deliver again."""

    verdicts: dict[Verdict, int] = field(default_factory=lambda: dict.fromkeys(Verdict, 0))
    buried: int = 0
    failed: list[int] = field(default_factory=list)

    def count(self, draft: Draft) -> None:
        """What was done."""
        self.buried += draft.buried
        for verdict in Verdict:
            self.verdicts[verdict] += draft.verdicts.count(verdict)


@dataclass(frozen=True, slots=True)
class Roller:
    """`roll_up`, less Lambda. `done` is the position of each shard's last plan known to be done."""

    settings: RollUpSettings
    cells: VersionedStore
    tallies: VersionedStore
    dead_letters: DeadLetters
    done: dict[int, int] = field(default_factory=dict)

    def post(self, records: Sequence[Record]) -> Outcome:
        """Count a batch: what fails, and all after it in its shard, is to be delivered again."""
        outcome = Outcome()
        for shard in dict.fromkeys(record.shard for record in records):
            rest = [record for record in records if record.shard == shard]
            try:
                self._post(shard, rest, outcome)
            except UnavailableError:
                outcome.failed += (record.sequence for record in rest)
        return outcome

    def _post(self, shard: int, rest: list[Record], outcome: Outcome) -> None:
        """`rest` loses what is done with."""
        drafting = Drafting(self.settings, self.tallies, self.dead_letters)

        def next_step(records: Sequence[Record]) -> Step:
            draft = drafting.draft(records)
            return Step(
                length=draft.length,
                position=draft.plan.position,
                body=None if draft.is_empty else draft.body,
                expires_at_s=draft.plan.expires_at_s,
                carry_out=lambda: self._carry_out(draft.plan, draft.seen),
                settled=lambda: outcome.count(draft),
            )

        ShardPlans(
            self.tallies, lambda head: self._carry_out(Plan.decode(head.body), None), self.done
        ).follow(shard, rest, next_step)

    def _carry_out(self, plan: Plan, seen: Mapping[Key, Versioned] | None) -> None:
        kept_s = self.settings.outcome_ttl_s
        carry_out(plan, self.cells, self.tallies, seen=seen, outcomes_kept_s=kept_s)
