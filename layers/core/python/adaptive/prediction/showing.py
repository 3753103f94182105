"""What is to come, as the query API answers it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from adaptive.errors import QueryError
from adaptive.ports import ItemReader, KeyRange
from adaptive.prediction import published
from adaptive.prediction.history import more_is_better
from adaptive.prediction.published import Published

if TYPE_CHECKING:
    from adaptive.monitoring.query.reply import Desk, Reply

_ALL = "all"
_HOUR_S = 3_600


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Foreseen(Published):
    """A measure's forecast; `at` are seconds since the epoch. `more_is_better`: it is beyond its
    limit when it is below. `beats_naive`: it was nearer than the week before, in past windows.
    """

    at: list[int]
    more_is_better: bool
    beats_naive: bool | None


class Past(_Part):
    """How a week's forecasts did: mean absolute errors, of ours and of seasonal naive; `shares` are
    the models that were chosen.
    """

    week: str
    measure: str
    error: float
    naive_error: float | None
    shares: dict[str, float]


class Outlooks(_Part):
    """Of one group of page views; `groups` are all that have forecasts, as `dimension:value`.
    `made_at` is up to when hours were known.
    """

    group: dict[str, str]
    groups: list[str]
    made_at: AwareDatetime | None
    forecasts: list[Foreseen]
    backtests: list[Past]


class _Backtest(BaseModel):
    begins_at: AwareDatetime
    shares: dict[str, float]
    error: float
    naive_error: float | None


@dataclass(frozen=True, slots=True)
class Foresight:
    """`items` is the Predictions table, `families` are those that are forecast."""

    desk: Desk
    items: ItemReader
    families: tuple[str, ...]

    def of(self, wanted: str | None) -> Reply:
        """Of all page views, or of `dimension:value`; raises QueryError, UnavailableError."""
        family, value = _ALL, ""
        if wanted is not None:
            family, _, value = wanted.partition(":")
            if family not in self.families or family == _ALL or not value:
                names = ", ".join(each for each in self.families if each != _ALL)
                raise QueryError(f"write dimension:value, of {names}", field="filter")
        page = self.items.read_ranges(
            [
                *(KeyRange(published.partition(each)) for each in self.families),
                KeyRange(f"backtest#{family}", f"{value}#", f"{value}#~"),
            ]
        )
        *families, past = page.items
        known = [each for items in families for _, body in items if (each := _read(body))]
        mine = [each for each in known if (each.family, each.value) == (family, value)]
        groups = {f"{each.family}:{each.value}" for each in known if each.family != _ALL}
        data = Outlooks(
            group={family: value} if value else {},
            groups=sorted(groups),
            made_at=max((each.begins_at for each in mine), default=None),
            forecasts=[_foreseen(each) for each in mine],
            backtests=[found for sort, body in past if (found := _past(sort, body))],
        )
        return self.desk.reply(data, samples=len(mine), units=page.units, end=self.desk.minute)


def _read(body: bytes) -> Published | None:
    """What a later version wrote, and this one cannot read, is left out."""
    try:
        return Published.model_validate_json(body)
    except ValidationError:
        return None


def _foreseen(each: Published) -> Foreseen:
    begins_s = int(each.begins_at.replace(tzinfo=each.begins_at.tzinfo or UTC).timestamp())
    known = each.error is not None and each.naive_error is not None
    return Foreseen(
        **each.model_dump(),
        at=[begins_s + hour * _HOUR_S for hour in range(len(each.expected))],
        more_is_better=more_is_better(each.measure),
        beats_naive=(each.error or 0) <= (each.naive_error or 0) if known else None,
    )


def _past(sort: str, body: bytes) -> Past | None:
    try:
        found = _Backtest.model_validate_json(body)
    except ValidationError:
        return None
    _, measure, week = sort.split("#")
    return Past(
        week=week,
        measure=measure,
        error=found.error,
        naive_error=found.naive_error,
        shares=found.shares,
    )
