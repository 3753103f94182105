"""What a batch adds to minutes, and what of it is a session's.

A session is in the rollups once, as it was last told: what changes of it is taken out and put in
again.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from adaptive.monitoring import vital
from adaptive.monitoring.rollup import Field
from adaptive.monitoring.vital import INDEX

if TYPE_CHECKING:
    from adaptive.monitoring.experience import Experience
    from adaptive.monitoring.outcome import Outcome

_UXI, _SCORE = INDEX["uxi"], INDEX["score"]
_BOUNCED = int(Field.BOUNCED)
_PERFORMANCE, _ENGAGEMENT, _CALM = map(int, (Field.PERFORMANCE, Field.ENGAGEMENT, Field.CALM))


@dataclass(slots=True)
class Group:
    """What a batch adds to a minute for the views of the same dimensions; see Rollup."""

    plus: list[int]
    minus: list[int]
    fields: list[int]


class Groups(dict[tuple[int, str], Group]):
    """By minute and dimensions (see Dimensions.read)."""

    def __missing__(self, key: tuple[int, str]) -> Group:
        made = self[key] = Group([], [], [0] * len(Field))
        return made

    def dump(self) -> list[list[Any]]:
        """[minute, dimensions, plus, minus, fields] each, less those that nothing came to."""
        return [
            [minute, dimensions.split(","), group.plus, group.minus, group.fields]
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
        group.fields[_BOUNCED] += now.bounced - before.bounced
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
        fields[_PERFORMANCE] += sign * told.performance
        fields[_ENGAGEMENT] += sign * told.engagement
        fields[_CALM] += sign * told.calm


@cache
def _code(index: int, points: int) -> int:
    return vital.code_of(index, points)
