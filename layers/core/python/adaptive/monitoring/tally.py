"""What has been counted of a session's page views, so that each counts once, as last reported.

The rules, all of them functions of the stream's order, never of the time they are applied at:
- A view is counted when its first report is received, under that report's dimensions.
- A vital belongs to the minute in which it was first reported. A later report that corrects it
  corrects that minute, up to CORRECTED_FOR_MINUTES afterwards.
- Bytes, requests, errors and conversions only grow; what comes to them counts when it is told.
- A session counts once, see `outcome`; it is corrected for CORRECTED_FOR_MINUTES, too.
- A report with a sequence that is known, or below, changes nothing: it is a duplicate, or older.
- A view not heard of for KEPT_MINUTES is forgotten, and so are a session's oldest above VIEWS_KEPT.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Self

from pydantic_core import from_json, to_json

from adaptive.monitoring import counting
from adaptive.monitoring.dimension import Dimensions
from adaptive.monitoring.experience import performance_of
from adaptive.monitoring.outcome import AT_FIRST, NO_OUTCOME, UNTOLD, Outcome
from adaptive.monitoring.report import UNMEASURED
from adaptive.monitoring.rollup import Field
from adaptive.monitoring.vital import AT_FULL, INDEX, OF_VIEWS
from adaptive.monitoring.window import Resolution

if TYPE_CHECKING:
    from adaptive.monitoring.counting import Counted, Groups
    from adaptive.monitoring.experience import Standards
    from adaptive.monitoring.report import Report
    from adaptive.settings.monitoring import ExperienceRules

KEPT_MINUTES = 2 * 1_440
CORRECTED_FOR_MINUTES = 4 * 60
VIEWS_KEPT = 50

_CODE_BITS = 16
_CODE = (1 << _CODE_BITS) - 1
_LCP, _INP = INDEX["lcp_ms"], INDEX["inp_ms"]
_COUNTERS = (
    (Field.BYTES, Field.MEASURED),
    (Field.REQUESTS, None),
    (Field.SCRIPT_BYTES, None),
    (Field.ERRORS, Field.FAILING),
    (Field.CONVERSIONS, None),
)
"""Of the first of Growing, and what a view counts in once that has it."""


class Verdict(Enum):
    """What became of a report."""

    NEW = auto()
    NEWER = auto()
    DUPLICATE = auto()
    LATE = auto()


@dataclass(frozen=True, slots=True)
class Judging:
    """What a session's experience is judged by."""

    rules: ExperienceRules
    standards: Standards


@dataclass(slots=True)
class _View:
    """`codes` hold, above the code itself, how many minutes after `first` it was counted; `grown`
    are the highest values by Growing, `earned` those of money. `points` are its performance.
    """

    sequence: int
    last: int
    first: int
    dimensions: Dimensions
    hidden: bool
    grown: list[int]
    codes: list[int]
    points: int = UNTOLD
    earned: dict[str, int] = field(default_factory=dict)

    def code(self, index: int) -> int:
        """As `vital.code_of` made it, or UNMEASURED."""
        code = self.codes[index]
        return code if code < 0 else code & _CODE


