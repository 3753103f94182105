"""What was recommended, what was decided about it, and what came of it: items of the Predictions
table, one for each time that something was proposed.

proposed -> accepted -> measured, or -> dismissed, or -> lapsed once nothing speaks for it any more.
What was dismissed is not proposed again for a week.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from adaptive.delivery.changes import Who, Why  # noqa: TC001 - pydantic reads it
from adaptive.errors import AdviceError, ConflictError
from adaptive.ports import Versioned, VersionedStore, Write
from adaptive.prediction.advice.recommendation import (  # noqa: TC001 - pydantic reads them
    Interval,
    Recommendation,
)
from adaptive.prediction.published import Published
from adaptive.prediction.published import key as published_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from adaptive.ports import Key

PARTITION = "advice"
_DISMISSED_FOR = timedelta(days=7)
_KEPT = timedelta(days=395)

State = Literal["proposed", "lapsed", "accepted", "dismissed", "measured"]


class Outcome(BaseModel):
    """What was measured at worst after acceptance, beside what was forecast without it.

    `held`: what was given room took the load, `throttled`: it did not; `unknown`: nothing that is
    measured tells.
    """

    model_config = ConfigDict(frozen=True)

    verdict: Literal["better", "as_forecast", "worse", "held", "throttled", "unknown"]
    measured: float | None = None
    forecast: Interval | None = None
    breached: bool | None = None
    hours: int = 0
    at: datetime


class Advice(BaseModel):
    """A recommendation and its life; `forecast` is what was to come without it, when accepted.

    `policy_version` is what acceptance put in force, if it was for the policy.
    """

    model_config = ConfigDict(frozen=True)

    recommendation: Recommendation
    state: State = "proposed"
    first_at: datetime
    last_at: datetime
    who: Who | None = None
    why: Why | None = None
    decided_at: datetime | None = None
    policy_version: int | None = None
    forecast: Published | None = None
    outcome: Outcome | None = None

    @property
    def id(self) -> str:
        """Of its recommendation."""
        return self.recommendation.id


def ranked(bodies: Iterable[bytes]) -> list[Advice]:
    """What items of PARTITION hold, as it is shown: what can be decided about first, the most
    useful of it first, then the newest; what cannot be read is left out.
    """
    found = [advice for body in bodies if (advice := _readable(body)) is not None]
    found.sort(key=lambda each: each.first_at, reverse=True)
    return sorted(
        found,
        key=lambda each: (
            (0, -round(each.recommendation.gain, 3), each.recommendation.usd_a_month)
            if each.state == "proposed"
            else (1, 0.0, 0.0)
        ),
    )


def _readable(body: bytes) -> Advice | None:
    try:
        return Advice.model_validate_json(body)
    except ValidationError:
        return None


def _key(advice: Advice) -> Key:
    return PARTITION, f"{advice.id}#{advice.first_at:%Y-%m-%dT%H:%M}"


@dataclass(frozen=True, slots=True)
class AdviceBook:
    """Methods raise UnavailableError if the table does not answer."""

    store: VersionedStore

    def all(self) -> list[Advice]:
        """See `ranked`."""
        return ranked(item.body for item in self.store.read_partition(PARTITION).values())

    def latest(self, advice_id: str) -> Advice:
        """Of a recommendation; raises AdviceError if there never was one."""
        return self._latest(advice_id)[0]

    def open(self, advice_id: str) -> Advice:
        """One that can be decided about; raises AdviceError."""
        advice = self.latest(advice_id)
        if advice.state != "proposed":
            raise AdviceError(f"{advice_id} is {advice.state}, not proposed", status=409)
        return advice

    def publish(self, found: Sequence[Recommendation], at: datetime) -> int:
        """Propose them, best first, and let lapse what is no longer found; how many are open."""
        known: dict[str, tuple[Advice, int]] = {}
        for advice, version in self._read():
            known.setdefault(advice.id, (advice, version))
        wanted = {each.id: each for each in found}
        opened = 0
        for name, each in wanted.items():
            last, version = known.get(name, (None, 0))
            if last and last.state == "proposed":
                self._replace(
                    last.model_copy(update={"recommendation": each, "last_at": at}), version
                )
            elif _rests(last, at):
                continue
            else:
                self._replace(Advice(recommendation=each, first_at=at, last_at=at), None)
            opened += 1
        for name, (last, version) in known.items():
            if last.state == "proposed" and name not in wanted:
                self._replace(last.model_copy(update={"state": "lapsed"}), version)
        return opened

    def decide(
        self,
        advice_id: str,
        state: Literal["accepted", "dismissed"],
        *,
        who: str,
        why: str,
        at: datetime,
        policy_version: int | None = None,
    ) -> Advice:
        """Raises AdviceError if it cannot be decided, ConflictError if it changed meanwhile."""
        self.open(advice_id)
        advice, version = self._latest(advice_id)
        decided = advice.model_dump() | {
            "state": state,
            "who": who,
            "why": why,
            "decided_at": at,
            "policy_version": policy_version,
        }
        try:
            new = Advice.model_validate(decided)
        except ValidationError as error:
            raise AdviceError(
                "; ".join(f"{each['loc'][0]}: {each['msg']}" for each in error.errors()), status=422
            ) from error
        if state == "accepted":
            new = new.model_copy(update={"forecast": self._forecast(new.recommendation)})
        if not self._replace(new, version):
            raise ConflictError(f"{advice_id} was changed meanwhile: look again")
        return new

    def settle(self, advice: Advice, outcome: Outcome) -> None:
        """What came of one that was accepted."""
        latest, version = self._latest(advice.id)
        if latest.state == "accepted":
            new = latest.model_copy(update={"state": "measured", "outcome": outcome})
            self._replace(new, version)

    def _forecast(self, each: Recommendation) -> Published | None:
        """Of what it is to have an effect on, or of that in all views."""
        effect = each.effect
        for family, value in ((effect.family, effect.value), ("all", "")):
            key = published_key(family, value, effect.measure)
            item = self.store.read([key]).get(key)
            if item is not None:
                return Published.model_validate_json(item.body)
        return None

    def _latest(self, advice_id: str) -> tuple[Advice, int]:
        for advice, version in self._read():
            if advice.id == advice_id:
                return advice, version
        raise AdviceError(f"nothing was recommended that is called {advice_id}")

    def _read(self) -> list[tuple[Advice, int]]:
        found = []
        for item in self.store.read_partition(PARTITION).values():
            advice = _readable(item.body)
            if advice is not None:
                found.append((advice, item.version))
        return sorted(found, key=lambda each: each[0].first_at, reverse=True)

    def _replace(self, advice: Advice, version: int | None) -> bool:
        new = Versioned(advice.model_dump_json().encode(), (version or 0) + 1)
        until = int((advice.last_at + _KEPT).timestamp())
        return not self.store.write([Write(_key(advice), new, version, until)])


def _rests(last: Advice | None, at: datetime) -> bool:
    """Whether it is not to be proposed for now."""
    if last is None or last.decided_at is None:
        return False
    return last.state == "accepted" or (
        last.state == "dismissed" and at - last.decided_at < _DISMISSED_FOR
    )
