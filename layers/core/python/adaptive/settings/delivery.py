"""Settings of the functions of delivery."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from adaptive.settings.environment import Settings, decoded
from adaptive.settings.rules import ScoreRules


class IngestSettings(Settings):
    """`holdout_share` is the share of sessions (0-1) kept as control; `holdout_salt` reshuffles
    them. It and `rules` hold until `operations_table` has a policy. `origin_secret` is the ARN of
    what proves CloudFront; `visitor_ttl_s` is how long who agreed keeps his arms, 0 not at all.
    """

    sessions_table: str
    operations_table: str
    beacon_stream: str
    origin_secret: str
    session_beacons_per_minute: Annotated[int, Field(gt=0)]
    sender_beacons_per_minute: Annotated[int, Field(gt=0)]
    holdout_share: Annotated[float, Field(ge=0, le=1)]
    holdout_salt: str
    visitor_ttl_s: Annotated[int, Field(ge=0)]
    rules: Annotated[ScoreRules, BeforeValidator(decoded)]


class ScoreSettings(Settings):
    """`session_ttl_s` is how long a session's record is kept after its last beacon; `rules` hold
    for beacons that were taken before `operations_table` had a policy.
    """

    sessions_table: str
    operations_table: str
    dead_letter_bucket: str
    session_ttl_s: Annotated[int, Field(gt=0)]
    rules: Annotated[ScoreRules, BeforeValidator(decoded)]


class OriginSettings(BaseModel):
    """The site's own origin; `timeout_s` is for a whole fetch."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str
    max_bytes: Annotated[int, Field(gt=0)]
    timeout_s: Annotated[float, Field(gt=0)]


class RenderSettings(Settings):
    """`policy` is the edge policy as JSON text; `quality_floor` and what visitors are to see of it,
    `displayed_quality`, are tier or recipe -> points of SSIMULACRA2.

    `pixel_limit` bounds what is decoded (width x height x frames); the lifetimes are seconds in the
    browser and in the CDN. Originals come from `origin`, if there is one, else from the bucket.
    """

    site_bucket: str
    policy: str
    quality_floor: Annotated[dict[str, float], BeforeValidator(decoded)]
    displayed_quality: Annotated[dict[str, float], BeforeValidator(decoded)]
    pixel_limit: Annotated[int, Field(gt=0)]
    browser_ttl_s: Annotated[int, Field(ge=0)]
    cdn_ttl_s: Annotated[int, Field(ge=0)]
    origin: Annotated[OriginSettings | None, BeforeValidator(decoded)] = None


class RotateSecretSettings(Settings):
    """`origin_secret` is the ARN of the secret that the distribution sends to the API."""

    origin_secret: str
    distribution_id: str


class DropRenditionsSettings(Settings):
    """`policy` is the edge policy as JSON text: it says which files have renditions."""

    site_bucket: str
    distribution_id: str
    policy: str


class TallySettings(Settings):
    """`policy` is the edge policy as JSON text: it says which paths are renditions.
    `delivered_table` is where the hours' sums are kept.
    """

    site_bucket: str
    delivered_table: str
    policy: str
