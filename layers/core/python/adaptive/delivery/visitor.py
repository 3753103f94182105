"""A returning visitor keeps his arms, if he agreed to being recognised.

His id stays in his browser: it is on no record, in no item and in no log. The ids of his sessions
are drawn until their arms are his. So whoever judges goes on recomputing arms from sessions, and
nothing that is kept tells that two sessions were one visitor's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, NewType

from adaptive.delivery.assignment import is_control
from adaptive.delivery.beacon import Beacon
from adaptive.delivery.policy import Policy
from adaptive.delivery.session import SessionId, mint, recognise
from adaptive.delivery.trial import arms_of

VisitorId = NewType("VisitorId", SessionId)
"""Of the shape of a session's, and drawn into arms alike."""

_MOST_DRAWS = 4_000
"""Some ten milliseconds, once in a session; for arms so rare, the holdout alone is kept."""


class Ids(NamedTuple):
    """`is_returning`: the session is new, and its arms are those that its visitor had before."""

    session: SessionId
    visitor: VisitorId | None = None
    is_returning: bool = False


@dataclass(frozen=True, slots=True)
class Draw:
    """What arms are drawn by; `entropy` is secrets.token_bytes outside tests."""

    policy: Policy
    salt: str
    entropy: Callable[[int], bytes]

    def ids(self, session: str | None, visitor: str | None, *, agreed: bool) -> Ids:
        """The session's id and, only of who agreed, the visitor's, by what his cookies carry.

        What is known of the two stays; what is new is drawn like the other.
        """
        session_id = recognise(session)
        if not agreed:
            return Ids(session_id or mint(self.entropy))
        known = recognise(visitor)
        is_returning = session_id is None and known is not None
        if session_id is None:
            session_id = self._like(known) if known else mint(self.entropy)
        return Ids(session_id, VisitorId(known or self._like(session_id)), is_returning)

    def _like(self, other: SessionId) -> SessionId:
        """A new id with the other's arms."""
        held_out, arms = self._is_held_out(other), arms_of(other, self.policy.trials)
        nearest = None
        for _ in range(_MOST_DRAWS):
            drawn = mint(self.entropy)
            if self._is_held_out(drawn) is not held_out:
                continue
            # The holdout is in no trial.
            if held_out or arms_of(drawn, self.policy.trials) == arms:
                return drawn
            nearest = nearest or drawn
        return nearest or mint(self.entropy)

    def _is_held_out(self, each: SessionId) -> bool:
        return is_control(each, share=self.policy.holdout_share, salt=self.salt)


def agreed(beacons: Sequence[Beacon]) -> bool:
    """Whether the visitor said yes, in so many words: that a site does not ask is none."""
    return all(each.consent == "granted" for each in beacons)
