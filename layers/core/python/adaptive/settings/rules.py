"""What `ingest`, `score` and all who judge a session must agree on."""

from functools import cached_property
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from adaptive.edge.policy import Tier

BEST_SCORE = 100


Connection = Literal["fast", "medium", "slow"]
"""A class of round trips, see adaptive.delivery.connection."""


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
    Only tiers of `tiers_on` are chosen, richest first. `target_lcp_ms`, by class of connection, is
    aimed at for its sessions in place of the target's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: Target
    image_weight: dict[Tier, Annotated[float, Field(gt=0, le=1)]]
    script_weight: dict[Tier, Annotated[float, Field(gt=0, le=1)]]
    value: dict[Tier, Annotated[float, Field(ge=0, le=1)]]
    default_tier: Tier
    tiers_on: Annotated[tuple[Tier, ...], Field(min_length=1)] = tuple(Tier)
    target_lcp_ms: dict[Connection, Annotated[float, Field(gt=0, le=60_000)]] = {}

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

    def aim_ms(self, connection: Connection | None) -> float:
        """The LCP that is aimed at for a session of such a connection."""
        usual = self.target.lcp_ms
        return self.target_lcp_ms.get(connection, usual) if connection else usual

    @cached_property
    def penalty(self) -> float:
        """What a missed target costs: so much that a step up the ladder, on average, breaks even
        where it meets one of the two targets in the share of views that is asked.
        """
        share = self.target.share
        steps = pairwise(self.value[tier] for tier in Tier)
        even = [2 * (share * rich - poor) / (1 - share) for rich, poor in steps]
        return max(sum(even) / len(even), 0)
