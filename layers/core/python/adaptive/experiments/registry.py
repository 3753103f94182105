"""Where experiments stand, and what was decided of each, in the Experiments table.

An experiment is one item. Writing it with a decision is the commit; what follows from the decision
(see `consequences`) is done after that, by whoever comes next if it has to be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError

from adaptive.errors import ConflictError
from adaptive.experiments.rollout import Decision, Standing
from adaptive.ports import NEVER_S, Versioned, Write

if TYPE_CHECKING:
    from adaptive.ports import Key, VersionedStore

PARTITION = "experiments"
HEARD = "heard"
"""Partition of what `record` has heard last, by shard."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A standing as it was read: `version` must still be there when it is replaced, 0 none."""

    standing: Standing
    version: int


@dataclass(frozen=True, slots=True)
class Registry:
    """Methods raise UnavailableError if the table does not answer."""

    store: VersionedStore

    def all(self) -> list[Entry]:
        """By name; what a later version of the code wrote, and this cannot read, is left out."""
        found = []
        for (_, _), item in sorted(self.store.read_partition(PARTITION).items()):
            try:
                found.append(Entry(Standing.model_validate_json(item.body), item.version))
            except ValidationError:
                continue
        return found

    def find(self, name: str) -> Entry | None:
        """One of them."""
        return next((each for each in self.all() if each.standing.experiment.name == name), None)

    def replace(self, entry: Entry, standing: Standing) -> Entry:
        """Raises ConflictError if somebody else was faster."""
        version = entry.version + 1
        body = standing.model_dump_json().encode()
        key = (PARTITION, standing.experiment.name)
        write = Write(key, Versioned(body, version), entry.version or None, NEVER_S)
        if self.store.write([write]):
            there = self.store.read([key]).get(key)
            # The SDK's second attempt meets its own first one.
            if there is None or (there.version, there.body) != (version, body):
                raise ConflictError(f"{standing.experiment.name} was changed meanwhile: look again")
        return Entry(standing, version)

    def note(self, name: str, decision: Decision) -> None:
        """Keep a decision; noting one again keeps one."""
        body = decision.model_dump_json().encode()
        self.store.write([Write(_place(name, decision), Versioned(body, 1), None, NEVER_S)])

    def decisions(self, name: str) -> list[Decision]:
        """Oldest first."""
        items = self.store.read_partition(_log(name))
        return [Decision.model_validate_json(item.body) for _, item in sorted(items.items())]

    def heard_at_s(self) -> int | None:
        """When the newest report was received that is counted, in seconds since the epoch."""
        heard = [int(item.body) for item in self.store.read_partition(HEARD).values()]
        return max(heard, default=None)


def heard(shard: int) -> Key:
    """Where `record` says how far a shard has come."""
    return HEARD, str(shard)


def _log(name: str) -> str:
    return f"log#{name}"


def _place(name: str, decision: Decision) -> Key:
    return _log(name), f"{decision.number:06}"
