"""What has been counted of a session's page views, so that each counts once, as last reported.

The rules, all of them functions of the stream's order, never of the time they are applied at:
- A view is counted when its first report is received, under that report's dimensions.
- A vital belongs to the minute in which it was first reported. A later report that corrects it
  corrects that minute, up to CORRECTED_FOR_MINUTES afterwards.
- Bytes, requests, errors and conversions only grow; what comes to them counts when it is told.
- A report with a sequence that is known, or below, changes nothing: it is a duplicate, or older.
- A view not heard of for KEPT_MINUTES is forgotten, and so are a session's oldest above VIEWS_KEPT.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Self

from pydantic_core import from_json, to_json

from adaptive.monitoring.dimension import Dimensions
from adaptive.monitoring.report import UNMEASURED
from adaptive.monitoring.rollup import Field
from adaptive.monitoring.vital import VITALS

if TYPE_CHECKING:
    from adaptive.monitoring.report import Report

KEPT_MINUTES = 2 * 1_440
CORRECTED_FOR_MINUTES = 4 * 60
VIEWS_KEPT = 50

_CODE_BITS = 16
_CODE = (1 << _CODE_BITS) - 1
_GROWING = (
    (Field.BYTES, UNMEASURED, Field.MEASURED),
    (Field.REQUESTS, 0, None),
    (Field.SCRIPT_BYTES, 0, None),
    (Field.ERRORS, 0, Field.FAILING),
    (Field.CONVERSIONS, 0, None),
)
"""Sums that later reports can only raise: what each begins at, and what a view that has it counts
in once.
"""
_UNGROWN = [begins_at for _, begins_at, _ in _GROWING]


class Verdict(Enum):
    """What became of a report."""

    NEW = auto()
    NEWER = auto()
    DUPLICATE = auto()
    LATE = auto()


@dataclass(slots=True)
class Group:
    """What a batch adds to a minute for the views of the same dimensions; see Rollup."""

    plus: list[int] = field(default_factory=list)
    minus: list[int] = field(default_factory=list)
    fields: list[int] = field(default_factory=lambda: [0] * len(Field))


class Groups(dict[tuple[int, Dimensions], Group]):
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


@dataclass(slots=True)
class _View:
    """`codes` hold, above the code itself, how many minutes after `first` it was counted; `grown`
    are the highest values of _GROWING.
    """

    sequence: int
    last: int
    first: int
    dimensions: Dimensions
    hidden: bool
    grown: list[int]
    codes: list[int]


@dataclass(slots=True)
class Tally:
    """The views of one session, the one last heard of last."""

    views: dict[str, _View] = field(default_factory=dict)

    def fold(self, report: Report, *, arm: str, groups: Groups) -> Verdict:
        """Count what the report tells beyond what is known."""
        view = self.views.get(report.view_id)
        if view is None or report.minute - view.last > KEPT_MINUTES:
            if report.age_minutes > KEPT_MINUTES:
                return Verdict.LATE
            view = _begin(report, arm, groups)
            verdict = Verdict.NEW
        elif report.sequence <= view.sequence:
            return Verdict.DUPLICATE
        else:
            verdict = Verdict.NEWER
        self.views.pop(report.view_id, None)
        self.views[report.view_id] = view
        view.sequence = report.sequence
        view.last = max(view.last, report.minute)
        if not view.hidden:
            _count_vitals(view, report, groups)
        _count_growth(view, report, groups)
        return verdict

    def encode(self) -> bytes:
        """As JSON, for the store; what is to be forgotten is left out."""
        newest = max(view.last for view in self.views.values())
        kept = [
            (name, view) for name, view in self.views.items() if newest - view.last <= KEPT_MINUTES
        ]
        return to_json(
            [
                [
                    name,
                    view.sequence,
                    view.last,
                    view.first,
                    list(view.dimensions),  # a tuple with names takes four times as long
                    view.hidden,
                    view.grown,
                    view.codes,
                ]
                for name, view in kept[-VIEWS_KEPT:]
            ]
        )

    @classmethod
    def load(cls, body: bytes) -> Self:
        """What was encoded; what an earlier version wrote and cannot be read is forgotten."""
        try:
            return cls(
                {
                    name: _View(
                        *(sequence, last, first, Dimensions._make(values), hidden),
                        grown=[*grown, *_UNGROWN[len(grown) :]],
                        codes=[*codes, *[UNMEASURED] * (len(VITALS) - len(codes))],
                    )
                    for name, sequence, last, first, values, hidden, grown, codes in from_json(body)
                }
            )
        except (ValueError, TypeError):
            return cls()


def _begin(report: Report, arm: str, groups: Groups) -> _View:
    """A view's first report: it is counted, its vitals and sums are not yet."""
    dimensions = Dimensions._make((*report.values, arm))
    fields = groups[report.minute, dimensions].fields
    fields[Field.VIEWS] += 1
    fields[Field.HIDDEN] += report.hidden
    fields[Field.SOFT] += report.soft
    return _View(
        UNMEASURED,
        report.minute,
        report.minute,
        dimensions,
        report.hidden,
        [*_UNGROWN],
        [UNMEASURED] * len(report.codes),
    )


def _count_vitals(view: _View, report: Report, groups: Groups) -> None:
    minute = max(report.minute, view.first)
    group = groups[minute, view.dimensions]
    for index, code in enumerate(report.codes):
        if code == UNMEASURED:
            continue
        known = view.codes[index]
        if known == UNMEASURED:
            group.plus.append(code)
            view.codes[index] = (minute - view.first) << _CODE_BITS | code
        elif known & _CODE != code:
            counted_at = view.first + (known >> _CODE_BITS)
            if minute - counted_at <= CORRECTED_FOR_MINUTES:
                corrected = groups[counted_at, view.dimensions]
                corrected.minus.append(known & _CODE)
                corrected.plus.append(code)
                view.codes[index] = known ^ (known & _CODE) | code


def _count_growth(view: _View, report: Report, groups: Groups) -> None:
    fields = groups[max(report.minute, view.first), view.dimensions].fields
    sums = (
        report.bytes,
        report.requests,
        report.script_bytes,
        report.errors,
        report.conversions,
    )
    for index, now in enumerate(sums):
        before = view.grown[index]
        if now > before:
            counter, begins_at, once = _GROWING[index]
            view.grown[index] = now
            fields[counter] += now - max(before, 0)
            if once is not None and before == begins_at:
                fields[once] += 1
