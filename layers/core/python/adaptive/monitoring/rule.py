"""What is watched, as `[monitoring]` in site.toml says it; `docs/monitoring.md` explains the keys.

What must hold between keys is in `rule_faults`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from adaptive.monitoring.probed import FAILING
from adaptive.monitoring.sli import METRICS, VIEWS
from adaptive.settings.monitoring import Severity

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
Dimension = Literal[
    "page_group",
    "country",
    "device",
    "connection",
    "browser",
    "tier",
    "release",
    "arm",
    "probe",
    "location",
]
Value = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
Reason = Annotated[str, StringConstraints(min_length=10, max_length=300)]
Runbook = Annotated[str, StringConstraints(pattern=r"^(https://[!-~]+|[A-Za-z0-9-]{1,80})$")]
Minutes = Annotated[int, Field(ge=1, le=1_440)]
Positive = Annotated[float, Field(gt=0, le=1e9)]


def _known(metric: str) -> str:
    if metric not in METRICS:
        raise ValueError(f"is not one of {', '.join(METRICS)}")
    return metric


Metric = Annotated[str, AfterValidator(_known)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class _Rule(_Section):
    """Told when it has held for `for_minutes`, over when it has not for `keep_minutes`.

    In any of the windows, ascending: the shortest finds soon what is bad, the longest what is
    small or seldom. `by` tells groups apart, `where` narrows; `unless` names rules that say more.
    """

    severity: Severity
    why: Reason
    window_minutes: Annotated[tuple[Minutes, ...], Field(min_length=1, max_length=4)]
    for_minutes: Annotated[int, Field(ge=0, le=1_440)] = 0
    keep_minutes: Minutes = 10
    by: Annotated[tuple[Dimension, ...], Field(max_length=2)] = ()
    where: Annotated[dict[Dimension, Value], Field(max_length=2)] = {}
    min_samples: Annotated[int, Field(ge=1, le=10_000_000)] = 20
    unless: Annotated[tuple[Name, ...], Field(max_length=10)] = ()
    runbook: Runbook


class _Measured(_Rule):
    """`percentile` of a vital; the other metrics are means per view."""

    metric: Metric
    percentile: Annotated[float, Field(ge=1, le=99.9)] | None = None


class Threshold(_Measured):
    """A metric above or below a fixed value, in its unit."""

    kind: Literal["threshold"]
    above: Positive | None = None
    below: Positive | None = None


class Change(_Measured):
    """A metric that has risen or fallen by a share, against the same hour of so many weeks before
    (the median of them), or against the release before this one.
    """

    kind: Literal["change"]
    against: Literal["weeks", "release"] = "weeks"
    weeks: Annotated[int, Field(ge=1, le=8)] = 3
    rises: Annotated[float, Field(ge=0.05, le=100)] | None = None
    falls: Annotated[float, Field(ge=0.05, lt=1)] | None = None


class Absence(_Rule):
    """At most `share` of the views that the weeks before, or else the last hour, let expect."""

    kind: Literal["absence"]
    weeks: Annotated[int, Field(ge=1, le=8)] = 3
    share: Annotated[float, Field(ge=0, le=0.9)] = 0

    @property
    def metric(self) -> str:
        """What is absent."""
        return VIEWS


class Anomaly(_Measured):
    """A metric that leaves the range that it was seen in, upwards or downwards, by `least_score`
    times what its detector puts up with: no limit is to be known.
    """

    kind: Literal["anomaly"]
    moves: Literal["up", "down"] = "up"
    least_score: Annotated[float, Field(ge=0.1, le=20)] = 1


class Probed(_Rule):
    """A probe that fails `runs` times in a row: at `outage_from` locations, or at all where there
    are fewer, it finds an outage, else a problem of a location.
    """

    kind: Literal["probe"]
    finds: Literal["outage", "location"]
    runs: Annotated[int, Field(ge=1, le=20)] = 2
    outage_from: Annotated[int, Field(ge=1, le=10)] = 2

    @property
    def metric(self) -> str:
        """Of runs, those that fail."""
        return FAILING


Rule = Annotated[Threshold | Change | Absence | Anomaly | Probed, Field(discriminator="kind")]


class Slo(_Section):
    """`objective` (0-1) of views are good, over `days`: not slower than so many ms, or without
    what `metric` counts. `page` false: it only makes tickets.
    """

    metric: Metric
    slower_than: Positive | None = None
    objective: Annotated[float, Field(ge=0.5, le=0.99999)]
    days: Annotated[int, Field(ge=1, le=30)] = 28
    where: Annotated[dict[Dimension, Value], Field(max_length=2)] = {}
    page: bool = True
    min_bad: Annotated[int, Field(ge=1, le=1_000_000)] = 10
    unless: Annotated[tuple[Name, ...], Field(max_length=10)] = ()
    why: Reason
    runbook: Runbook


class Budget(_Section):
    """What a view of a page group may weigh, in the mean of an hour."""

    kilobytes: Positive | None = None
    script_kilobytes: Positive | None = None
    requests: Positive | None = None
    severity: Severity = Severity.TICKET
    why: Reason
    runbook: Runbook


Address = Annotated[str, StringConstraints(pattern=r"^(https?://[!-~]+)?$", max_length=500)]


class Monitoring(_Section):
    """`delay_minutes`: how long a minute is waited for after its end, for what comes late.

    `repeat_minutes`: how often one is reminded of what fires on. `join_minutes`: what begins so
    soon after an alert, and may be part of it, is not told by itself.
    """

    delay_minutes: Annotated[int, Field(ge=1, le=30)] = 1
    repeat_minutes: Annotated[int, Field(ge=10, le=10_080)] = 240
    join_minutes: Annotated[int, Field(ge=0, le=240)] = 30
    dashboard_url: Address = ""
    runbooks_url: Address = ""
    rules: Annotated[dict[Name, Rule], Field(max_length=1_000)] = {}
    slos: Annotated[dict[Name, Slo], Field(max_length=100)] = {}
    budgets: Annotated[dict[Value, Budget], Field(max_length=30)] = {}
