"""The policy's versions in the Operations table, each kept with who, why and when.

`history#N` is created once and never replaced: creating it is the commit. `current`, which `ingest`
reads, follows; if whoever put a version did not come to that, the next one finishes it first. So
the history has every version that was ever served, before it was served, and of two who replace the
same version one is told so.
"""

from dataclasses import dataclass
from datetime import datetime

from adaptive.delivery import policy
from adaptive.delivery.changes import Change, ChangeLog
from adaptive.delivery.policy import Enacted, Policy
from adaptive.errors import ConflictError, PolicyError
from adaptive.ports import NEVER_S, Key, Versioned, VersionedStore, Write

PARTITION = "policy"
CURRENT: Key = (PARTITION, "current")


def history_key(version: int) -> Key:
    """Where a version is kept; keys ascend with it."""
    return PARTITION, f"history#{version:08}"


@dataclass(frozen=True, slots=True)
class PolicyBook:
    """Methods raise UnavailableError if the table does not answer."""

    store: VersionedStore

    @property
    def version(self) -> int:
        """The one in force, readable or not; 0 if none was ever put."""
        current = self.store.read([CURRENT]).get(CURRENT)
        return current.version if current else 0

    def current(self) -> Enacted | None:
        """What is in force, None if nothing was ever put; raises PolicyError if this version of the
        code cannot read it.
        """
        item = self.store.read([CURRENT]).get(CURRENT)
        return policy.read(item.body) if item else None

    def at(self, version: int) -> Enacted:
        """One of the history; raises PolicyError if there is none, or it cannot be read."""
        key = history_key(version)
        item = self.store.read([key]).get(key)
        if item is None:
            raise PolicyError(f"there is no version {version}")
        return policy.read(item.body)

    def history(self) -> list[Enacted]:
        """Newest first; versions that this version of the code cannot read are left out."""
        items = self.store.read_partition(PARTITION)
        found = []
        for key in sorted(items.keys() - {CURRENT}, reverse=True):
            try:
                found.append(policy.read(items[key].body))
            except PolicyError:
                continue
        return found

    def put(self, draft: Policy, *, replacing: int, who: str, why: str, at: datetime) -> Enacted:
        """Put in force what is to follow version `replacing`.

        Raises PolicyError if nobody or no reason stands behind it, ConflictError if another was put
        meanwhile.
        """
        version = replacing + 1
        numbered = draft.model_copy(update={"version": version})
        new = policy.enacted(numbered, who=who, why=why, at=at)
        if (latest := self._settled()) != replacing:
            raise ConflictError(f"version {latest} is in force, not {replacing}: look again")
        key, item = history_key(version), Versioned(new.model_dump_json().encode(), version)
        if self.store.write([Write(key, item, None, NEVER_S)]):
            self._settled()
            # The SDK's second attempt meets its own first one.
            if self.store.read([key])[key].body != item.body:
                raise ConflictError(f"somebody else put version {version}: look again")
            return new
        self._serve(item)
        return new

    def _settled(self) -> int:
        """The version in force, after finishing what somebody began."""
        version = self.version
        following = history_key(version + 1)
        item = self.store.read([following]).get(following)
        if item is None:
            return version
        self._serve(item)
        return item.version

    def _serve(self, item: Versioned) -> None:
        """Put a version of the history in force, unless it is, and log it."""
        replacing = item.version - 1 or None
        self.store.write([Write(CURRENT, item, replacing, NEVER_S)])
        new = policy.read(item.body)
        name = f"v{new.policy.version}"
        ChangeLog(self.store).append(
            Change(kind="policy", name=name, who=new.who, why=new.why, at=new.at)
        )
