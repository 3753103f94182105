"""Counts the stream's reports into the minute cells of their shard, each exactly once.

A batch becomes a plan, the plan is written down under the batch's last position if the shard's last
plan is still the one we know, and then carried out. So a batch happens wholly or not at all,
whatever fails in between and whoever goes on; replays find their position passed. A batch costs one
write of the plan, at most one per session in it, and at most one per cell and minute that it tells
of.

One batch of a shard at a time: its event source mapping must keep the parallelisation factor at 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adaptive.errors import UnavailableError
from adaptive.monitoring.draft import Draft, Drafting
from adaptive.monitoring.execution import carry_out
from adaptive.monitoring.plan import Plan
from adaptive.monitoring.tally import Verdict
from adaptive.ports import Versioned, Write

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adaptive.delivery.ledger import Record
    from adaptive.ports import DeadLetters, Key, VersionedStore
    from adaptive.settings import RollUpSettings

_ATTEMPTS = 5
_PLANS = "plan"


@dataclass(slots=True)
class Outcome:
    """What became of a batch; `failed` are sequence numbers to deliver again."""

    verdicts: dict[Verdict, int] = field(default_factory=lambda: dict.fromkeys(Verdict, 0))
    buried: int = 0
    failed: list[int] = field(default_factory=list)


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
        refusals = 0
        while True:
            head = self._head(shard)
            if head is not None:
                rest[:] = [record for record in rest if record.position > head.version]
            if not rest:
                return
            draft = drafting.draft(rest)
            if not draft.is_empty:
                if not self._commit(shard, draft, head):
                    refusals += 1
                    if refusals == _ATTEMPTS:
                        raise UnavailableError(f"other workers won {_ATTEMPTS} times over a shard")
                    continue
                self._carry_out(draft.plan, draft.seen)
                self.done[shard] = draft.plan.position
            outcome.buried += draft.buried
            for verdict in draft.verdicts:
                outcome.verdicts[verdict] += 1
            del rest[: draft.length]

    def _head(self, shard: int) -> Versioned | None:
        """The shard's last plan, carried out."""
        key = (_PLANS, str(shard))
        head = self.tallies.read([key]).get(key)
        if head is None:
            # The first batch of a new shard: its sessions' last records may be in a plan of the
            # shard that was split or merged, whose worker never came back.
            for (_, other), plan in self.tallies.read_partition(_PLANS).items():
                self._finish(int(other), plan)
        else:
            self._finish(shard, head)
        return head

    def _finish(self, shard: int, head: Versioned) -> None:
        if self.done.get(shard) != head.version:
            self._carry_out(Plan.decode(head.body), None)
            self.done[shard] = head.version

    def _carry_out(self, plan: Plan, seen: Mapping[Key, Versioned] | None) -> None:
        kept_s = self.settings.outcome_ttl_s
        carry_out(plan, self.cells, self.tallies, seen=seen, outcomes_kept_s=kept_s)

    def _commit(self, shard: int, draft: Draft, head: Versioned | None) -> bool:
        plan = draft.plan
        write = Write(
            (_PLANS, str(shard)),
            Versioned(draft.body, plan.position),
            replacing=head.version if head else None,
            expires_at_s=plan.expires_at_s,
        )
        return not self.tallies.write([write])
