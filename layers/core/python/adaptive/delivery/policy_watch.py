"""The policy as functions see it: `ingest` the one in force, `score` the one that was.

`ingest` decides by what it read at most ten seconds ago and writes the version on every beacon;
`score` decides by that very version, whose item never changes. So both agree whatever is put in
between, and replays find what they found before. Whoever cannot read a policy goes on with the
last good one and says so.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from adaptive.delivery import policy
from adaptive.delivery.policy import Policy
from adaptive.delivery.policy_book import CURRENT, PolicyBook
from adaptive.delivery.session import SessionId
from adaptive.errors import AdaptiveError, PolicyError, UnavailableError
from adaptive.ports import VersionedStore
from adaptive.settings.rules import ScoreRules

FRESH_S = 10

Tell = Callable[[AdaptiveError], None]
"""Somebody ought to know; the caller goes on."""


@dataclass(slots=True)
class PolicyWatch:
    """`clock` is seconds of a clock that never goes back; `initial` holds while there is no other.

    A function that has just started and cannot read the policy in force takes the newest that it
    can, or, if the table does not answer, the initial one.
    """

    store: VersionedStore
    initial: Policy
    clock: Callable[[], float]
    tell: Tell
    _good: Policy | None = None
    _ask_at: float = field(default=float("-inf"))

    def serving(self) -> Policy:
        """The policy to decide by; never raises."""
        now = self.clock()
        if now >= self._ask_at:
            self._ask_at = now + FRESH_S
            try:
                self._good = self._read()
            except UnavailableError as error:
                self.tell(error)
        return self._good or self.initial

    def _read(self) -> Policy:
        item = self.store.read([CURRENT]).get(CURRENT)
        if item is None:
            return self.initial
        if self._good and self._good.version == item.version:
            return self._good
        try:
            return policy.read(item.body).policy
        except PolicyError as error:
            self.tell(error)
        if self._good:
            return self._good
        readable = PolicyBook(self.store).history()
        return readable[0].policy if readable else self.initial


@dataclass(frozen=True, slots=True)
class PolicyArchive:
    """The rules by which beacons were decided, by the policy's version."""

    store: VersionedStore
    initial: ScoreRules
    tell: Tell
    _known: dict[int, Policy | None] = field(default_factory=dict)

    def rules(self, version: int | None, session_id: SessionId) -> ScoreRules:
        """What held for a session. Of version None or 0, `site.toml`'s, and so for one that cannot
        be read; raises UnavailableError.
        """
        known = self.policy(version)
        return known.of(session_id) if known else self.initial

    def policy(self, version: int | None) -> Policy | None:
        """None where `site.toml` held; raises UnavailableError."""
        if not version:
            return None
        if version not in self._known:
            try:
                self._known[version] = PolicyBook(self.store).at(version).policy
            except PolicyError as error:
                self.tell(error)
                self._known[version] = None
        return self._known[version]
