"""The shape of `site.toml`, and what follows from it for the functions."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from adaptive.edge.policy import Policy, Tier
from adaptive.experiments.declaration import Experiment
from adaptive.monitoring.probe import Probe
from adaptive.monitoring.rule import Monitoring
from adaptive.monitoring.sampling import Stratum
from adaptive.monitoring.vital import VITALS
from adaptive.settings import (
    Destination,
    ExperienceRules,
    KnownEvent,
    OriginSettings,
    RollupLists,
    SamplingRules,
    ScoreRules,
    Severity,
    Target,
)

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
Bundles = Annotated[dict[Asset, dict[Tier, Asset]], Field(max_length=2000)]
Photograph = Annotated[str, Field(pattern=r"^(/[A-Za-z0-9_~.-]+)+$", max_length=900)]
Width = Annotated[int, Field(ge=16, le=8192)]

WORST_QUALITY = 30
"""Points of SSIMULACRA2 that it calls low quality itself: a picture not worth showing."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class About(_Section):
    """`name` tells deployments apart in logs and in the console."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")]


class Delivery(_Section):
    """Which paths are adapted, and into what; widths are device pixels.

    `heroes` are images whose renditions `adaptive-site publish` makes ahead of the first visitor.
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
    edge_runtime: Literal["lambda", "function"]
    originals: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    max_renditions_per_image: Annotated[int, Field(ge=1, le=1000)]


class Holdout(_Section):
    """`share` is 0-1 of sessions."""

    share: Annotated[float, Field(ge=0, le=1)]
    salt: Annotated[str, Field(min_length=1, max_length=64)]


class TierRules(_Section):
    """`image_weight`: a page's bytes of images, `script_weight`: what a tap waits for the script,
    both over those at `full`; `quality_floor`: SSIMULACRA2 points.
    """

    max_width: Width
    image_weight: Annotated[float, Field(gt=0, le=1)]
    script_weight: Annotated[float, Field(gt=0, le=1)] = 1
    quality_floor: Annotated[float, Field(ge=WORST_QUALITY, le=90)]


class Tiers(_Section):
    """One entry for each tier, richest first."""

    full: TierRules
    standard: TierRules
    lite: TierRules
    minimal: TierRules

    def __getitem__(self, tier: Tier) -> TierRules:
        rules: TierRules = getattr(self, tier)
        return rules


class Experience(_Section):
    """What is aimed at: LCP and INP within so many milliseconds in `share` (0-1) of page views."""

    lcp_ms: Annotated[float, Field(ge=100, le=60_000)]
    inp_ms: Annotated[float, Field(ge=16, le=10_000)]
    share: Annotated[float, Field(ge=0.5, le=0.95)]


class UserExperience(_Section):
    """How the parts of the User Experience Index weigh, together 1, and what stands in for what the
    site's own sessions tell once there are enough (docs/experience.md).
    """

    performance: Annotated[float, Field(ge=0, le=1)] = 0.5
    engagement: Annotated[float, Field(ge=0, le=1)] = 0.3
    calm: Annotated[float, Field(ge=0, le=1)] = 0.2
    visible_s: Annotated[float, Field(ge=1, le=3_600)] = 20
    scroll_depth: Annotated[float, Field(ge=0.01, le=1)] = 0.5
    bounce_share: Annotated[float, Field(ge=0, le=1)] = 0.35

    @property
    def rules(self) -> ExperienceRules:
        """What `roll_up` needs to know."""
        return ExperienceRules(
            visible_ms=self.visible_s * 1_000, **self.model_dump(exclude={"visible_s"})
        )


Rate = Annotated[float, Field(gt=0, le=1)]


class RawEvents(_Section):
    """Which share of sessions' raw events is kept for drilling down, by what they tell of; an LCP
    above `slow_ms` is slow, one up to `fast_ms` fast.
    """

    converting: Rate = 1
    failing: Rate = 1
    slow: Rate = 0.1
    normal: Rate = 0.01
    fast: Rate = 0.001
    slow_ms: Annotated[float, Field(ge=100, le=60_000)] = 4_000
    fast_ms: Annotated[float, Field(ge=100, le=60_000)] = 1_200
    kept_days: Annotated[int, Field(ge=1, le=400)] = 30

    @property
    def rules(self) -> SamplingRules:
        """What `keep_events` needs to know."""
        rates = {str(stratum): getattr(self, stratum) for stratum in Stratum}
        return SamplingRules(rates=rates, slow_ms=self.slow_ms, fast_ms=self.fast_ms)


class Sessions(_Section):
    """How long session records are kept."""

    ttl_days: Annotated[int, Field(ge=1, le=400)]


class OwnOrigin(_Section):
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


class Render(_Section):
    """`pixel_limit` is width x height x frames; lifetimes are seconds."""

    pixel_limit: Annotated[int, Field(ge=1_000_000, le=1_000_000_000)]
    browser_ttl_s: Annotated[int, Field(ge=0, le=31_536_000)]
    cdn_ttl_s: Annotated[int, Field(ge=0, le=31_536_000)]


Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]


