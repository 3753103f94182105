"""One session: its last views, what its score is made of, and what each tier promises it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adaptive.delivery.assignment import is_control
from adaptive.delivery.explanation import explain
from adaptive.delivery.session import recognise
from adaptive.delivery.trial import arms_of
from adaptive.edge.policy import CONTROL
from adaptive.errors import QueryError
from adaptive.monitoring.dimension import TREATMENT
from adaptive.monitoring.query.answer import Visit

if TYPE_CHECKING:
    from adaptive.delivery.policy import Policy
    from adaptive.delivery.policy_book import PolicyBook
    from adaptive.delivery.session import SessionState
    from adaptive.monitoring.query.reply import Desk, Reply
    from adaptive.ports import SessionStore

_NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class Visits:
    """`initial` is the policy until one is put; `holdout_salt` says who is control."""

    desk: Desk
    sessions: SessionStore[SessionState]
    book: PolicyBook
    initial: Policy
    holdout_salt: str

    def of(self, session: str) -> Reply:
        """By the policy as it is now; raises QueryError if there is no such session,
        UnavailableError.
        """
        session_id = recognise(session)
        stored = self.sessions.get(session_id) if session_id else None
        if session_id is None or stored is None:
            raise QueryError("there is no such session", field="session", status=_NOT_FOUND)
        current = self.book.current()
        policy = current.policy if current else self.initial
        control = is_control(session_id, share=policy.holdout_share, salt=self.holdout_salt)
        data = Visit(
            session=session_id,
            arm=CONTROL if control else TREATMENT,
            trials={} if control else dict(arms_of(session_id, policy.trials)),
            policy=policy.version,
            kill=policy.kill,
            seen=stored.state.seen,
            explanation=explain(stored.state, policy.of(session_id)),
        )
        return self.desk.reply(data, samples=stored.state.seen, units=1, end=self.desk.minute)
