"""Folds records of the stream into sessions, each exactly once.

Kinesis delivers at least once and in order per shard. A record is folded only if its sequence
number is above the stored one, and a write succeeds only if the stored one has not moved: replaying
any batch, any number of times, changes nothing. A record that cannot be parsed is buried with its
reason and never holds up the rest; only faults of the infrastructure are retried. Bots have no
session, and a beacon without one, for want of consent, leaves no trace here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce

from pydantic import ValidationError

from adaptive.delivery import tier
from adaptive.delivery.session import Arrival, SessionId, SessionState, expires_at_s
from adaptive.errors import UnavailableError
from adaptive.ports import DeadLetters, SessionStore, Stored
from adaptive.settings import ScoreSettings

_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the stream; sequence numbers ascend within a shard."""

    sequence: int
    data: bytes


@dataclass(slots=True)
class Outcome:
    """What became of a batch; `failed` are sequence numbers to deliver again."""

    sessions: int = 0
    buried: int = 0
    failed: list[int] = field(default_factory=list)


_Entries = list[tuple[int, Arrival]]


@dataclass(frozen=True, slots=True)
class Ledger:
    """`score`, less Lambda."""

    settings: ScoreSettings
    sessions: SessionStore[SessionState]
    dead_letters: DeadLetters

    def post(self, records: Sequence[Record]) -> Outcome:
        """Fold a batch: one read and at most one write per session in it."""
        outcome = Outcome()
        by_session: dict[SessionId, _Entries] = {}
        for record in records:
            try:
                arrival = Arrival.model_validate_json(record.data)
            except ValidationError as error:
                self._bury(record, error, outcome)
                continue
            if arrival.session_id is not None and not arrival.bot:
                entry = (record.sequence, arrival)
                by_session.setdefault(arrival.session_id, []).append(entry)
        for session_id, entries in by_session.items():
            try:
                outcome.sessions += self._settle(session_id, entries)
            except UnavailableError:
                outcome.failed += (sequence for sequence, _ in entries)
        return outcome

    def _bury(self, record: Record, error: ValidationError, outcome: Outcome) -> None:
        reason = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        try:
            self.dead_letters.bury(record.data, record_id=str(record.sequence), reason=reason)
        except UnavailableError:
            outcome.failed.append(record.sequence)
        else:
            outcome.buried += 1

    def _settle(self, session_id: SessionId, entries: _Entries) -> bool:
        for _ in range(_ATTEMPTS):
            stored = self.sessions.get(session_id)
            fresh = [entry for entry in entries if stored is None or entry[0] > stored.sequence]
            if not fresh:
                return False
            state = reduce(
                lambda state, entry: tier.follow(state, entry[1].beacon, self.settings.rules),
                fresh,
                stored.state if stored else SessionState(),
            )
            sequence, last = fresh[-1]
            if self.sessions.put(
                session_id,
                Stored(state, sequence),
                replacing=stored,
                expires_at_s=expires_at_s(last.received_at, kept_s=self.settings.session_ttl_s),
            ):
                return True
        raise UnavailableError(f"other writers won {_ATTEMPTS} times over one session")
