"""The policy now and before, and operators' changes of it: each with who and why."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from adaptive.delivery import policy
from adaptive.errors import ConflictError, QueryError
from adaptive.monitoring.query import cursor
from adaptive.monitoring.query.answer import Difference, PolicyNow, PolicyVersion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adaptive.delivery.policy import Enacted, Policy
    from adaptive.delivery.policy_book import PolicyBook
    from adaptive.edge.policy import Tier
    from adaptive.monitoring.query.reply import Desk, Reply

_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Operating:
    """`initial` is version 0, which holds until another is put."""

    desk: Desk
    book: PolicyBook
    initial: Policy

    def now(self, *, limit: int, following: str | None) -> Reply:
        """What is in force, and the versions that were; raises PolicyError, QueryError,
        UnavailableError.
        """
        offset = cursor.read(following, question="policy")[1] if following is not None else 0
        current = self.book.current()
        kept = self.book.history()
        before = [*(each.policy for each in kept[1:]), self.initial]
        told = [_version(*pair) for pair in zip(kept, before, strict=False)]
        end = offset + limit
        data = PolicyNow(
            version=current.policy.version if current else 0,
            policy=_plain(current.policy if current else self.initial),
            history=told[offset:end],
        )
        return self.desk.reply(
            data,
            samples=len(kept),
            units=0,
            end=self.desk.minute,
            following=cursor.write(minute=self.desk.minute, offset=end, question="policy")
            if end < len(kept)
            else None,
        )

    def change(
        self, changes: Mapping[str, Any], *, replacing: int, who: str, why: str
    ) -> PolicyVersion:
        """Put in force what differs from version `replacing`, sections key by key.

        Raises PolicyError, ConflictError, UnavailableError.
        """
        if "version" in changes:
            raise QueryError("is counted, not set", field="version")
        return self._put(changes, replacing=replacing, who=who, why=why)

    def pin(self, tier: Tier | None, *, who: str, why: str) -> PolicyVersion:
        """Give everybody who is adapted to this tier; None ends that: the tiers and the default are
        then those that held before.
        """
        if tier is not None:
            return self._at_once({"tiers_on": [tier], "default_tier": tier}, who=who, why=why)
        for before in (*(each.policy for each in self.book.history()), self.initial):
            if len(before.tiers_on) > 1:
                free = {"tiers_on": [*before.tiers_on], "default_tier": before.default_tier}
                return self._at_once(free, who=who, why=why)
        raise ConflictError("there never was more than one tier: change the policy instead")

    def kill(self, *, kill: bool, who: str, why: str) -> PolicyVersion:
        """Give everybody originals, or no longer, whatever version is in force."""
        return self._at_once({"kill": kill}, who=who, why=why)

    def _at_once(self, changes: Mapping[str, Any], *, who: str, why: str) -> PolicyVersion:
        for _ in range(_ATTEMPTS - 1):
            with suppress(ConflictError):  # an experiment may change the policy meanwhile
                return self._put(changes, replacing=self.book.version, who=who, why=why)
        return self._put(changes, replacing=self.book.version, who=who, why=why)

    def _put(
        self, changes: Mapping[str, Any], *, replacing: int, who: str, why: str
    ) -> PolicyVersion:
        base = self.book.at(replacing).policy if replacing else self.initial
        draft = policy.parse(_merged(_plain(base), changes))
        at = datetime.fromtimestamp(self.desk.now(), UTC)
        new = self.book.put(draft, replacing=replacing, who=who, why=why, at=at)
        return _version(new, base)


def _version(kept: Enacted, before: Policy) -> PolicyVersion:
    return PolicyVersion(
        version=kept.policy.version,
        who=kept.who,
        why=kept.why,
        at=kept.at,
        changes=[
            Difference(key=key, before=was, after=value)
            for key, was, value in policy.differences(before, kept.policy)
        ],
    )


def _plain(found: Policy) -> dict[str, Any]:
    return found.model_dump(mode="json", exclude={"version"})


def _merged(base: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    for key, value in changes.items():
        below = base.get(key)
        both = isinstance(below, dict) and isinstance(value, dict)
        base[key] = {**below, **value} if both else value  # type: ignore[dict-item]
    return base
