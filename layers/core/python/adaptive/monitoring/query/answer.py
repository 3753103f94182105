"""What the query API answers: the contract with the dashboard and with machines.

Instants are seconds since the epoch where they come in columns, else RFC 3339, UTC.
"""

from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from adaptive.delivery.explanation import Explanation
from adaptive.monitoring.notice import Notice
from adaptive.monitoring.query.estimate import CONFIDENCE
from adaptive.monitoring.silence import Silence

DataT = TypeVar("DataT")
Number = float | None


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Answer(_Part, Generic[DataT]):
    """`samples`: page views behind it. `fresh_at`: up to when views are counted, null if none came
    in the last quarter of an hour. `next`: what to pass as `cursor` for more, null at the end.
    """

    data: DataT
    samples: int
    fresh_at: datetime | None
    confidence: float = Field(default=CONFIDENCE, description="of every `low` to `high`, 0-1")
    next: str | None = None


class Estimated(_Part):
    """A figure between `low` and `high`; null where `samples` are too few to tell."""

    value: Number
    low: Number
    high: Number
    samples: int


class Line(_Part):
    """A group's figures, one per entry of `at`; null where nothing was measured."""

    group: dict[str, str]
    samples: int
    value: list[Number]
    low: list[Number]
    high: list[Number]
    n: list[int]


class Series(_Part):
    """Figures over time, in columns: `at` says where each step begins."""

    metric: str
    stat: str
    unit: str
    start: datetime
    end: datetime
    step_s: int
    resolution: str
    at: list[int]
    series: list[Line]


class Ratings(_Part):
    """How many views, by the Web Vitals limits."""

    good: int
    needs_improvement: int
    poor: int


class Bar(_Part):
    """Views whose value is above `low` and at most `high`."""

    low: float
    high: float
    n: int
    rating: str


class Shape(_Part):
    """How a vital is distributed in a group; bars that are empty are left out."""

    group: dict[str, str]
    samples: int
    percentiles: dict[str, Estimated]
    ratings: Ratings
    bars: list[Bar]


class Distribution(_Part):
    """A vital's values; `good` and `poor` are the limits of its ratings."""

    metric: str
    unit: str
    good: float
    poor: float
    start: datetime
    end: datetime
    groups: list[Shape]


class Row(_Part):
    """A group's figure; `share` is its part (0-1) of all page views asked about."""

    group: dict[str, str]
    value: Number
    low: Number
    high: Number
    samples: int
    views: int
    share: float


class Top(_Part):
    """Groups in order."""

    metric: str
    stat: str
    unit: str
    start: datetime
    end: datetime
    total: int
    rows: list[Row]


class VitalNow(_Part):
    """Its median and its 75th percentile, rated, beside that of a week before; `change` is
    relative.
    """

    metric: str
    unit: str
    p50: Estimated
    p75: Estimated
    rating: str | None
    ratings: Ratings
    week_before: Estimated
    change: Number
    differs: bool = Field(description="the two intervals do not overlap")


class GroupNow(_Part):
    """A group of page views at a glance."""

    group: dict[str, str]
    views: int
    share: float
    failing: Estimated
    lcp_p75: Estimated
    rating: str | None


class Overview(_Part):
    """The site's state at a glance; `failing` is the share of views with an error at least.
    `requests_per_s` are those of views that told; `sessions` began in this time.
    """

    start: datetime
    end: datetime
    views: int
    views_per_s: float
    requests_per_s: float
    sessions: int
    views_week_before: int
    failing: Estimated
    errors: int
    conversions: int
    bytes_per_view: Number
    vitals: list[VitalNow]
    page_groups: list[GroupNow]
    countries: list[GroupNow]
    devices: list[GroupNow]
    connections: list[GroupNow]
    tiers: list[GroupNow]


class Changed(_Part):
    """What somebody, or something, changed: a marker on charts."""

    at: datetime
    kind: str
    name: str
    who: str
    why: str


class Changes(_Part):
    """Oldest first."""

    start: datetime
    end: datetime
    changes: list[Changed]


class Difference(_Part):
    """Of a policy's key, dotted."""

    key: str
    before: str
    after: str


class PolicyVersion(_Part):
    """A version that was put in force, and what it changed of the one before."""

    version: int
    who: str
    why: str
    at: datetime
    changes: list[Difference]


class PolicyNow(_Part):
    """In force, and its history, newest first; version 0 is what `site.toml` says."""

    version: int
    policy: dict[str, Any]
    history: list[PolicyVersion]


class Visit(_Part):
    """A session; `trials` are the experiments that it is in, by its arm there. `explanation` says
    what its score is made of and what each tier promises its next view.
    """

    session: str
    arm: str
    trials: dict[str, str]
    policy: int
    kill: bool
    seen: int
    explanation: Explanation


class Going(_Part):
    """An alert that is `pending` or `firing`; `share` (0-1) is of its page views that are bad."""

    rule: str
    group: dict[str, str]
    stage: str
    since: datetime
    share: float


class Alerts(_Part):
    """What goes on, as judged until then (null: never yet), the latest that was told of each alert
    that began in the last 31 days or in the month asked for, newest first, and the silences in
    force.
    """

    judged_until: datetime | None
    going: list[Going]
    told: list[Notice]
    silences: list[Silence]


class Budget(_Part):
    """An SLO over its `days`: `spent` is the part of its error budget (above 1: more than all),
    `burn` how many times faster than allowed the last hour went.
    """

    slo: str
    objective: float
    days: int
    until: datetime
    good: int
    bad: int
    achieved: Number
    spent: float
    burn: float
    allows_promotion: bool


class Slos(_Part):
    """In the order of `site.toml`."""

    slos: list[Budget]


class DimensionGuard(_Part):
    """A dimension has `possible` values, of which `seen` had views; what is on no list is counted
    as `other` (`unlisted`, 0-1 of views), what nobody knows as `none` (`unknown`).
    """

    dimension: str
    possible: int
    seen: int
    views: int
    unlisted: float
    unknown: float


class Guards(_Part):
    """What bounds the cells of a minute, at most `most_cells`, and what is lost by that."""

    start: datetime
    end: datetime
    most_cells: int
    dimensions: list[DimensionGuard]


class Live(_Part):
    """Minute by minute, the last one going on; `tiers` are views of the whole half hour."""

    at: list[int]
    views: list[int]
    failing: list[int]
    conversions: list[int]
    tiers: dict[str, int]
