"""The Alerts table: what is going on, what was told, and what shall not be.

Items: `state`/`current` is everything that goes on (see `state`); `alerts#2026-11` has what was
told of alerts that began in that month, one item each, by their beginning; `silences` has silences,
acknowledgements and maintenance windows; `slos`/`current` the error budgets, hourly. All of it is
data for the API and the command line, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from adaptive.errors import UnavailableError
from adaptive.monitoring.error_budget import ErrorBudget
from adaptive.monitoring.notice import Notice, Phase
from adaptive.monitoring.silence import Silence
from adaptive.monitoring.state import State
from adaptive.ports import NEVER_S, Versioned, VersionedStore, Write

if TYPE_CHECKING:
    from collections.abc import Iterable

    from adaptive.ports import Key

LATELY = timedelta(days=31)

_STATE = ("state", "current")
_SILENCES = "silences"
_BUDGETS = ("slos", "current")
_BUDGET_LIST = TypeAdapter(tuple[ErrorBudget, ...])
_KEPT_S = 395 * 86_400  # as long as the hours of rollups
_ATTEMPTS = 5
_ORDER = {Phase.FIRING: 0, Phase.REPEATED: 1, Phase.RESOLVED: 2}


@dataclass(frozen=True, slots=True)
class StoredState:
    """With the version to replace."""

    state: State
    version: int


@dataclass(frozen=True, slots=True)
class AlertsStore:
    """Methods raise UnavailableError if the table does not answer."""

    store: VersionedStore

    def state(self) -> StoredState | None:
        """What goes on; None before the first evaluation."""
        found = self.store.read([_STATE]).get(_STATE)
        return StoredState(State.decode(found.body), found.version) if found else None

    def replace(self, old: StoredState | None, new: State, now: int) -> bool:
        """False if another run was faster: then nothing of `new` has happened."""
        version = old.version + 1 if old else now
        write = Write(
            _STATE,
            Versioned(new.encode(), version),
            replacing=old.version if old else None,
            expires_at_s=NEVER_S,
        )
        return not self.store.write([write])

    def record(self, notices: Iterable[Notice]) -> None:
        """Keep the latest that was told of each alert; again is harmless."""
        for notice in notices:
            key = _key(notice)
            for _ in range(_ATTEMPTS):
                old = self.store.read([key]).get(key)
                if old is not None and not _is_later(notice, Notice.model_validate_json(old.body)):
                    break
                write = Write(
                    key,
                    Versioned(notice.model_dump_json().encode(), old.version + 1 if old else 1),
                    replacing=old.version if old else None,
                    expires_at_s=int(notice.since.timestamp()) + _KEPT_S,
                )
                if not self.store.write([write]):
                    break
            else:
                raise UnavailableError(f"other workers won {_ATTEMPTS} times over an alert")

    def told(self, month: datetime) -> list[Notice]:
        """The latest notice of each alert that began in that month of UTC, oldest first."""
        return self._told(_month(month))

    def told_lately(self, now: datetime) -> list[Notice]:
        """Of those that began in the last LATELY: on the first of a month, too."""
        months = dict.fromkeys(_month(now - LATELY * part) for part in (1, 0.5, 0))
        found = [each for month in months for each in self._told(month)]
        return [each for each in found if each.since >= now - LATELY]

    def _told(self, partition: str) -> list[Notice]:
        items = self.store.read_partition(partition)
        return [Notice.model_validate_json(items[key].body) for key in sorted(items)]

    def keep_budgets(self, budgets: tuple[ErrorBudget, ...]) -> None:
        """Replace what is known of the SLOs; whoever is faster knows the same."""
        old = self.store.read([_BUDGETS]).get(_BUDGETS)
        body = _BUDGET_LIST.dump_json(budgets)
        new = Versioned(body, old.version + 1 if old else 1)
        self.store.write([Write(_BUDGETS, new, old.version if old else None, NEVER_S)])

    def budgets(self) -> tuple[ErrorBudget, ...]:
        """Of every SLO, as of the last full hour; none before the first."""
        found = self.store.read([_BUDGETS]).get(_BUDGETS)
        return _BUDGET_LIST.validate_json(found.body) if found else ()

    def silences(self) -> list[Silence]:
        """All that are kept, those that are over, too; what cannot be read is left out."""
        found = []
        for item in self.store.read_partition(_SILENCES).values():
            try:
                found.append(Silence.model_validate_json(item.body))
            except ValidationError:
                continue
        return sorted(found, key=lambda each: (each.starts_at, each.id))

    def silence(self, silence: Silence) -> None:
        """Put or replace the one with this id."""
        key = (_SILENCES, silence.id)
        for _ in range(_ATTEMPTS):
            old = self.store.read([key]).get(key)
            write = Write(
                key,
                Versioned(silence.model_dump_json().encode(), old.version + 1 if old else 1),
                replacing=old.version if old else None,
                expires_at_s=int(silence.ends_at.timestamp()) + 30 * 86_400,
            )
            if not self.store.write([write]):
                return
        raise UnavailableError(f"other workers won {_ATTEMPTS} times over a silence")


def _is_later(notice: Notice, known: Notice) -> bool:
    return (notice.at, _ORDER[notice.phase]) > (known.at, _ORDER[known.phase])


def _key(notice: Notice) -> Key:
    since = notice.since.astimezone(UTC)
    return _month(since), f"{since:%Y-%m-%dT%H:%M}#{notice.alert_id}"


def _month(at: datetime) -> str:
    return f"{at.astimezone(UTC):alerts#%Y-%m}"
