"""Silences as people order them: each is in the change log, with who and why."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import ValidationError

from adaptive.delivery.changes import Change
from adaptive.errors import QueryError
from adaptive.monitoring.silence import Silence

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from adaptive.delivery.changes import ChangeLog
    from adaptive.monitoring.alerts_store import AlertsStore
    from adaptive.monitoring.silence import Kind

_NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class Silencing:
    """Raises UnavailableError if a table does not answer."""

    alerts: AlertsStore
    changes: ChangeLog

    def begin(  # noqa: PLR0913 - what a silence is made of
        self,
        kind: Kind,
        *,
        rule: str,
        group: Mapping[str, str],
        hours: float,
        who: str,
        why: str,
        at: datetime,
    ) -> Silence:
        """From now on; raises QueryError for what cannot be silenced so."""
        try:
            made = Silence(
                id=uuid.uuid4().hex[:8],
                kind=kind,
                rule=rule,
                group=dict(group),
                starts_at=at,
                ends_at=at + timedelta(hours=hours),
                who=who,
                why=why,
            )
        except ValidationError as error:
            first = error.errors()[0]
            field = str(first["loc"][0]) if first["loc"] else "hours"
            raise QueryError(f"{field}: {first['msg']}", field=field) from error
        self.alerts.silence(made)
        self._log(made, who=who, why=why, at=at)
        return made

    def end(self, silence_id: str, *, who: str, why: str, at: datetime) -> Silence:
        """Now; raises QueryError if none of that id is in force."""
        for old in self.alerts.silences():
            if old.id == silence_id and old.starts_at <= at < old.ends_at:
                ended = old.model_copy(update={"ends_at": at})
                self.alerts.silence(ended)
                self._log(ended, who=who, why=f"ended: {why}"[:200], at=at)
                return ended
        raise QueryError(f"no silence {silence_id} is in force", field="id", status=_NOT_FOUND)

    def _log(self, made: Silence, *, who: str, why: str, at: datetime) -> None:
        name = made.rule.replace("*", "any")
        self.changes.append(Change(kind=made.kind, name=name, who=who, why=why, at=at))
