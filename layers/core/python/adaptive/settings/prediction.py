"""Settings of the functions of prediction."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from adaptive.edge.policy import Tier
from adaptive.settings.environment import Settings, decoded
from adaptive.settings.monitoring import RollupLists
from adaptive.settings.rules import ScoreRules


class KnownEvent(BaseModel):
    """Local days on which traffic is not as usual; `factor` is of the usual, None: unknown, or as
    the last time.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=64)]
    first: date
    last: date
    factor: Annotated[float, Field(gt=0, le=1_000)] | None = None


class Watched(BaseModel):
    """What CloudWatch is asked about: names in the account, of `functions` and `tables` by ours."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    functions: dict[str, str]
    tables: dict[str, str]
    stream: str


class ForecastSettings(Settings):
    """`limits` are by measure, the worst that it should be; `families` are single dimensions or
    `all`; `operations_table` has the change log.

    A group of views is forecast if it has `least_views` an hour, and measured in hours that do.
    """

    rollups_table: str
    predictions_table: str
    operations_table: str
    lists: Annotated[RollupLists, BeforeValidator(decoded)]
    families: Annotated[tuple[str, ...], BeforeValidator(decoded)]
    limits: Annotated[dict[str, float], BeforeValidator(decoded)]
    time_zone: str
    events: Annotated[tuple[KnownEvent, ...], BeforeValidator(decoded)] = ()
    least_views: Annotated[int, Field(gt=0)]
    horizon_h: Annotated[int, Field(ge=24, le=72)]
    watched: Annotated[Watched | None, BeforeValidator(decoded)] = None


class FunctionSize(BaseModel):
    """A function as deployed; None: nothing is reserved, or paid ahead."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    memory_mib: int
    reserved: int | None = None
    provisioned: int | None = None


class Deployed(BaseModel):
    """What recommendations may change, as it is now; `functions` and `tables` by our names for
    them. `heavy_bundles` are those that the tier `standard` gets in full, the first few of them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    stream: Literal["provisioned", "on-demand"]
    shards: int
    requests_per_second: int
    cdn_ttl_s: int
    functions: dict[str, FunctionSize]
    tables: dict[str, str] = {}
    heroes: tuple[str, ...] = ()
    renditions_per_image: int = 1
    script_kilobytes: dict[str, float] = {}
    heavy_bundles: dict[str, dict[Tier, str]] = {}
    releases: tuple[str, ...] = ()
    origin_host: str = ""
    origin_regions: tuple[str, ...] = ()
    account_concurrency: int = 1_000
    beacons_per_view: float = 2.0
    beacon_bytes: float = 600.0


class RecommendSettings(Settings):
    """`rules` and `holdout_share` hold until `operations_table` has a policy; `limits` are by
    measure, the worst that it should be. An hour with `least_views` tells how it went.
    `anomaly_rules` are the metrics of those that look for what rises, by name.
    """

    rollups_table: str
    predictions_table: str
    operations_table: str
    alerts_table: str
    holdout_share: Annotated[float, Field(ge=0, le=1)]
    rules: Annotated[ScoreRules, BeforeValidator(decoded)]
    lists: Annotated[RollupLists, BeforeValidator(decoded)]
    limits: Annotated[dict[str, float], BeforeValidator(decoded)]
    least_views: Annotated[int, Field(gt=0)]
    anomaly_rules: Annotated[dict[str, str], BeforeValidator(decoded)]
    deployed: Annotated[Deployed, BeforeValidator(decoded)]
