"""What is declared of an experiment before it begins, in `site.toml` or by the command line."""

from itertools import pairwise
from typing import Annotated, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from adaptive.delivery.trial import HOLDOUT, SLOTS, Changes, Name, Slots, Trial
from adaptive.experiments.metric import METRICS

_Hours = Annotated[float, Field(ge=0, le=24 * 90, allow_inf_nan=False)]


def _metric(name: str) -> str:
    if name not in METRICS:
        raise ValueError(f"{name} is none of {', '.join(METRICS)}")
    return name


class Experiment(BaseModel):
    """`minimum_effect` and the guardrails' margins are relative changes of the metric, for the
    better and for the worse. `steps` are shares of the sessions in `slots` that get the candidate;
    the last is everybody, the one before it is where the bake time is spent.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    hypothesis: Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f]{10,200}$")]
    changes: Changes
    primary: str
    minimum_effect: Annotated[float, Field(gt=0, le=1)]
    guardrails: Annotated[
        dict[str, Annotated[float, Field(ge=0, le=1)]], Field(min_length=1, max_length=5)
    ]
    layer: Name = "tiers"
    slots: Slots = (0, SLOTS)
    steps: tuple[Annotated[float, Field(gt=0, le=1)], ...] = (0.01, 0.05, 0.25, 0.5, 1.0)
    step_hours: _Hours = 1
    bake_hours: _Hours = 24
    maximum_days: Annotated[float, Field(gt=0, le=90)] = 28
    cool_down_hours: _Hours = 24

    @field_validator("name")
    @classmethod
    def _is_free(cls, name: str) -> str:
        if name == HOLDOUT:
            raise ValueError(f"{HOLDOUT} is the one that is always on")
        return name

    @field_validator("primary")
    @classmethod
    def _is_a_metric(cls, name: str) -> str:
        return _metric(name)

    @field_validator("guardrails")
    @classmethod
    def _are_metrics(cls, margins: dict[str, float]) -> dict[str, float]:
        for name in margins:
            _metric(name)
        return margins

    @field_validator("slots")
    @classmethod
    def _are_some(cls, slots: tuple[int, int]) -> tuple[int, int]:
        start, end = slots
        if not 0 <= start < end <= SLOTS:
            raise ValueError(f"from and up to, ascending, within 0 and {SLOTS}")
        return slots

    @field_validator("steps")
    @classmethod
    def _ascend_to_all(cls, steps: tuple[float, ...]) -> tuple[float, ...]:
        if len(steps) < 2 or steps[-1] != 1 or any(a >= b for a, b in pairwise(steps)):  # noqa: PLR2004 - one to compare at, one for all
            raise ValueError("must ascend and end with 1, everybody, after at least one other")
        return steps

    @model_validator(mode="after")
    def _has_time(self) -> Self:
        needed = self.step_hours * (len(self.steps) - 2) + self.bake_hours
        if needed >= self.maximum_days * 24:
            raise ValueError(f"maximum_days: steps and bake time alone take {needed:g} hours")
        return self

    def trial(self, step: int, *, run: int) -> Trial:
        """What the policy carries at a step."""
        return Trial(
            name=self.name,
            layer=self.layer,
            slots=self.slots,
            share=self.steps[step],
            changes=self.changes,
            run=run,
        )


def clashes(one: Experiment, other: Experiment) -> str | None:
    """Why two cannot run at once: a session would be in both, or two layers would change the same
    thing; None if they can.
    """
    if one.layer == other.layer:
        if one.slots[0] < other.slots[1] and other.slots[0] < one.slots[1]:
            return f"slots overlap with those of {other.name} in layer {one.layer}"
        return None
    if both := sorted(one.changes.update.keys() & other.changes.update.keys()):
        return f"{', '.join(both)} is changed by {other.name} of layer {other.layer}, too"
    return None
