"""The change log: who changed what, when and why. Markers on charts, and what an alert may blame.

Kept for ever, by month. Appending the same change again keeps one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints, ValidationError

from adaptive.ports import NEVER_S, Key, Versioned, VersionedStore, Write

Kind = Literal[
    "release", "policy", "experiment", "maintenance", "silence", "acknowledgement", "anomaly"
]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:/+-]{1,64}$")]
Who = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f-\x9f]{1,64}$")]
Why = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f-\x9f]{1,200}$")]

_TICK = timedelta(microseconds=1)


class Change(BaseModel):
    """One thing that somebody, or something, did: `name` says to what, of its kind."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    name: Name
    who: Who
    why: Why
    at: AwareDatetime


@dataclass(frozen=True, slots=True)
class ChangeLog:
    """In the Operations table; methods raise UnavailableError if that does not answer."""

    store: VersionedStore

    def append(self, change: Change) -> Change:
        """The entry as it stands in the log: another of this very kind, name and microsecond makes
        it a microsecond later.
        """
        while True:
            body = change.model_dump_json().encode()
            key = _key(change)
            if not self.store.write([Write(key, Versioned(body, 1), None, NEVER_S)]):
                return change
            if self.store.read([key])[key].body == body:
                return change
            change = change.model_copy(update={"at": change.at + _TICK})

    def between(self, start: datetime, end: datetime) -> list[Change]:
        """Oldest first, both ends included; what a later version wrote and this one cannot read is
        left out.
        """
        found = [
            change
            for month in _months(start, end)
            for item in self.store.read_partition(month).values()
            if (change := _read(item.body)) is not None and start <= change.at <= end
        ]
        return sorted(found, key=_key)


def _read(body: bytes) -> Change | None:
    try:
        return Change.model_validate_json(body)
    except ValidationError:
        return None


def _key(change: Change) -> Key:
    at = change.at.astimezone(UTC)
    instant = at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return _month(at), f"{instant}#{change.kind}#{change.name}"


def _month(at: datetime) -> str:
    return at.astimezone(UTC).strftime("changes#%Y-%m")


def _months(start: datetime, end: datetime) -> Iterator[str]:
    """The partitions of a span."""
    at = start.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while at <= end:
        yield _month(at)
        at = (at + timedelta(days=31)).replace(day=1)
