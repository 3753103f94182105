"""What a batch would change: reads and folds, but writes nothing except dead letters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adaptive.errors import UnavailableError
from adaptive.monitoring import report
from adaptive.monitoring.counting import Groups
from adaptive.monitoring.plan import Plan, tally_key
from adaptive.monitoring.report import Report
from adaptive.monitoring.standards import STANDARDS, standards_of
from adaptive.monitoring.tally import Judging, Tally, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adaptive.delivery.ledger import Record
    from adaptive.ports import DeadLetters, Key, Versioned, VersionedStore
    from adaptive.settings.monitoring import RollUpSettings

LATE_AFTER_MINUTES = 24 * 60
"""A report that the stream took longer than this after its receipt counts nowhere: the minutes it
belongs to may be merged for good."""

_LARGEST_PLAN = 350_000  # bytes; DynamoDB takes items of 400 KB


@dataclass(frozen=True, slots=True)
class Draft:
    """A plan for the first `length` records, as bytes too, and the tallies that it builds on."""

    plan: Plan
    body: bytes
    length: int
    buried: int
    seen: dict[Key, Versioned]
    verdicts: list[Verdict]

    @property
    def is_empty(self) -> bool:
        """Whether it would change nothing."""
        return not (self.plan.groups or self.plan.tallies)


_Entries = list[tuple["Record", Report | None]]


@dataclass(frozen=True, slots=True)
class Drafting:
    """What it takes to plan."""

    settings: RollUpSettings
    tallies: VersionedStore
    dead_letters: DeadLetters

    def draft(self, records: Sequence[Record]) -> Draft:
        """Of as many records, in order, as fit into one plan; raises UnavailableError if that is
        none.
        """
        entries, buried = self._entries(records)
        sessions = {each.session_id for _, each in entries if each is not None}
        keys = [STANDARDS, *[tally_key(session) for session in sessions]]
        seen = self.tallies.read(keys) if sessions else {}
        while True:
            draft = self._fold(entries, seen, buried)
            if len(draft.body) <= _LARGEST_PLAN or len(entries) == 1:
                return draft
            del entries[(len(entries) + 1) // 2 :]

    def _entries(self, records: Sequence[Record]) -> tuple[_Entries, int]:
        """Each record with its report, None where nothing is to be counted; ends before one that
        can be neither read nor buried.
        """
        entries: _Entries = []
        buried = 0
        lists = self.settings.lists
        for record in records:
            try:
                entries.append((record, report.read(record.data, lists)))
            except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
                try:
                    self.dead_letters.bury(
                        record.data,
                        record_id=str(record.sequence),
                        reason=f"{type(error).__name__}: {error}",
                    )
                except UnavailableError:
                    if not entries:
                        raise
                    break
                entries.append((record, None))
                buried += 1
        return entries, buried

    def _fold(self, entries: _Entries, seen: dict[Key, Versioned], buried: int) -> Draft:
        groups = Groups()
        tallies: dict[str, Tally] = {}
        changed: dict[str, Tally] = {}
        verdicts: list[Verdict] = []
        newest_s = 0.0
        judging = self._judging(seen.get(STANDARDS))
        for record, each in entries:
            if each is None:
                continue
            newest_s = max(newest_s, record.arrived_at_s, each.minute * 60)
            if record.arrived_at_s > (each.minute + LATE_AFTER_MINUTES) * 60:
                verdicts.append(Verdict.LATE)
                continue
            session = each.session_id
            tally = tallies.get(session)
            if tally is None:
                stored = seen.get(tally_key(session))
                tally = tallies[session] = Tally.load(stored.body) if stored else Tally()
            verdict = tally.fold(each, arm=self._arm(each), groups=groups, judging=judging)
            verdicts.append(verdict)
            if verdict is Verdict.NEW or verdict is Verdict.NEWER:
                changed[session] = tally
        for tally in changed.values():
            tally.settle(groups, judging)
        plan = Plan(
            shard=entries[-1][0].shard,
            position=entries[-1][0].position,
            newest_s=int(newest_s),
            groups=groups.dump(),
            tallies={session: tally.encode() for session, tally in changed.items()},
        )
        return Draft(plan, plan.encode(), len(entries), buried, seen, verdicts)

    def _judging(self, stored: Versioned | None) -> Judging:
        rules = self.settings.experience
        return Judging(rules, standards_of(rules, stored.body if stored else None))

    def _arm(self, each: Report) -> str:
        settings = self.settings
        return report.arm_of(each, share=settings.holdout_share, salt=settings.holdout_salt)
