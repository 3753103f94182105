"""What `site.toml` says of delivery."""

from typing import Annotated, Literal

from pydantic import Field

from adaptive.edge.policy import Tier
from adaptive.settings.delivery import OriginSettings
from adaptive.settings.rules import RecipeName
from infra.sections.section import Section

Format = Literal["avif", "webp", "jpg"]
Prefix = Annotated[str, Field(pattern=r"^/([A-Za-z0-9_~.-]+/)+$", max_length=200)]
Asset = Annotated[
    str,
    Field(
        pattern=r"^(/[A-Za-z0-9_~.-]+)+\.(m?js|css|woff2?|ttf|otf|jpe?g|png|webp|avif)$",
        max_length=200,
    ),
]
Image = Annotated[str, Field(pattern=r"^(/[A-Za-z0-9_~.-]+)+\.(jpe?g|png|webp)$", max_length=200)]
Word = Annotated[Tier | RecipeName, Field(union_mode="left_to_right")]
Bundles = Annotated[dict[Asset, dict[Word, Asset]], Field(max_length=2000)]
Photograph = Annotated[str, Field(pattern=r"^(/[A-Za-z0-9_~.-]+)+$", max_length=900)]
Width = Annotated[int, Field(ge=16, le=8192)]

WORST_QUALITY = 30
"""Points of SSIMULACRA2 that it calls low quality itself: a picture not worth showing."""


class Delivery(Section):
    """Which paths are adapted, and into what; widths are device pixels.

    `phone_width` and `desktop_width` are what browsers are taken to want that do not say; without
    the latter, the widest. `phone_screen` is how wide most phones' screens are, across which a
    tier's widest renditions are drawn: `adaptive-site polish` judges them so. `heroes` are images
    whose renditions `adaptive-site publish` makes ahead of the first visitor.
    `edge_runtime` is Lambda@Edge or CloudFront Functions, which decide the same. `originals` names
    a generated file, relative to `site.toml`: path of an image -> its width.
    `bundle_manifest` is a file that a build wrote (see `infra.bundles`), beside `site.toml`.
    """

    image_prefixes: Annotated[tuple[Prefix, ...], Field(min_length=1, max_length=10)]
    bundle_prefixes: Annotated[tuple[Prefix, ...], Field(max_length=10)]
    heroes: Annotated[tuple[Image, ...], Field(max_length=50)] = ()
    bundle_manifest: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    widths: Annotated[tuple[Width, ...], Field(min_length=1, max_length=20)]
    formats: Annotated[tuple[Format, ...], Field(min_length=1)]
    default_tier: Tier
    phone_width: Width
    phone_screen: Width | None = None
    desktop_width: Width | None = None
    edge_runtime: Literal["lambda", "function"]
    originals: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    max_renditions_per_image: Annotated[int, Field(ge=1, le=1000)]


class Holdout(Section):
    """`share` is 0-1 of sessions; who agreed keeps his arm for `sticky_days`, 0: for a session.
    Browsers keep no cookie for longer than 400 days.
    """

    share: Annotated[float, Field(ge=0, le=1)]
    salt: Annotated[str, Field(min_length=1, max_length=64)]
    sticky_days: Annotated[int, Field(ge=0, le=400)] = 90


class TierRules(Section):
    """`image_weight`: a page's bytes of images, `script_weight`: what a tap waits for the script,
    both over those at `full`; `quality_floor`: SSIMULACRA2 points of its widest pictures at their
    own width, `displayed_quality`: of what visitors see, else the same; `upscale`: how many times
    as wide pages may show a picture before the next width is sent.
    """

    max_width: Width
    upscale: Annotated[float, Field(ge=1, le=1.5)] = 1
    image_weight: Annotated[float, Field(gt=0, le=1)]
    script_weight: Annotated[float, Field(gt=0, le=1)] = 1
    quality_floor: Annotated[float, Field(ge=WORST_QUALITY, le=90)]
    displayed_quality: Annotated[float, Field(ge=WORST_QUALITY, le=90)] | None = None

    @property
    def quality(self) -> float:
        """As visitors see it: what the tier is worth follows from that."""
        return self.quality_floor if self.displayed_quality is None else self.displayed_quality


class Tiers(Section):
    """One entry for each tier, richest first."""

    full: TierRules
    standard: TierRules
    lite: TierRules
    minimal: TierRules

    def __getitem__(self, tier: Tier) -> TierRules:
        rules: TierRules = getattr(self, tier)
        return rules


class RecipeRules(Section):
    """Another way to serve `tier`, by what it says; what it does not say is as the tier has it.

    `bundles` is the tier whose twins its pages get; `[bundles]` may have some of its own.
    """

    tier: Tier
    bundles: Tier | None = None
    max_width: Width | None = None
    quality_floor: Annotated[float, Field(ge=WORST_QUALITY, le=90)] | None = None
    displayed_quality: Annotated[float, Field(ge=WORST_QUALITY, le=90)] | None = None
    image_weight: Annotated[float, Field(gt=0, le=1)] | None = None
    script_weight: Annotated[float, Field(gt=0, le=1)] | None = None

    @property
    def has_renditions(self) -> bool:
        """Of its own, beside the tier's."""
        return not (self.max_width is None and self.quality_floor is None)


class Experience(Section):
    """What is aimed at: LCP and INP within so many milliseconds in `share` (0-1) of page views."""

    lcp_ms: Annotated[float, Field(ge=100, le=60_000)]
    inp_ms: Annotated[float, Field(ge=16, le=10_000)]
    share: Annotated[float, Field(ge=0.5, le=0.95)]


class Sessions(Section):
    """How long session records are kept."""

    ttl_days: Annotated[int, Field(ge=1, le=400)]


class OwnOrigin(Section):
    """Where the site is served from already; limits are for fetching one original there.

    `cache_pages` keeps pages by tier, for as long as the origin's `Cache-Control` says.
    """

    url: Annotated[str, Field(max_length=200)]
    max_megabytes: Annotated[int, Field(ge=1, le=100)] = 30
    timeout_s: Annotated[float, Field(ge=1, le=15)] = 8
    cache_pages: bool = False

    @property
    def settings(self) -> OriginSettings:
        """What `render` needs to know."""
        return OriginSettings(
            url=self.url, max_bytes=self.max_megabytes * 1_000_000, timeout_s=self.timeout_s
        )


class Render(Section):
    """`pixel_limit` is width x height x frames; lifetimes are seconds."""

    pixel_limit: Annotated[int, Field(ge=1_000_000, le=1_000_000_000)]
    browser_ttl_s: Annotated[int, Field(ge=0, le=31_536_000)]
    cdn_ttl_s: Annotated[int, Field(ge=0, le=31_536_000)]
