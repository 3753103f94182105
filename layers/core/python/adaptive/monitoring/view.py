"""What has been counted of one page view, so that a later report counts by what it changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from adaptive.monitoring.experience import performance_of
from adaptive.monitoring.outcome import AT_FIRST, UNTOLD
from adaptive.monitoring.report import UNMEASURED
from adaptive.monitoring.rollup import Field
from adaptive.monitoring.vital import AT_FULL, CODE, CODE_BITS, INDEX, OF_VIEWS

if TYPE_CHECKING:
    from adaptive.monitoring.counting import Groups
    from adaptive.monitoring.outcome import Outcome
    from adaptive.monitoring.report import Report

CORRECTED_FOR_MINUTES = 4 * 60

_LCP, _INP = INDEX["lcp_ms"], INDEX["inp_ms"]
# Plain numbers: to count by an enum's member takes seven times as long.
_VIEWS, _HIDDEN, _SOFT = map(int, (Field.VIEWS, Field.HIDDEN, Field.SOFT))
_GROWING = range(len(AT_FIRST))
_COUNTERS = (
    (int(Field.BYTES), int(Field.MEASURED)),
    (int(Field.REQUESTS), None),
    (int(Field.SCRIPT_BYTES), None),
    (int(Field.ERRORS), int(Field.FAILING)),
    (int(Field.CONVERSIONS), None),
)
"""Of the first of Growing, and what a view counts in once that has it."""


@dataclass(slots=True)
class View:
    """`dimensions` are those of its first report. `codes` hold, above the code itself, how many
    minutes after `first` it was counted; `grown` are the highest values by Growing, `earned` those
    of money. `points` are its performance.
    """

    sequence: int
    last: int
    first: int
    dimensions: str
    hidden: bool
    grown: list[int]
    codes: list[int]
    points: int = UNTOLD
    earned: dict[str, int] = field(default_factory=dict)

    @classmethod
    def begun(cls, report: Report, arm: str) -> Self:
        """By its first report, of which nothing is counted yet."""
        return cls(
            report.sequence,
            report.minute,
            report.minute,
            f"{report.values},{arm}",
            report.hidden,
            [*AT_FIRST],
            [UNMEASURED] * len(report.codes),
        )

    @classmethod
    def load(cls, row: list[Any]) -> Self:
        """What `row` made, from before a sum or a vital was counted, too."""
        sequence, last, first, dimensions, hidden, grown, codes, points, earned = row
        grown += AT_FIRST[len(grown) :]
        codes += [UNMEASURED] * (len(OF_VIEWS) + len(AT_FULL) - len(codes))
        return cls(sequence, last, first, dimensions, hidden, grown, codes, points, earned)

    def row(self) -> list[Any]:
        """Its fields, in order, for the store."""
        return [
            self.sequence,
            self.last,
            self.first,
            self.dimensions,
            self.hidden,
            self.grown,
            self.codes,
            self.points,
            self.earned,
        ]

    def count(self, report: Report, groups: Groups, outcome: Outcome | None, *, new: bool) -> None:
        """What the report tells beyond what is known; `outcome` is the session's."""
        minute = report.minute
        self.sequence = report.sequence
        self.last = max(self.last, minute)
        minute = max(self.first, minute)
        group = groups[minute, self.dimensions]
        fields = group.fields
        if new:
            fields[_VIEWS] += 1
            fields[_HIDDEN] += report.hidden
            fields[_SOFT] += report.soft
        lcp, inp = self.codes[_LCP], self.codes[_INP]
        if not self.hidden:
            self._measure(report.codes, minute, group.plus, groups)
        self._grow(report.growing, fields, outcome)
        if outcome:
            if lcp != self.codes[_LCP]:
                outcome.lcp.correct(_bare(lcp), _bare(self.codes[_LCP]))
            if inp != self.codes[_INP]:
                outcome.inp.correct(_bare(inp), _bare(self.codes[_INP]))
            self._tell(report, outcome)

    def _measure(self, told: tuple[int, ...], minute: int, plus: list[int], groups: Groups) -> None:
        codes = self.codes
        for index, code in enumerate(told):
            if code < 0:
                continue
            known = codes[index]
            if known < 0:
                plus.append(code)
                codes[index] = (minute - self.first) << CODE_BITS | code
            elif known & CODE != code:
                counted_at = self.first + (known >> CODE_BITS)
                if minute - counted_at <= CORRECTED_FOR_MINUTES:
                    corrected = groups[counted_at, self.dimensions]
                    corrected.minus.append(known & CODE)
                    corrected.plus.append(code)
                    codes[index] = known ^ (known & CODE) | code

    def _grow(self, growing: tuple[int, ...], fields: list[int], outcome: Outcome | None) -> None:
        grown = self.grown
        for index, now, before in zip(_GROWING, growing, grown, strict=False):
            if now > before:
                grown[index] = now
                if outcome:
                    outcome.grow(index, now, before)
                if index < len(_COUNTERS):
                    counter, once = _COUNTERS[index]
                    fields[counter] += now if before == UNTOLD else now - before
                    if once is not None and before == AT_FIRST[index]:
                        fields[once] += 1

    def _tell(self, report: Report, outcome: Outcome) -> None:
        """Its session of money, performance, and where it stands."""
        for currency, now in report.money.items():
            before = self.earned.get(currency, 0)
            if now > before:
                self.earned[currency] = now
                outcome.earn(currency, now - before)
        points = performance_of(self.codes)
        if points is not None and points != self.points:
            outcome.scored += self.points == UNTOLD
            outcome.points += points - max(self.points, 0)
            self.points = points
        outcome.follow(report, landing=_bare(self.codes[_LCP]))


def _bare(code: int) -> int:
    """As `vital.code_of` made it, or UNMEASURED."""
    return code if code < 0 else code & CODE
