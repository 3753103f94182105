"""Adds the stream's sessions up by experiment and arm, each exactly once.

By plans (`monitoring.shard_plans`), each of whose changes is guarded by its position.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adaptive.errors import UnavailableError
from adaptive.experiments import sighting
from adaptive.experiments.draft import Draft, session_key
from adaptive.experiments.felt import Feel
from adaptive.experiments.holdout import enrolments_of
from adaptive.monitoring.shard_plans import ShardPlans, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from adaptive.delivery.ledger import Record
    from adaptive.delivery.policy import Policy
    from adaptive.experiments.sighting import Sighting
    from adaptive.ports import DeadLetters, Versioned, VersionedStore
    from adaptive.settings.experiments import RecordSettings

_LARGEST_PLAN = 350_000  # bytes; DynamoDB takes items of 400 KB

_LATE_AFTER_S = 86_400
"""What the stream took longer than this after its receipt counts nowhere: a dead letter sent again
may be of a session that is forgotten."""

_Entries = list[tuple["Record", "Sighting | None"]]


@dataclass(slots=True)
class Outcome:
    """What became of a batch; `failed` are sequence numbers to deliver again."""

    sessions: int = 0
    buried: int = 0
    failed: list[int] = field(default_factory=list)

    def count(self, draft: Draft, buried: int) -> None:
        """What was done."""
        self.sessions += len(draft.courses)
        self.buried += buried


@dataclass(frozen=True, slots=True)
class Recorder:
    """`record`, less Lambda; `policy` knows every version that beacons were decided by,
    `done` is the position of each shard's last plan known to be carried out.
    """

    settings: RecordSettings
    store: VersionedStore
    dead_letters: DeadLetters
    policy: Callable[[int], Policy]
    done: dict[int, int] = field(default_factory=dict)

    @property
    def _feel(self) -> Feel:
        return Feel(self.settings.experience)

    def post(self, records: Sequence[Record]) -> Outcome:
        """Record a batch: what fails, and all after it in its shard, is to be delivered again."""
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

        def next_step(records: Sequence[Record]) -> Step:
            entries, buried = self._entries(records)
            draft, length, body = self._largest(entries)
            position = entries[length - 1][0].position
            return Step(
                length=length,
                position=position,
                body=body,
                expires_at_s=draft.expires_at_s,
                carry_out=lambda: draft.carry_out(self.store, position),
                settled=lambda: outcome.count(draft, buried),
            )

        def finish(head: Versioned) -> None:
            Draft.load(head.body, feel=self._feel).carry_out(self.store, head.version)

        ShardPlans(self.store, finish, self.done).follow(shard, rest, next_step)

    def _entries(self, records: Sequence[Record]) -> tuple[_Entries, int]:
        settings = self.settings
        entries: _Entries = []
        buried = 0
        for record in records:
            seen = None
            try:
                seen = sighting.read(
                    record.data,
                    countries=settings.countries,
                    conversions=settings.conversions,
                    currency=settings.currency,
                )
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                reason = f"{type(error).__name__}: {error}"
                letter = str(record.sequence)
                self.dead_letters.bury(record.data, record_id=letter, reason=reason)
                buried += 1
            entries.append((record, seen))
        return entries, buried

    def _largest(self, entries: _Entries) -> tuple[Draft, int, bytes]:
        """Of as many records, in order, as fit into one plan."""
        length = len(entries)
        while True:
            draft = self._draft(entries[:length])
            body = draft.encode()
            if len(body) <= _LARGEST_PLAN or length == 1:
                return draft, length, body
            length = (length + 1) // 2

    def _draft(self, entries: _Entries) -> Draft:
        sightings = [
            seen
            for record, seen in entries
            if seen is not None
            and record.arrived_at_s - seen.received_at.timestamp() <= _LATE_AFTER_S
        ]
        keys = [*dict.fromkeys(session_key(seen.session_id) for seen in sightings)]
        draft = Draft.on(
            self.store.read(keys) if keys else {},
            shard=entries[-1][0].shard,
            cap_cents=self.settings.cap_cents,
            feel=self._feel,
        )
        for seen in sightings:
            enrolments = enrolments_of(
                seen.session_id,
                self.policy(seen.policy),
                seen.received_at,
                salt=self.settings.holdout_salt,
            )
            draft.follow(seen, enrolments)
        draft.close()
        return draft
