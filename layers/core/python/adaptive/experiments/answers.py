"""What the query API answers of experiments: how they stand, what they showed, what was decided.

Confidence is of always-valid intervals: they hold at every look at once.
"""

from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict

from adaptive.experiments.rollout import Decision, State

Number = float | None


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class Summary(_Part):
    """`share` (0-1) of the sessions in its slots gets the candidate; `frozen_because`: it is not
    promoted until that is over.
    """

    name: str
    hypothesis: str
    state: State
    is_running: bool
    share: float
    step: int
    steps: list[float]
    step_hours: float
    bake_hours: float
    healthy_hours: float
    maximum_days: float
    run: int
    primary: str
    minimum_effect: float
    started_at: AwareDatetime | None
    judged_at: AwareDatetime | None
    frozen_because: str | None
    decision: Decision | None
    declaration: dict[str, Any]


class Experiments(_Part):
    """Those that run first, then the latest decided."""

    experiments: list[Summary]


class Shown(_Part):
    """Of a metric, relative to the control's `level`, or in points (0.01) if `in_points`; between
    `low` and `high` at every look, 95 %. `better`: 1 where more is better, else -1.
    """

    metric: str
    words: str
    estimate: float
    low: float
    high: float
    level: float
    in_points: bool
    better: int
    sessions: tuple[int, int]


class Guardrail(_Part):
    """`harm` is the likeliest, `at_least` what is proven of it, `margin` what is put up with: all
    relative to the control, and null before there is enough to compare.
    """

    metric: str
    margin: float
    harm: Number
    at_least: Number
    is_broken: bool


class Course(_Part):
    """The primary metric's interval as it was at the end of each day, by all days until then."""

    day: str
    estimate: float
    low: float
    high: float


class Amount(_Part):
    """Money, or a number of conversions, with its interval."""

    estimate: float
    low: float
    high: float


class Worth(_Part):
    """Of adaptation, by the holdout, over `days` with data; null: too little is known."""

    days: int
    sessions: int
    currency: str
    revenue: Amount | None
    conversions: Amount | None
    egress: Amount | None


class ExperimentNow(_Part):
    """`told` is one sentence. `exposed` are those whom the arms would have served differently,
    `assigned` everybody; `sessions` are the control's and the candidate's. `is_mismatched`: the
    arms do not have their shares of the sessions (SRM), so trust none of this. `unlike` are
    segments that the primary metric moves otherwise in. `decisions` newest first. The `holdout`
    has no summary, but a worth.
    """

    name: str
    summary: Summary | None
    told: str
    sessions: tuple[int, int]
    exposed: list[Shown]
    assigned: list[Shown]
    is_mismatched: bool
    novelty: bool
    unlike: dict[str, Shown]
    guardrails: list[Guardrail]
    course: list[Course]
    decisions: list[Decision]
    worth: Worth | None
    since: datetime | None
