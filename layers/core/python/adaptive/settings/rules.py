"""What `ingest`, `score` and all who judge a session must agree on."""

from collections.abc import Mapping
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from adaptive.edge.policy import WORDS, Tier

BEST_SCORE = 100
MOST_RECIPES = 8


Connection = Literal["fast", "medium", "slow"]
"""A class of round trips, see adaptive.delivery.connection."""


class Target(BaseModel):
    """What a page view should be like: LCP and INP at most this, in this share (0-1) of views."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lcp_ms: Annotated[float, Field(gt=0, le=60_000)]
    inp_ms: Annotated[float, Field(gt=0, le=10_000)]
    share: Annotated[float, Field(ge=0.5, le=0.95)]


def _is_free(name: str) -> str:
    if name in {*WORDS, "original"}:
        raise ValueError(f"{name} is taken")
    return name


RecipeName = Annotated[str, Field(pattern=r"^[a-z]{2,16}$"), AfterValidator(_is_free)]
_Weight = Annotated[float, Field(gt=0, le=1)]


class Recipe(BaseModel):
    """Another way to serve a tier than its own, by what tiers have; against `full` likewise."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tier: Tier
    image_weight: _Weight
    script_weight: _Weight
    value: Annotated[float, Field(ge=0, le=1)]


class Served(NamedTuple):
    """What a tier is served with: its weights, and what a view of it is worth."""

    images: float
    scripts: float
    value: float


class ScoreRules(BaseModel):
    """How views become a score and a tier: `ingest` and `score` must agree on it.

    `image_weight`: a tier's images in bytes, `script_weight`: what a tap waits for its script, both
    over those of `full`. `value` (0-1) is what a view of a tier is worth that meets the target.
    Only tiers of `tiers_on` are chosen, richest first. `target_lcp_ms`, by class of connection, is
    aimed at for its sessions in place of the target's. `recipes` are those that are deployed;
    `served_as` names the one by which a tier is served, if not in its own way.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: Target
    image_weight: dict[Tier, _Weight]
    script_weight: dict[Tier, _Weight]
    value: dict[Tier, Annotated[float, Field(ge=0, le=1)]]
    default_tier: Tier
    tiers_on: Annotated[tuple[Tier, ...], Field(min_length=1)] = tuple(Tier)
    target_lcp_ms: dict[Connection, Annotated[float, Field(gt=0, le=60_000)]] = {}
    recipes: Annotated[dict[RecipeName, Recipe], Field(max_length=MOST_RECIPES)] = {}
    served_as: dict[Tier, RecipeName] = {}

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

    @model_validator(mode="after")
    def _is_deployed(self) -> Self:
        for tier, name in self.served_as.items():
            recipe = self.recipes.get(name)
            if recipe is None:
                known = ", ".join(self.recipes) or "there is none"
                raise ValueError(f"served_as.{tier}: {name} is none of the recipes: {known}")
            if recipe.tier != tier:
                raise ValueError(f"served_as.{tier}: {name} is a recipe of {recipe.tier}")
        return self

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Without what was worked out of the fields as they were."""
        copied = super().model_copy(update=update, deep=deep)
        for name in copied.__dict__.keys() - type(self).model_fields.keys():
            del copied.__dict__[name]
        return copied

    def as_served(self, tier: Tier, recipe: str | None) -> Served:
        """By that recipe; in the tier's own way if it has no such one."""
        known = self._ways
        return known.get((tier, recipe)) or known[tier, None]

    @cached_property
    def offered(self) -> dict[Tier, Served]:
        """How each tier is served now."""
        return {tier: self.as_served(tier, self.served_as.get(tier)) for tier in Tier}

    @cached_property
    def _ways(self) -> dict[tuple[Tier, str | None], Served]:
        ways: dict[tuple[Tier, str | None], Served] = {
            (tier, None): Served(
                self.image_weight[tier], self.script_weight[tier], self.value[tier]
            )
            for tier in Tier
        }
        for name, each in self.recipes.items():
            ways[each.tier, name] = Served(each.image_weight, each.script_weight, each.value)
        return ways

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
