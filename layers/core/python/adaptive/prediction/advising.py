"""What is recommended, as the query API answers it, and what operators decide about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from adaptive.monitoring.query import cursor
from adaptive.prediction.advice.accepting import accept
from adaptive.prediction.advice.book import Advice  # noqa: TC001 - a field of the model

if TYPE_CHECKING:
    from adaptive.delivery.policy import Policy
    from adaptive.delivery.policy_book import PolicyBook
    from adaptive.monitoring.query.reply import Desk, Reply
    from adaptive.prediction.advice.book import AdviceBook

Which = Literal["proposed", "decided", "all"]


class Told(BaseModel):
    """`id` is the name that it is decided by; `gain` ranks it."""

    model_config = ConfigDict(frozen=True)

    id: str
    gain: float
    advice: Advice


class Recommendations(BaseModel):
    """What is proposed, the most useful first; then what was decided or lapsed, newest first."""

    model_config = ConfigDict(frozen=True)

    recommendations: list[Told]


@dataclass(frozen=True, slots=True)
class Advising:
    """`initial` is the policy until one is put."""

    desk: Desk
    book: AdviceBook
    policies: PolicyBook
    initial: Policy

    def all(self, which: Which, *, limit: int, following: str | None) -> Reply:
        """Raises QueryError, UnavailableError."""
        question = ("recommendations", which)
        offset = cursor.read(following, question=question)[1] if following else 0
        known = self.book.all()
        proposed = [each for each in known if each.state == "proposed"]
        proposed.sort(key=lambda each: (-each.recommendation.gain, each.recommendation.usd_a_month))
        decided = [each for each in known if each.state != "proposed"]
        wanted = {"proposed": proposed, "decided": decided, "all": [*proposed, *decided]}[which]
        end = offset + limit
        return self.desk.reply(
            Recommendations(recommendations=[told(each) for each in wanted[offset:end]]),
            samples=len(wanted),
            units=0,
            end=self.desk.minute,
            following=cursor.write(minute=self.desk.minute, offset=end, question=question)
            if end < len(wanted)
            else None,
        )

    def accept(self, advice_id: str, *, who: str, why: str) -> Told:
        """Raises AdviceError, PolicyError, ConflictError, UnavailableError."""
        return told(
            accept(
                *(self.book, self.policies, self.initial, advice_id),
                who=who,
                why=why,
                at=self._now,
            )
        )

    def dismiss(self, advice_id: str, *, who: str, why: str) -> Told:
        """For a week; raises AdviceError, ConflictError, UnavailableError."""
        return told(self.book.decide(advice_id, "dismissed", who=who, why=why, at=self._now))

    @property
    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.desk.now(), UTC)


def told(advice: Advice) -> Told:
    """As it is answered."""
    return Told(id=advice.id, gain=advice.recommendation.gain, advice=advice)
