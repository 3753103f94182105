"""The shape of `site.toml`, and what follows from it for the functions."""

from typing import Annotated

from pydantic import Field

from adaptive.edge.policy import Policy, Tier
from adaptive.experiments.declaration import Experiment
from adaptive.experiments.search import Search
from adaptive.monitoring.rule import Monitoring
from adaptive.monitoring.vital import VITALS
from adaptive.settings.rules import ScoreRules, Target
from infra.sections.cloud import About, Cloud
from infra.sections.delivery import (
    WORST_QUALITY,
    Bundles,
    Delivery,
    Experience,
    Holdout,
    OwnOrigin,
    Photograph,
    Render,
    Sessions,
    Tiers,
)
from infra.sections.monitoring import (
    Exports,
    Notify,
    Probes,
    RawEvents,
    Rollups,
    UserExperience,
)
from infra.sections.prediction import Outcomes, Prediction
from infra.sections.section import Section


class Site(Section):
    """The whole of `site.toml`, and of the generated file that it names."""

    site: About
    delivery: Delivery
    holdout: Holdout
    tiers: Tiers
    target: Experience
    sessions: Sessions
    bundles: Bundles
    render: Render
    origin: OwnOrigin | None = None
    experience: UserExperience = UserExperience()
    raw_events: RawEvents = RawEvents()
    rollups: Rollups = Rollups()
    prediction: Prediction = Prediction()
    notify: Notify = Notify()
    outcomes: Outcomes = Outcomes()
    experiments: Annotated[tuple[Experiment, ...], Field(max_length=50)] = ()
    optimiser: Search | None = None
    monitoring: Monitoring = Monitoring()
    probes: Probes = Probes()
    exports: Exports = Exports()
    cloud: Cloud
    originals: Annotated[
        dict[Photograph, Annotated[int, Field(ge=1, le=100_000)]], Field(max_length=2_000)
    ]

    @property
    def policy(self) -> Policy:
        """What is baked into the edge package."""
        own_origin = self.origin is not None
        return self._policy(self.bundles, self.originals, own_origin=own_origin)

    @property
    def image_policy(self) -> Policy:
        """What `render` needs of it: the rest would not fit an environment of 4 KB."""
        return self._policy({}, {}, own_origin=False)

    @property
    def quality_floor(self) -> dict[Tier, float]:
        """How good images must look, by tier."""
        return {tier: self.tiers[tier].quality_floor for tier in Tier}

    @property
    def limits(self) -> dict[str, float]:
        """What 75 % of page views are to meet, by vital: the target, else the good limit."""
        target = {"lcp_ms": self.target.lcp_ms, "inp_ms": self.target.inp_ms}
        return {vital.name: vital.good for vital in VITALS} | target

    @property
    def rules(self) -> ScoreRules:
        """What `ingest` and `score` must agree on."""
        best = self.tiers.full.quality - WORST_QUALITY
        return ScoreRules(
            target=Target(**self.target.model_dump()),
            image_weight={tier: self.tiers[tier].image_weight for tier in Tier},
            script_weight={tier: self.tiers[tier].script_weight for tier in Tier},
            value={
                tier: round((self.tiers[tier].quality - WORST_QUALITY) / best, 4) for tier in Tier
            },
            default_tier=self.delivery.default_tier,
        )

    def _policy(
        self, bundles: Bundles, originals: dict[Photograph, int], *, own_origin: bool
    ) -> Policy:
        return Policy(
            image_prefixes=self.delivery.image_prefixes,
            widths=self.delivery.widths,
            max_width={tier: self.tiers[tier].max_width for tier in Tier},
            formats=self.delivery.formats,
            bundles=bundles,
            default_tier=self.delivery.default_tier,
            phone_width=self.delivery.phone_width,
            desktop_width=self.delivery.desktop_width or self.delivery.widths[-1],
            originals=originals,
            own_origin=own_origin,
        )
