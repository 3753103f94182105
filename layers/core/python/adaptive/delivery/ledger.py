"""Folds records of the stream into sessions, each exactly once.

Kinesis delivers at least once and in order per shard. A record is folded only if its position is
above the stored one, and a write succeeds only if the stored one has not moved: replaying any
batch, any number of times, changes nothing. A record that cannot be parsed is buried with its
reason and never holds up the rest; only faults of the infrastructure are retried. Bots have no
session, and a beacon without one, for want of consent, leaves no trace here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from adaptive.delivery import tier
from adaptive.delivery.session import Arrival, SessionId, SessionState, expires_at_s
from adaptive.delivery.tier import Told
from adaptive.errors import UnavailableError
from adaptive.ports import DeadLetters, SessionStore, Stored
from adaptive.settings.delivery import ScoreSettings
from adaptive.settings.rules import ScoreRules

CONSUMER = "score"
_ATTEMPTS = 5


_SEQUENCES = 10**64
"""Above Kinesis's sequence numbers, which have 56 digits."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the stream; sequence numbers ascend within a shard.

    `arrived_at_s` is when the stream took it, in seconds since the epoch.
    """

    sequence: int
    data: bytes
    shard: int = 0
    arrived_at_s: float = 0

    @property
    def position(self) -> int:
        """Ascends for a partition key even when its shard is split or merged: Kinesis numbers
        shards in the order it makes them, and a parent's records are all delivered before a
        child's.
        """
        return self.shard * _SEQUENCES + self.sequence


@dataclass(slots=True)
class Outcome:
    """What became of a batch; `failed` are sequence numbers to deliver again. `views` and `traces`
    are those of the records that could be read.
    """

    sessions: int = 0
    buried: int = 0
    failed: list[int] = field(default_factory=list)
    views: set[str] = field(default_factory=set)
    traces: set[str] = field(default_factory=set)


_Entries = list[tuple[Record, Arrival]]


@dataclass(frozen=True, slots=True)
class Ledger:
    """`score`, less Lambda; `rules` are those of a policy's version (None: the settings') for
    a session.
    """

    settings: ScoreSettings
    sessions: SessionStore[SessionState]
    dead_letters: DeadLetters
    rules: Callable[[int | None, SessionId], ScoreRules]

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
            if (
                arrival.session_id is not None
                and not arrival.bot
                and arrival.redriven_to in {None, CONSUMER}
            ):
                by_session.setdefault(arrival.session_id, []).append((record, arrival))
                outcome.views.add(arrival.beacon.view_id)
                if arrival.trace:
                    outcome.traces.add(arrival.trace)
        for session_id, entries in by_session.items():
            try:
                outcome.sessions += self._settle(session_id, entries)
            except UnavailableError:
                outcome.failed += (record.sequence for record, _ in entries)
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
            fresh = [
                (record, arrival)
                for record, arrival in entries
                if stored is None or record.position > stored.sequence
            ]
            if not fresh:
                return False
            state = tier.follow_all(
                stored.state if stored else SessionState(),
                [
                    Told(each.beacon, self.rules(each.policy, session_id), each.prior)
                    for _, each in fresh
                ],
            )
            record, last = fresh[-1]
            if self.sessions.put(
                session_id,
                Stored(state, record.position),
                replacing=stored,
                expires_at_s=expires_at_s(last.received_at, kept_s=self.settings.session_ttl_s),
            ):
                return True
        raise UnavailableError(f"other writers won {_ATTEMPTS} times over one session")
