"""What every answer has in common."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from adaptive.errors import QueryError
from adaptive.monitoring.merging import FINAL_AFTER_MINUTES
from adaptive.monitoring.query.answer import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from adaptive.monitoring.query.reading import Found, Reading, Steps
    from adaptive.monitoring.query.scope import Group, Scope

MOST_GROUPS = 200
"""That one answer shows; a ranking goes on by cursor."""


@dataclass(frozen=True, slots=True)
class Reply:
    """`units` is what reading cost; an answer that is `settled` will never be another."""

    answer: Answer[Any]
    units: float
    settled: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """Where questions are asked; `now` gives seconds since the epoch."""

    reading: Reading
    now: Callable[[], float]

    @property
    def minute(self) -> int:
        """The one that goes on."""
        return int(self.now() // 60)

    def reply(
        self, data: object, *, samples: int, units: float, end: int, following: str | None = None
    ) -> Reply:
        """With what is known of how fresh it is; `end` is the last minute asked about."""
        now = self.minute
        fresh_at, cost = self.reading.fresh_at(now)
        answer = Answer.model_construct(
            data=data,
            samples=samples,
            fresh_at=None if fresh_at is None else instant(fresh_at),
            next=following,
        )
        return Reply(answer, units + cost, settled=end <= now - FINAL_AFTER_MINUTES)


def instant(minute: int) -> datetime:
    """Of a minute's begin."""
    return datetime.fromtimestamp(minute * 60, UTC)


def named(scope: Scope, group: Group) -> dict[str, str]:
    """Dimension -> value."""
    return dict(zip(scope.by, group, strict=True))


def in_order(found: Found) -> list[tuple[Group, Steps]]:
    """Groups by name; raises QueryError if they are more than an answer shows."""
    if len(found.groups) > MOST_GROUPS:
        raise QueryError(
            f"{len(found.groups)} groups are more than {MOST_GROUPS}: filter, or ask /api/top",
            field="by",
        )
    return sorted(found.groups.items())
