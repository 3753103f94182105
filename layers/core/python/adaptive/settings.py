"""One frozen class per function: its environment variables, shared by the stack that sets them and
the code that reads them.
"""

import json
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from adaptive.edge.policy import Tier
from adaptive.errors import ConfigError

BEST_SCORE = 100


class Severity(StrEnum):
    """`page` gets somebody up, `ticket` can wait for the day, `info` for whoever looks."""

    PAGE = "page"
    TICKET = "ticket"
    INFO = "info"


class Target(BaseModel):
    """What a page view should be like: LCP and INP at most this, in this share (0-1) of views."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lcp_ms: Annotated[float, Field(gt=0, le=60_000)]
    inp_ms: Annotated[float, Field(gt=0, le=10_000)]
    share: Annotated[float, Field(ge=0.5, le=0.95)]


class ScoreRules(BaseModel):
    """How views become a score and a tier: `ingest` and `score` must agree on it.

    `image_weight`: a tier's images in bytes, `script_weight`: what a tap waits for its script, both
    over those of `full`. `value` (0-1) is what a view of a tier is worth that meets the target.
    Only tiers of `tiers_on` are chosen, richest first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: Target
    image_weight: dict[Tier, Annotated[float, Field(gt=0, le=1)]]
    script_weight: dict[Tier, Annotated[float, Field(gt=0, le=1)]]
    value: dict[Tier, Annotated[float, Field(ge=0, le=1)]]
    default_tier: Tier
    tiers_on: Annotated[tuple[Tier, ...], Field(min_length=1)] = tuple(Tier)

    @field_validator("image_weight", "script_weight", "value")
    @classmethod
    def _falls_from_1(cls, by_tier: dict[Tier, float]) -> dict[Tier, float]:
        if missing := [tier for tier in Tier if tier not in by_tier]:
            raise ValueError(f"lacks {', '.join(missing)}")
        if by_tier[Tier.FULL] != 1:
            raise ValueError("full must be 1, the measure")
        for richer, poorer in pairwise(Tier):
            if by_tier[poorer] > by_tier[richer]:
                raise ValueError(f"{poorer} must not be above {richer}")
        return by_tier

    @field_validator("tiers_on")
    @classmethod
    def _richest_first(cls, tiers: tuple[Tier, ...]) -> tuple[Tier, ...]:
        if len(set(tiers)) < len(tiers):
            raise ValueError("names one twice")
        return tuple(tier for tier in Tier if tier in tiers)

    @model_validator(mode="after")
    def _default_is_on(self) -> Self:
        if self.default_tier not in self.tiers_on:
            raise ValueError(f"default_tier {self.default_tier} is not among tiers_on")
        return self

    @cached_property
    def penalty(self) -> float:
        """What a missed target costs: so much that a step up the ladder, on average, breaks even
        where it meets one of the two targets in the share of views that is asked.
        """
        share = self.target.share
        steps = pairwise(self.value[tier] for tier in Tier)
        even = [2 * (share * rich - poor) / (1 - share) for rich, poor in steps]
        return max(sum(even) / len(even), 0)


