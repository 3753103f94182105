"""What a batch adds to minutes, and what of it is a session's.

A session is in the rollups once, as it was last told: what changes of it is taken out and put in
again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from adaptive.monitoring import vital
from adaptive.monitoring.rollup import Field
from adaptive.monitoring.vital import INDEX

if TYPE_CHECKING:
    from adaptive.monitoring.dimension import Dimensions
    from adaptive.monitoring.experience import Experience
    from adaptive.monitoring.outcome import Outcome

_UXI, _SCORE = INDEX["uxi"], INDEX["score"]


@dataclass(slots=True)
class Group:
    """What a batch adds to a minute for the views of the same dimensions; see Rollup."""

    plus: list[int] = field(default_factory=list)
    minus: list[int] = field(default_factory=list)
    fields: list[int] = field(default_factory=lambda: [0] * len(Field))


class Groups(dict[tuple[int, "Dimensions"], Group]):
    """By minute and dimensions."""

    def __missing__(self, key: tuple[int, Dimensions]) -> Group:
        made = self[key] = Group()
        return made

    def dump(self) -> list[list[Any]]:
        """[minute, dimensions, plus, minus, fields] each, less those that nothing came to."""
        return [
            [minute, list(dimensions), group.plus, group.minus, group.fields]
            for (minute, dimensions), group in self.items()
            if group.plus or group.minus or any(group.fields)
        ]


class Counted(NamedTuple):
    """What rollups have of a session."""

    bounced: bool
    score: int | None
    experience: Experience | None


NOTHING = Counted(bounced=False, score=None, experience=None)


def of(outcome: Outcome) -> Counted:
    """What rollups should have of it."""
    return Counted(outcome.bounced, outcome.score, outcome.experience)


def correct(outcome: Outcome, before: Counted, groups: Groups) -> Counted:
    """Count what it is now in place of what it was."""
    now = of(outcome)
    if now != before:
        group = groups[outcome.first, outcome.dimensions]
        group.fields[Field.BOUNCED] += now.bounced - before.bounced
        _put(before.score, before.experience, group.minus, group.fields, -1)
        _put(now.score, now.experience, group.plus, group.fields, 1)
    return now


def _put(
    score: int | None, told: Experience | None, codes: list[int], fields: list[int], sign: int
) -> None:
    if score is not None:
        codes.append(_code(_SCORE, score))
    if told is not None:
        codes.append(_code(_UXI, told.uxi))
        fields[Field.PERFORMANCE] += sign * told.performance
        fields[Field.ENGAGEMENT] += sign * told.engagement
        fields[Field.CALM] += sign * told.calm


@cache
def _code(index: int, points: int) -> int:
    return vital.code_of(index, points)
