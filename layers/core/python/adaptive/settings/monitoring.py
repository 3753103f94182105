"""Settings of the functions of monitoring."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from adaptive.settings.environment import Settings, decoded
from adaptive.settings.rules import ScoreRules


class Severity(StrEnum):
    """`page` gets somebody up, `ticket` can wait for the day, `info` for whoever looks."""

    PAGE = "page"
    TICKET = "ticket"
    INFO = "info"


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


class RollUpSettings(Settings):
    """The holdout is recomputed from the session id, with what `ingest` chose it by: that is
    `holdout_share` unless the beacon carries a policy's.

    `outcome_ttl_s` is how long is kept what a session came to.
    """

    rollups_table: str
    tallies_table: str
    dead_letter_bucket: str
    holdout_share: Annotated[float, Field(ge=0, le=1)]
    holdout_salt: str
    lists: Annotated[RollupLists, BeforeValidator(decoded)]
    experience: Annotated[ExperienceRules, BeforeValidator(decoded)]
    outcome_ttl_s: Annotated[int, Field(gt=0)]


class MergeRollupsSettings(Settings):
    """`rollups_table` holds the cells, `tallies_table` how far they are merged; what visitors are
    like goes to `operations_table`. `lists` bound how many groups there can be.
    """

    rollups_table: str
    tallies_table: str
    operations_table: str
    lists: Annotated[RollupLists, BeforeValidator(decoded)]


class EvaluateSettings(Settings):
    """`operations_table` has the change log, `bus` is where notices go; what is watched is in
    `rules_package`, a module of a layer (`adaptive.monitoring.rules_file`).
    """

    rollups_table: str
    alerts_table: str
    operations_table: str
    bus: str
    rules_package: str


HeaderName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")]


class PushMetricsSettings(Settings):
    """`url` is a receiver's of OTLP/HTTP, for metrics; the values of `headers` are in the secret.
    `range` is the window that figures are of, `lists` bound how many groups there can be.
    """

    site: str
    rollups_table: str
    tallies_table: str
    url: str
    headers: Annotated[tuple[HeaderName, ...], BeforeValidator(decoded)]
    header_secret: str
    range: str
    lists: Annotated[RollupLists, BeforeValidator(decoded)]


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


class NotifySettings(Settings):
    """`queue_url` is where notices come from, `sent_table` what was sent, `topic` the e-mail's;
    `destination_secret` is the ARN of the addresses of `destinations`, by name.
    """

    site: str
    queue_url: str
    sent_table: str
    topic: str
    topic_severities: Annotated[tuple[Severity, ...], BeforeValidator(decoded)]
    destination_secret: str
    destinations: Annotated[dict[str, Destination], BeforeValidator(decoded)]


class QuerySettings(Settings):
    """`operations_table` has the policy and the change log; `rules` and `holdout_share` hold until
    it has a policy. `lists` bound how many groups there can be. `policy` is the edge policy as JSON
    text, `quality_floor` tier or recipe -> points of SSIMULACRA2; `alert_bus` hears of roll-backs;
    `families` are those that are forecast.
    """

    rollups_table: str
    tallies_table: str
    operations_table: str
    sessions_table: str
    alerts_table: str
    delivered_table: str
    experiments_table: str
    predictions_table: str
    alert_bus: str
    site_bucket: str
    policy: str
    quality_floor: Annotated[dict[str, float], BeforeValidator(decoded)]
    families: Annotated[tuple[str, ...], BeforeValidator(decoded)]
    currency: str
    egress_per_gb: Annotated[float, Field(ge=0)]
    holdout_share: Annotated[float, Field(ge=0, le=1)]
    holdout_salt: str
    rules: Annotated[ScoreRules, BeforeValidator(decoded)]
    lists: Annotated[RollupLists, BeforeValidator(decoded)]


class SamplingRules(BaseModel):
    """Which share (above 0, at most 1) of the sessions' events is kept, by
    monitoring.sampling.Stratum; an LCP above `slow_ms` is slow, one up to `fast_ms` is fast.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rates: dict[str, Annotated[float, Field(gt=0, le=1)]]
    slow_ms: Annotated[float, Field(gt=0)]
    fast_ms: Annotated[float, Field(gt=0)]


class KeepEventsSettings(Settings):
    """`event_stream` is Firehose's; the arms are recomputed as by `roll_up`."""

    event_stream: str
    holdout_share: Annotated[float, Field(ge=0, le=1)]
    holdout_salt: str
    lists: Annotated[RollupLists, BeforeValidator(decoded)]
    sampling: Annotated[SamplingRules, BeforeValidator(decoded)]


class SetStandardsSettings(Settings):
    """`tallies_table` holds what sessions came to, and what they are held against."""

    tallies_table: str
    experience: Annotated[ExperienceRules, BeforeValidator(decoded)]


class ProbeSettings(Settings):
    """`probes` are packed (`adaptive.monitoring.probe`), `location` is where they run;
    `private` are hosts beyond the internet at large that they may ask.

    `rollups_parameter` names, in Systems Manager of the `home_region`, the table of results.
    """

    location: str
    home_region: str
    rollups_parameter: str
    probes: str
    private: str = "[]"
