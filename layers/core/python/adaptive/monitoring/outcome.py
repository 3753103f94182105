"""What a session came to: its experience, and what it brought in, as far as it has been told.

`roll_up` keeps one per session, of both arms, all of them, and counts it once: in the first of the
five minutes that it began in, under what its first view was told apart by. Each report that changes
it corrects what was counted there. A session without a second page counts as bounced once its page
was left; a second page takes that back. So what is counted is what would hold if nothing more came,
and once nothing more comes, it holds.

docs/experience.md describes the record and how to read it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Self

from pydantic_core import to_json

from adaptive.monitoring import experience, sketch, vital
from adaptive.monitoring.dimension import Dimensions
from adaptive.monitoring.experience import Experience

if TYPE_CHECKING:
    from adaptive.monitoring.experience import Standards
    from adaptive.monitoring.report import Report
    from adaptive.settings.monitoring import ExperienceRules

UNTOLD = -1
NO_OUTCOME = b"null"
"""Of visitors who have no session."""

_CURRENCIES = 4  # of one session; a visitor could send them all


class Growing(IntEnum):
    """What later reports of a view can only raise. A session has the sums, of `DEPTH` (percent) the
    deepest; UNTOLD where no view told of it.
    """

    BYTES = 0
    REQUESTS = 1
    SCRIPT_BYTES = 2
    ERRORS = 3
    CONVERSIONS = 4
    VISIBLE_MS = 5
    RAGE_CLICKS = 6
    DEAD_CLICKS = 7
    ERROR_CLICKS = 8
    DEPTH = 9


AT_FIRST = (UNTOLD, 0, 0, 0, 0, UNTOLD, 0, 0, 0, UNTOLD)
"""By Growing: what no report has told of yet."""


@dataclass(slots=True)
class Felt:
    """What a session's views had of one vital: how many views have it, in how many it was good, and
    their buckets together. Buckets are logarithms, so these tell the geometric mean.
    """

    views: int = 0
    good: int = 0
    buckets: int = 0

    @property
    def typical(self) -> float | None:
        """The geometric mean in ms, within 1 %; None without any."""
        return sketch.value_of(self.buckets / self.views) if self.views else None

    def correct(self, was: int, now: int) -> None:
        """A view's code changed from one to the other; below 0 it is unmeasured."""
        if was >= 0:
            self.views -= 1
            self.good -= vital.is_good(was)
            self.buckets -= vital.bucket_of(was)
        if now >= 0:
            self.views += 1
            self.good += vital.is_good(now)
            self.buckets += vital.bucket_of(now)


@dataclass(slots=True)
class Outcome:
    """One session; times are whole minutes since the epoch, `dimensions` those of its first view.

    `first` is the one it is counted in, `last` that of its newest report. `points` are those of
    `scored` views together. `landing` is the code of the first view's LCP. `left`: whether the view
    told of last was left by then. `totals` are by Growing; `money` is what conversions were worth,
    in hundredths by currency. `score` is the Performance Score that its last decision went by.
    """

    first: int
    last: int
    dimensions: str
    views: int = 0
    left: bool = False
    landing: int = UNTOLD
    points: int = 0
    scored: int = 0
    totals: list[int] = field(default_factory=lambda: [*AT_FIRST])
    money: dict[str, int] = field(default_factory=dict)
    score: int | None = None
    lcp: Felt = field(default_factory=Felt)
    inp: Felt = field(default_factory=Felt)
    experience: Experience | None = None

    @property
    def arm(self) -> str:
        """`control` or `treatment`."""
        return Dimensions.read(self.dimensions).arm

    @property
    def bounced(self) -> bool:
        """Whether one page was all; final once the session has ended."""
        return self.views == 1 and self.left

    @property
    def landing_ms(self) -> float | None:
        """The first view's LCP, within 1 %."""
        return None if self.landing < 0 else sketch.value_of(vital.bucket_of(self.landing))

    def follow(self, report: Report, *, landing: int) -> None:
        """Whatever a report says of the session as a whole; `landing` is its view's LCP by now."""
        self.last = max(self.last, report.minute)
        self.left = report.final
        if self.views == 1:
            self.landing = landing
        if report.score is not None:
            self.score = report.score

    def grow(self, index: int, now: int, before: int) -> None:
        """A view's total of Growing has come to `now`."""
        totals = self.totals
        if totals[index] == UNTOLD:
            totals[index] = now
        elif index == Growing.DEPTH:
            totals[index] = max(totals[index], now)
        else:
            totals[index] += now if before == UNTOLD else now - before

    def earn(self, currency: str, hundredths: int) -> None:
        """Conversions were worth so much more."""
        if currency in self.money or len(self.money) < _CURRENCIES:
            self.money[currency] = self.money.get(currency, 0) + hundredths

    def judge(self, standards: Standards, rules: ExperienceRules) -> None:
        """Its experience, by what is known; none before a vital is."""
        if not self.scored:
            return
        _, _, _, errors, _, visible_ms, rage, dead, error_clicks, depth = self.totals
        bounce = 0.0 if self.views > 1 else 1.0 if self.left else standards.risk_at(self.landing)
        engagement = experience.engagement_of(
            standards, bounce=bounce, visible_ms=visible_ms, depth=depth
        )
        calm = experience.calm_of(
            views=self.views, rage=rage, dead=dead, error_clicks=error_clicks, errors=errors
        )
        self.experience = experience.combined(
            rules, performance=self.points / self.scored, engagement=engagement, calm=calm
        )

    def encode(self) -> bytes:
        """As JSON: an array in the order of the fields."""
        lcp, inp, told = self.lcp, self.inp, self.experience
        return to_json(
            [
                self.first,
                self.last,
                self.dimensions,
                self.views,
                self.left,
                self.landing,
                self.points,
                self.scored,
                self.totals,
                self.money,
                self.score,
                (lcp.views, lcp.good, lcp.buckets),
                (inp.views, inp.good, inp.buckets),
                told and (*told,),  # a named tuple takes pydantic_core four times as long
            ]
        )

    @staticmethod
    def first_of(body: bytes) -> int:
        """`first`, of what `encode` wrote."""
        return int(body[1 : body.index(b",")])

    @classmethod
    def load(cls, stored: list[Any]) -> Self:
        """Of what `encode` wrote, parsed."""
        *known, lcp, inp, told = stored
        made = cls(*known)
        made.lcp, made.inp = Felt(*lcp), Felt(*inp)
        made.experience = Experience._make(told) if told else None
        return made
