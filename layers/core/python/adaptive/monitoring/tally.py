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
from adaptive.monitoring.outcome import NO_OUTCOME, Outcome
from adaptive.monitoring.rollup import Field
from adaptive.monitoring.view import CORRECTED_FOR_MINUTES, View
from adaptive.monitoring.window import Resolution

if TYPE_CHECKING:
    from adaptive.monitoring.counting import Counted, Groups
    from adaptive.monitoring.experience import Standards
    from adaptive.monitoring.report import Report
    from adaptive.settings.monitoring import ExperienceRules

KEPT_MINUTES = 2 * 1_440
VIEWS_KEPT = 50

_SESSIONS = int(Field.SESSIONS)


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
class Tally:
    """The views of one session, the one last heard of last, and what they came to together, which
    counts in the first minute of `every` window of that length.
    """

    views: dict[str, View] = field(default_factory=dict)
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
        name = report.view_id
        view = self.views.get(name)
        new = view is None or report.minute - view.last > KEPT_MINUTES
        if new or view is None:
            if report.age_minutes > KEPT_MINUTES:
                return Verdict.LATE
            view = View.begun(report, arm)
            if report.is_assigned:
                self._enter(view, groups)
        elif report.sequence <= view.sequence:
            return Verdict.DUPLICATE
        self.views.pop(name, None)
        self.views[name] = view
        view.count(report, groups, self.outcome, new=new)
        return Verdict.NEW if new else Verdict.NEWER

    def settle(self, groups: Groups, judging: Judging) -> None:
        """Judge the session by all that was folded, and correct what is counted of it."""
        outcome = self.outcome
        if outcome:
            outcome.judge(judging.standards, judging.rules)
            if outcome.last - outcome.first <= CORRECTED_FOR_MINUTES:
                self.counted = counting.correct(outcome, self.counted, groups)

    def _enter(self, view: View, groups: Groups) -> None:
        """A view begins: it is its session's, which may begin with it."""
        outcome = self.outcome
        if outcome is None:
            first = self.every.start_of(view.first)
            outcome = self.outcome = Outcome(first, view.first, view.dimensions)
            groups[first, view.dimensions].fields[_SESSIONS] += 1
        outcome.views += 1

    def encode(self) -> tuple[bytes, bytes]:
        """Outcome and views as JSON, for the store; what is to be forgotten is left out."""
        newest = max([view.last for view in self.views.values()])
        views = [
            [name, *view.row()]
            for name, view in self.views.items()
            if newest - view.last <= KEPT_MINUTES
        ]
        return self.outcome.encode() if self.outcome else NO_OUTCOME, to_json(views[-VIEWS_KEPT:])

    @classmethod
    def load(cls, body: bytes) -> Self:
        """What was encoded; what an earlier version wrote and cannot be read is forgotten."""
        try:
            outcome, views = from_json(body)
            known = Outcome.load(outcome) if outcome else None
            return cls(
                {name: View.load(row) for name, *row in views},
                known,
                counting.of(known) if known else counting.NOTHING,
            )
        except (ValueError, TypeError):
            return cls()
