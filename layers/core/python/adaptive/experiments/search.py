"""The policies that the optimiser may propose: a grid within declared bounds, and nothing else."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Annotated, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from adaptive.delivery.trial import Changes
from adaptive.edge.policy import Tier
from adaptive.experiments.metric import METRICS
from adaptive.settings.rules import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adaptive.settings.rules import ScoreRules

_Ms = Annotated[float, Field(gt=0, le=60_000)]
_Share = Annotated[float, Field(ge=0.5, le=0.95)]


class Point(NamedTuple):
    """A policy, as far as it is searched: the LCP and the share of views that are aimed at, and
    what unknown visitors get.
    """

    lcp_ms: float
    share: float
    default_tier: Tier

    @classmethod
    def of(cls, rules: ScoreRules) -> Self:
        """Where a policy is."""
        return cls(rules.target.lcp_ms, rules.target.share, rules.default_tier)


class Search(BaseModel):
    """`[optimiser]` of `site.toml`: `metric` is what a policy is to raise, the bounds are those of
    the policy's keys, `steps` how many values of each are tried between them.

    `minimum_effect` and `guardrails` are those of the experiments that it proposes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    metric: str
    minimum_effect: Annotated[float, Field(gt=0, le=1)]
    guardrails: Annotated[
        dict[str, Annotated[float, Field(ge=0, le=1)]], Field(min_length=1, max_length=5)
    ]
    lcp_ms: tuple[_Ms, _Ms]
    share: tuple[_Share, _Share]
    default_tiers: Annotated[tuple[Tier, ...], Field(min_length=1)]
    steps: Annotated[int, Field(ge=2, le=7)] = 5

    @field_validator("metric", "guardrails")
    @classmethod
    def _are_metrics(cls, named: str | dict[str, float]) -> str | dict[str, float]:
        for name in [named] if isinstance(named, str) else named:
            if name not in METRICS:
                raise ValueError(f"{name} is none of {', '.join(METRICS)}")
        return named

    @model_validator(mode="after")
    def _bounds_ascend(self) -> Self:
        for name in ("lcp_ms", "share"):
            low, high = getattr(self, name)
            if low >= high:
                raise ValueError(f"{name}: from and up to, ascending")
        return self

    def grid(self) -> Iterator[Point]:
        """All that may ever be proposed."""
        tiers = [tier for tier in Tier if tier in self.default_tiers]
        for lcp_ms, share, tier in product(
            self._values(*self.lcp_ms), self._values(*self.share), tiers
        ):
            yield Point(lcp_ms, share, tier)

    def place(self, point: Point) -> tuple[float, float, float]:
        """In steps of the grid."""
        return (
            (point.lcp_ms - self.lcp_ms[0]) / self._step(*self.lcp_ms),
            (point.share - self.share[0]) / self._step(*self.share),
            point.default_tier.rank,
        )

    def changes(self, point: Point, rules: ScoreRules) -> Changes:
        """What makes a policy one of that point."""
        target = rules.target.model_copy(update={"lcp_ms": point.lcp_ms, "share": point.share})
        return Changes(target=Target(**target.model_dump()), default_tier=point.default_tier)

    def _step(self, low: float, high: float) -> float:
        return (high - low) / (self.steps - 1)

    def _values(self, low: float, high: float) -> list[float]:
        return [round(low + at * self._step(low, high), 4) for at in range(self.steps)]