@dataclass(slots=True)
class Tally:
    """The views of one session, the one last heard of last, and what they came to together, which
    counts in the first minute of `every` window of that length.
    """

    views: dict[str, _View] = field(default_factory=dict)
    outcome: Outcome | None = None
    counted: Counted = counting.NOTHING
    every: Resolution = Resolution.FIVE

    def fold(self, report: Report, *, arm: str, groups: Groups, judging: Judging) -> Verdict:
        """Count what the report tells beyond what is known; of the session, `settle` does."""
        outcome = self.outcome
        if outcome and report.minute - outcome.first > CORRECTED_FOR_MINUTES >= (
            outcome.last - outcome.first
        ):
            self.settle(groups, judging)  # what came in time, before what does not
        view = self.views.get(report.view_id)
        if view is None or report.minute - view.last > KEPT_MINUTES:
            if report.age_minutes > KEPT_MINUTES:
                return Verdict.LATE
            view = _begin(report, arm, groups)
            if report.is_assigned:
                self._enter(view, groups)
            verdict = Verdict.NEW
        elif report.sequence <= view.sequence:
            return Verdict.DUPLICATE
        else:
            verdict = Verdict.NEWER
        self.views.pop(report.view_id, None)
        self.views[report.view_id] = view
        view.sequence = report.sequence
        view.last = max(view.last, report.minute)
        lcp, inp = view.code(_LCP), view.code(_INP)
        if not view.hidden:
            _count_vitals(view, report, groups)
        _count_growth(view, report, groups, self.outcome)
        if self.outcome:
            if lcp != view.code(_LCP):
                self.outcome.lcp.correct(lcp, view.code(_LCP))
            if inp != view.code(_INP):
                self.outcome.inp.correct(inp, view.code(_INP))
            _follow(self.outcome, view, report)
        return verdict

    def settle(self, groups: Groups, judging: Judging) -> None:
        """Judge the session by all that was folded, and correct what is counted of it."""
        outcome = self.outcome
        if outcome:
            outcome.judge(judging.standards, judging.rules)
            if outcome.last - outcome.first <= CORRECTED_FOR_MINUTES:
                self.counted = counting.correct(outcome, self.counted, groups)

    def _enter(self, view: _View, groups: Groups) -> None:
        """A view begins: it is its session's, which may begin with it."""
        outcome = self.outcome
        if outcome is None:
            first = self.every.start_of(view.first)
            outcome = self.outcome = Outcome(first, view.first, view.dimensions)
            groups[first, view.dimensions].fields[Field.SESSIONS] += 1
        outcome.views += 1

    def encode(self) -> tuple[bytes, bytes]:
        """Outcome and views as JSON, for the store; what is to be forgotten is left out."""
        newest = max(view.last for view in self.views.values())
        kept = [
            (name, view) for name, view in self.views.items() if newest - view.last <= KEPT_MINUTES
        ]
        views = [
            [
                name,
                view.sequence,
                view.last,
                view.first,
                ",".join(view.dimensions),
                view.hidden,
                view.grown,
                view.codes,
                view.points,
                view.earned,
            ]
            for name, view in kept[-VIEWS_KEPT:]
        ]
        return self.outcome.encode() if self.outcome else NO_OUTCOME, to_json(views)

    @classmethod
    def load(cls, body: bytes) -> Self:
        """What was encoded; what an earlier version wrote and cannot be read is forgotten."""
        try:
            outcome, views = from_json(body)
            known = Outcome.load(outcome) if outcome else None
            return cls(
                {
                    name: _View(
                        *(sequence, last, first, Dimensions._make(values.split(",")), hidden),
                        *_whole(*late),
                    )
                    for name, sequence, last, first, values, hidden, *late in views
                },
                known,
                counting.of(known) if known else counting.NOTHING,
            )
        except (ValueError, TypeError):
            return cls()


def _whole(
    grown: list[int], codes: list[int], points: int, earned: dict[str, int]
) -> tuple[list[int], list[int], int, dict[str, int]]:
    """What is kept of a view, from before a sum or a vital was counted, too."""
    return (
        [*grown, *AT_FIRST[len(grown) :]],
        [*codes, *[UNMEASURED] * (len(OF_VIEWS) + len(AT_FULL) - len(codes))],
        points,
        earned,
    )


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
        [*AT_FIRST],
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


def _count_growth(view: _View, report: Report, groups: Groups, outcome: Outcome | None) -> None:
    fields = groups[max(report.minute, view.first), view.dimensions].fields
    for index, now in enumerate(report.growing):
        before = view.grown[index]
        if now > before:
            view.grown[index] = now
            if outcome:
                outcome.grow(index, now, before)
            if index < len(_COUNTERS):
                counter, once = _COUNTERS[index]
                fields[counter] += now if before == UNTOLD else now - before
                if once is not None and before == AT_FIRST[index]:
                    fields[once] += 1


def _follow(outcome: Outcome, view: _View, report: Report) -> None:
    for currency, now in report.money.items():
        before = view.earned.get(currency, 0)
        if now > before:
            view.earned[currency] = now
            outcome.earn(currency, now - before)
    known = [code if code < 0 else code & _CODE for code in view.codes]
    points = performance_of(known)
    if points is not None and points != view.points:
        outcome.scored += view.points == UNTOLD
        outcome.points += points - max(view.points, 0)
        view.points = points
    outcome.follow(report, landing=known[_LCP])
