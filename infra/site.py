"""The shape of `site.toml`, and what follows from it for the functions."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from adaptive.edge.policy import Policy, Tier
from adaptive.experiments.declaration import Experiment
from adaptive.experiments.search import Search
from adaptive.monitoring.rule import Monitoring
from adaptive.monitoring.vital import VITALS
from adaptive.settings.rules import MOST_RECIPES, Recipe, RecipeName, ScoreRules, Target
from infra.sections.cloud import About, Cloud
from infra.sections.delivery import (
    WORST_QUALITY,
    Bundles,
    Delivery,
    Experience,
    Holdout,
    OwnOrigin,
    Photograph,
    RecipeRules,
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
    recipes: dict[RecipeName, RecipeRules] = Field(default_factory=dict, max_length=MOST_RECIPES)
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
        twins = {
            path: {**by_word, **self._twins_of_recipes(by_word)}
            for path, by_word in self.bundles.items()
        }
        return self._policy(twins, self.originals, own_origin=own_origin)

    @property
    def image_policy(self) -> Policy:
        """What `render` needs of it: the rest would not fit an environment of 4 KB."""
        return self._policy({}, {}, own_origin=False)

    @property
    def quality_floor(self) -> dict[str, float]:
        """How good images must look, by tier, and by recipe where it has images of its own."""
        return {str(tier): self.tiers[tier].quality_floor for tier in Tier} | {
            name: each.quality_floor or self.tiers[each.tier].quality_floor
            for name, each in self.recipes.items()
            if each.has_renditions
        }

    @property
    def displayed_quality(self) -> dict[str, float]:
        """What is left of it for visitors to see, by tier and recipe."""
        return {str(tier): self.tiers[tier].quality for tier in Tier} | {
            name: each.displayed_quality or each.quality_floor or self.tiers[each.tier].quality
            for name, each in self.recipes.items()
        }

    @property
    def limits(self) -> dict[str, float]:
        """What 75 % of page views are to meet, by vital: the target, else the good limit."""
        target = {"lcp_ms": self.target.lcp_ms, "inp_ms": self.target.inp_ms}
        return {vital.name: vital.good for vital in VITALS} | target

    @property
    def rules(self) -> ScoreRules:
        """What `ingest` and `score` must agree on."""
        value = self._value
        return ScoreRules(
            target=Target(**self.target.model_dump()),
            image_weight={tier: self.tiers[tier].image_weight for tier in Tier},
            script_weight={tier: self.tiers[tier].script_weight for tier in Tier},
            value={tier: value[tier] for tier in Tier},
            default_tier=self.delivery.default_tier,
            recipes={name: self._recipe(each, value[name]) for name, each in self.recipes.items()},
        )

    @property
    def _value(self) -> dict[str, float]:
        """Of a page view, by tier and recipe: 1 is that of `full`."""
        best = self.tiers.full.quality - WORST_QUALITY
        return {
            word: round((quality - WORST_QUALITY) / best, 4)
            for word, quality in self.displayed_quality.items()
        }

    def _recipe(self, said: RecipeRules, value: float) -> Recipe:
        own = self.tiers[said.tier]
        return Recipe(
            tier=said.tier,
            image_weight=said.image_weight or own.image_weight,
            script_weight=said.script_weight or self.tiers[said.bundles or said.tier].script_weight,
            value=value,
        )

    def _twins_of_recipes(self, twins: Mapping[str, str]) -> dict[str, str]:
        """Of one file: a recipe's own, else that of the tier whose bundles it has."""
        found = {
            name: twins.get(name) or twins.get(each.bundles or each.tier)
            for name, each in self.recipes.items()
        }
        return {name: twin for name, twin in found.items() if twin}

    @property
    def _upscale(self) -> dict[str, float]:
        tiers = {str(tier): self.tiers[tier].upscale for tier in Tier}
        own = {name: tiers[each.tier] for name, each in self.recipes.items() if each.has_renditions}
        return {word: most for word, most in {**tiers, **own}.items() if most > 1}

    def _policy(
        self,
        bundles: Mapping[str, Mapping[str, str]],
        originals: dict[Photograph, int],
        *,
        own_origin: bool,
    ) -> Policy:
        return Policy(
            image_prefixes=self.delivery.image_prefixes,
            widths=self.delivery.widths,
            max_width={
                **{tier: self.tiers[tier].max_width for tier in Tier},
                **{
                    name: each.max_width or self.tiers[each.tier].max_width
                    for name, each in self.recipes.items()
                    if each.has_renditions
                },
            },
            formats=self.delivery.formats,
            bundles=bundles,
            default_tier=self.delivery.default_tier,
            phone_width=self.delivery.phone_width,
            desktop_width=self.delivery.desktop_width or self.delivery.widths[-1],
            originals=originals,
            own_origin=own_origin,
            recipes={name: each.tier for name, each in self.recipes.items()},
            upscale=self._upscale,
        )