def _decoded(value: object) -> object:
    return json.loads(value) if isinstance(value, str) else value


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True)

    def environment(self) -> dict[str, str]:
        """The variables to deploy: structured values as JSON."""
        values: dict[str, Any] = self.model_dump(mode="json")
        return {
            name.upper(): value if isinstance(value, str) else json.dumps(value)
            for name, value in values.items()
            if value is not None
        }

    @classmethod
    def load(cls, environment: Mapping[str, str]) -> Self:
        """Read them back; raises ConfigError naming each variable at fault."""
        try:
            return cls.model_validate({name.lower(): value for name, value in environment.items()})
        except ValidationError as error:
            faults = "; ".join(f"{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors())
            raise ConfigError(f"environment of {cls.__name__}: {faults}") from error


class IngestSettings(_Settings):
    """`holdout_share` is the share of sessions (0-1) kept as control; `holdout_salt` reshuffles
    them. It and `rules` hold until `operations_table` has a policy. `origin_secret` is the ARN of
    what proves CloudFront.
    """

    sessions_table: str
    operations_table: str
    beacon_stream: str
    origin_secret: str
    session_beacons_per_minute: Annotated[int, Field(gt=0)]
    sender_beacons_per_minute: Annotated[int, Field(gt=0)]
    holdout_share: Annotated[float, Field(ge=0, le=1)]
    holdout_salt: str
    rules: Annotated[ScoreRules, BeforeValidator(_decoded)]


class ScoreSettings(_Settings):
    """`session_ttl_s` is how long a session's record is kept after its last beacon; `rules` hold
    for beacons that were taken before `operations_table` had a policy.
    """

    sessions_table: str
    operations_table: str
    dead_letter_bucket: str
    session_ttl_s: Annotated[int, Field(gt=0)]
    rules: Annotated[ScoreRules, BeforeValidator(_decoded)]


class RollupLists(BaseModel):
    """Values that rollups tell apart, all others being one; `conversions` are names of events."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    page_groups: tuple[str, ...]
    countries: tuple[str, ...]
    releases: tuple[str, ...]
    conversions: tuple[str, ...]


class ExperienceRules(BaseModel):
    """Weights of the User Experience Index's parts, together 1; and what stands in until the site's
    own sessions tell: the median session's visible time and scroll depth (0-1), and the share of
    sessions (0-1) that end with a page that loads in a second.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    performance: Annotated[float, Field(ge=0, le=1)]
    engagement: Annotated[float, Field(ge=0, le=1)]
    calm: Annotated[float, Field(ge=0, le=1)]
    visible_ms: Annotated[float, Field(gt=0)]
    scroll_depth: Annotated[float, Field(gt=0, le=1)]
    bounce_share: Annotated[float, Field(ge=0, le=1)]


class RollUpSettings(_Settings):
    """The holdout is recomputed from the session id, with what `ingest` chose it by: that is
    `holdout_share` unless the beacon carries a policy's.

    `outcome_ttl_s` is how long is kept what a session came to.
    """

    rollups_table: str
    tallies_table: str
    dead_letter_bucket: str
    holdout_share: Annotated[float, Field(ge=0, le=1)]
    holdout_salt: str
    lists: Annotated[RollupLists, BeforeValidator(_decoded)]
    experience: Annotated[ExperienceRules, BeforeValidator(_decoded)]
    outcome_ttl_s: Annotated[int, Field(gt=0)]


class RecordSettings(_Settings):
    """The holdout is recomputed as `roll_up` does it. `conversions` are names of events, `currency`
    is what they are counted in, `cap_cents` the most that a session's are counted for.
    """

    experiments_table: str
    operations_table: str
    dead_letter_bucket: str
    holdout_salt: str
    holdout_share: Annotated[float, Field(ge=0, le=1)]
    rules: Annotated[ScoreRules, BeforeValidator(_decoded)]
    countries: Annotated[tuple[str, ...], BeforeValidator(_decoded)]
    conversions: Annotated[tuple[str, ...], BeforeValidator(_decoded)]
    currency: str
    cap_cents: Annotated[int, Field(gt=0)]


class JudgeSettings(_Settings):
    """`alert_bus` is told of roll-backs, `alerts_table` has the error budgets; `holdout_share` and
    `rules` hold until `operations_table` has a policy.
    """

    experiments_table: str
    operations_table: str
    alerts_table: str
    alert_bus: str
    holdout_share: Annotated[float, Field(ge=0, le=1)]
    rules: Annotated[ScoreRules, BeforeValidator(_decoded)]


class MergeRollupsSettings(_Settings):
    """`rollups_table` holds the cells, `tallies_table` how far they are merged."""

    rollups_table: str
    tallies_table: str


class EvaluateSettings(_Settings):
    """`operations_table` has the change log, `bus` is where notices go; what is watched is in
    `rules_package`, a module of a layer (`adaptive.monitoring.rules_file`).
    """

    rollups_table: str
    alerts_table: str
    operations_table: str
    bus: str
    rules_package: str


class DestinationKind(StrEnum):
    """Whose words a destination understands."""

    SLACK = "slack"
    TEAMS = "teams"
    PAGERDUTY = "pagerduty"
    PAGERDUTY_EU = "pagerduty-eu"
    WEBHOOK = "webhook"


class Destination(BaseModel):
    """Where notices of these severities go; its address is a secret."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: DestinationKind
    severities: tuple[Severity, ...]


class NotifySettings(_Settings):
    """`queue_url` is where notices come from, `sent_table` what was sent, `topic` the e-mail's;
    `destination_secret` is the ARN of the addresses of `destinations`, by name.
    """

    site: str
    queue_url: str
    sent_table: str
    topic: str
    topic_severities: Annotated[tuple[Severity, ...], BeforeValidator(_decoded)]
    destination_secret: str
    destinations: Annotated[dict[str, Destination], BeforeValidator(_decoded)]


class QuerySettings(_Settings):
    """`operations_table` has the policy and the change log; `rules` and `holdout_share` hold until
    it has a policy. `lists` bound how many groups there can be.
    """

    rollups_table: str
    tallies_table: str
    operations_table: str
    sessions_table: str
    alerts_table: str
    holdout_share: Annotated[float, Field(ge=0, le=1)]
    holdout_salt: str
    rules: Annotated[ScoreRules, BeforeValidator(_decoded)]
    lists: Annotated[RollupLists, BeforeValidator(_decoded)]


class SamplingRules(BaseModel):
    """Which share (above 0, at most 1) of the sessions' events is kept, by
    monitoring.sampling.Stratum; an LCP above `slow_ms` is slow, one up to `fast_ms` is fast.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rates: dict[str, Annotated[float, Field(gt=0, le=1)]]
    slow_ms: Annotated[float, Field(gt=0)]
    fast_ms: Annotated[float, Field(gt=0)]


class KeepEventsSettings(_Settings):
    """`event_stream` is Firehose's; the arms are recomputed as by `roll_up`."""

    event_stream: str
    holdout_share: Annotated[float, Field(ge=0, le=1)]
    holdout_salt: str
    lists: Annotated[RollupLists, BeforeValidator(_decoded)]
    sampling: Annotated[SamplingRules, BeforeValidator(_decoded)]


class SetStandardsSettings(_Settings):
    """`tallies_table` holds what sessions came to, and what they are held against."""

    tallies_table: str
    experience: Annotated[ExperienceRules, BeforeValidator(_decoded)]


class ProbeSettings(_Settings):
    """`probes` are packed (`adaptive.monitoring.probe`), `location` is where they run.

    `rollups_parameter` names, in Systems Manager of the `home_region`, the table of results.
    """

    location: str
    home_region: str
    rollups_parameter: str
    probes: str


class OriginSettings(BaseModel):
    """The site's own origin; `timeout_s` is for a whole fetch."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str
    max_bytes: Annotated[int, Field(gt=0)]
    timeout_s: Annotated[float, Field(gt=0)]


class RenderSettings(_Settings):
    """`policy` is the edge policy as JSON text; `quality_floor` is tier -> points of SSIMULACRA2.

    `pixel_limit` bounds what is decoded (width x height x frames); the lifetimes are seconds in the
    browser and in the CDN. Originals come from `origin`, if there is one, else from the bucket.
    """

    site_bucket: str
    policy: str
    quality_floor: Annotated[dict[Tier, float], BeforeValidator(_decoded)]
    pixel_limit: Annotated[int, Field(gt=0)]
    browser_ttl_s: Annotated[int, Field(ge=0)]
    cdn_ttl_s: Annotated[int, Field(ge=0)]
    origin: Annotated[OriginSettings | None, BeforeValidator(_decoded)] = None


class RotateSecretSettings(_Settings):
    """`origin_secret` is the ARN of the secret that the distribution sends to the API."""

    origin_secret: str
    distribution_id: str


class DropRenditionsSettings(_Settings):
    """`policy` is the edge policy as JSON text: it says which files have renditions."""

    site_bucket: str
    distribution_id: str
    policy: str


class TallySettings(_Settings):
    """`policy` is the edge policy as JSON text: it says which paths are renditions."""

    site_bucket: str
    policy: str


class KnownEvent(BaseModel):
    """Local days on which traffic is not as usual; `factor` is of the usual, None: unknown, or as
    the last time.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=64)]
    first: date
    last: date
    factor: Annotated[float, Field(gt=0, le=1_000)] | None = None


class ForecastSettings(_Settings):
    """`limits` are by measure, the worst that it should be; `families` are single dimensions or
    `all`.

    A group of views is forecast if it has `least_views` an hour, and measured in hours that do.
    """

    rollups_table: str
    predictions_table: str
    lists: Annotated[RollupLists, BeforeValidator(_decoded)]
    families: Annotated[tuple[str, ...], BeforeValidator(_decoded)]
    limits: Annotated[dict[str, float], BeforeValidator(_decoded)]
    time_zone: str
    events: Annotated[tuple[KnownEvent, ...], BeforeValidator(_decoded)] = ()
    least_views: Annotated[int, Field(gt=0)]
    horizon_h: Annotated[int, Field(ge=24, le=72)]
