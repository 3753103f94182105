"""What was changed: markers on charts, and the audit of what operators did."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from adaptive.monitoring.query import cursor
from adaptive.monitoring.query.answer import Changed, Changes
from adaptive.monitoring.query.reply import Desk, Reply, instant

if TYPE_CHECKING:
    from adaptive.delivery.changes import ChangeLog
    from adaptive.monitoring.query.span import Period


def changes(
    desk: Desk, log: ChangeLog, period: Period, *, limit: int, following: str | None
) -> Reply:
    """Oldest first; raises QueryError, UnavailableError."""
    minute, offset = desk.minute, 0
    if following is not None:
        minute, offset = cursor.read(following, question=period)
    span = period.span(minute, whole=True)
    start, end = instant(span.start), instant(span.end)
    found = log.between(start, end - timedelta(microseconds=1))
    until = offset + limit
    shown = [Changed.model_validate(each.model_dump()) for each in found[offset:until]]
    return desk.reply(
        Changes(start=start, end=end, changes=shown),
        samples=len(found),
        units=0,
        end=span.end,
        following=cursor.write(minute=minute, offset=until, question=period)
        if until < len(found)
        else None,
    )