class Rollups(_Section):
    """Which values rollups tell apart; all others of a kind are one, `other`.

    `conversions` are names of events. `max_cells` bounds what a minute can cost.
    """

    page_groups: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$")], ...], Field(max_length=20)
    ] = ()
    countries: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[A-Z]{2}$")], ...], Field(max_length=30)
    ] = ("US", "GB", "DE", "FR", "ES", "IT", "NL", "PL", "CA", "AU", "IN", "JP", "BR", "MX")
    releases: Annotated[tuple[Word, ...], Field(max_length=10)] = ()
    conversions: Annotated[tuple[Word, ...], Field(max_length=10)] = ()
    max_cells: Annotated[int, Field(ge=100, le=2_000)] = 400

    @property
    def lists(self) -> RollupLists:
        """What `roll_up` needs to know."""
        return RollupLists(
            page_groups=self.page_groups,
            countries=self.countries,
            releases=self.releases,
            conversions=self.conversions,
        )


class Prediction(_Section):
    """What is forecast: groups of views by single dimensions (`all` is every view), if they have so
    many views an hour. `time_zone` is the visitors'.
    """

    time_zone: Annotated[str, Field(min_length=1, max_length=64)] = "UTC"
    families: Annotated[
        tuple[
            Literal[
                "all", "page_group", "country", "device", "connection", "browser", "tier", "release"
            ],
            ...,
        ],
        Field(max_length=8),
    ] = ("all", "page_group", "country", "device", "connection")
    least_views_per_hour: Annotated[int, Field(ge=5, le=100_000)] = 20
    horizon_h: Annotated[int, Field(ge=24, le=72)] = 72
    events: Annotated[tuple[KnownEvent, ...], Field(max_length=50)] = ()


class Notify(_Section):
    """Who hears of alerts: e-mail by SNS, and destinations whose addresses are secrets."""

    email: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[^@\s]{1,64}@[^@\s]{1,190}$")], ...],
        Field(max_length=10),
    ] = ()
    email_severities: tuple[Severity, ...] = (Severity.PAGE, Severity.TICKET)
    destinations: Annotated[
        dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")], Destination],
        Field(max_length=8),
    ] = {}


class Outcomes(_Section):
    """What sales are counted in (ISO 4217), and the most that one session's count for, in whole
    units: one order of a thousand times the usual would decide any experiment. `egress_per_gb` is
    what a GB sent to visitors costs, `monthly_cost` what this system does, by the bill.
    """

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "EUR"
    revenue_cap: Annotated[float, Field(gt=0, le=1_000_000)] = 1_000
    egress_per_gb: Annotated[float, Field(ge=0, le=10)] = 0.085
    monthly_cost: Annotated[float, Field(ge=0, le=10_000_000)] | None = None

    @property
    def cap_cents(self) -> int:
        """As `record` needs it."""
        return round(self.revenue_cap * 100)


class Probes(_Section):
    """Synthetic checks, run from each of `regions`; none of them, no probes.

    `url` is the site as visitors reach it, before each step's path; `renditions` asks for the first
    of `delivery.heroes` as a visitor of each tier does.
    """

    regions: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$")], ...],
        Field(max_length=10),
    ] = ()
    url: Annotated[str, Field(max_length=200)] = ""
    renditions: bool = True
    checks: Annotated[tuple[Probe, ...], Field(max_length=10)] = ()


class Cloud(_Section):
    """What to pay for. `stream`: Kinesis's capacity; `requests_per_second`: the most for `/rum`.

    The beacons per minute are those of one session and of one address, per warm function.
    `firewall_requests_per_5_minutes` is one address's for `/rum` at the edge, by AWS WAF; without
    it there is none.
    """

    stream: Literal["provisioned", "on-demand"]
    shards: Annotated[int, Field(ge=1, le=200)]
    price_class: Literal["100", "200", "all"]
    log_days: Literal[1, 7, 30, 90, 365]
    requests_per_second: Annotated[int, Field(ge=1, le=10_000)]
    session_beacons_per_minute: Annotated[int, Field(ge=50, le=100_000)] = 120
    sender_beacons_per_minute: Annotated[int, Field(ge=50, le=1_000_000)] = 3_000
    firewall_requests_per_5_minutes: Annotated[int, Field(ge=10, le=2_000_000)] | None = None


class Site(_Section):
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
    monitoring: Monitoring = Monitoring()
    probes: Probes = Probes()
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
        best = self.tiers.full.quality_floor - WORST_QUALITY
        return ScoreRules(
            target=Target(**self.target.model_dump()),
            image_weight={tier: self.tiers[tier].image_weight for tier in Tier},
            script_weight={tier: self.tiers[tier].script_weight for tier in Tier},
            value={
                tier: round((self.tiers[tier].quality_floor - WORST_QUALITY) / best, 4)
                for tier in Tier
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
            originals=originals,
            own_origin=own_origin,
        )
