"""What people have said not to be told of, for a time: silences, acknowledgements, maintenance."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

if TYPE_CHECKING:
    from adaptive.monitoring.scope import Group

Kind = Literal["silence", "acknowledgement", "maintenance"]
_MOST_DAYS = 30


class Silence(BaseModel):
    """Until it ends, alerts that it covers are not told: those of rules like `rule` (with `*`)
    whose group has all of `group`'s values. What still fires at its end is told then.

    An acknowledgement only ends the reminders: what it covers is known. Maintenance is announced
    work: a silence that is told apart in lists and on charts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,40}$")]
    kind: Kind = "silence"
    rule: Annotated[str, StringConstraints(pattern=r"^[a-z0-9*:-]{1,60}$")] = "*"
    group: Annotated[dict[str, str], Field(max_length=8)] = {}
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    who: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    why: Annotated[str, StringConstraints(min_length=1, max_length=200)]

    @model_validator(mode="after")
    def _ends(self) -> Silence:
        length = self.ends_at - self.starts_at
        if length.total_seconds() <= 0:
            raise ValueError("must end after it starts")
        if length.days >= _MOST_DAYS:
            raise ValueError(f"must end within {_MOST_DAYS} days: change the rule instead")
        return self

    def covers(self, rule: str, group: Group, minute: int) -> bool:
        """Whether it speaks of this alert at this minute."""
        at_s = minute * 60
        return (
            self.starts_at.timestamp() <= at_s < self.ends_at.timestamp()
            and fnmatchcase(rule, self.rule)
            and set(self.group.items()) <= set(group)
        )
