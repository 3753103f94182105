"""One frozen class per function: its environment variables, shared by the stack that sets them and
the code that reads them.
"""

import json
from collections.abc import Mapping
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from adaptive.edge.policy import Tier
from adaptive.errors import ConfigError

BEST_SCORE = 100


class Target(BaseModel):
    """What a page view should be like: LCP and INP at most this, in this share (0-1) of views."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lcp_ms: Annotated[float, Field(gt=0, le=60_000)]
    inp_ms: Annotated[float, Field(gt=0, le=10_000)]
    share: Annotated[float, Field(ge=0.5, le=0.95)]


class ScoreRules(BaseModel):
    """How views become a score and a tier; one value for `ingest` and `score`, which must agree.

    `image_weight`: a tier's images in bytes, `script_weight`: what a tap waits for its script, both
    over those of `full`. `value` (0-1) is what a view of a tier is worth that meets the target.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: Target
    image_weight: dict[Tier, Annotated[float, Field(gt=0, le=1)]]
    script_weight: dict[Tier, Annotated[float, Field(gt=0, le=1)]]
    value: dict[Tier, Annotated[float, Field(ge=0, le=1)]]
    default_tier: Tier

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
    them. `origin_secret` is the ARN of what proves CloudFront.
    """

    sessions_table: str
    beacon_stream: str
    origin_secret: str
    session_beacons_per_minute: Annotated[int, Field(gt=0)]
    sender_beacons_per_minute: Annotated[int, Field(gt=0)]
    holdout_share: Annotated[float, Field(ge=0, le=1)]
    holdout_salt: str
    rules: Annotated[ScoreRules, BeforeValidator(_decoded)]


class ScoreSettings(_Settings):
    """`session_ttl_s` is how long a session's record is kept after its last beacon."""

    sessions_table: str
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


class RollUpSettings(_Settings):
    """The holdout is recomputed from the session id, with what `ingest` chose it by."""

    rollups_table: str
    tallies_table: str
    dead_letter_bucket: str
    holdout_share: Annotated[float, Field(ge=0, le=1)]
    holdout_salt: str
    lists: Annotated[RollupLists, BeforeValidator(_decoded)]


class MergeRollupsSettings(_Settings):
    """`rollups_table` holds the cells, `tallies_table` how far they are merged."""

    rollups_table: str
    tallies_table: str


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
