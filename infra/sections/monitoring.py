"""What `site.toml` says of monitoring."""

from typing import Annotated, Literal

from pydantic import Field

from adaptive.monitoring.probe import Private, Probe
from adaptive.monitoring.sampling import Stratum
from adaptive.settings.monitoring import (
    Destination,
    ExperienceRules,
    HeaderName,
    RollupLists,
    SamplingRules,
    Severity,
)
from infra.sections.section import Section


class UserExperience(Section):
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


class RawEvents(Section):
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


Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]


class Rollups(Section):
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


class Notify(Section):
    """Who hears of alerts: e-mail by SNS, and destinations whose addresses are secrets."""

    email: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[^@\s]{1,64}@[^@\s]{1,190}$")], ...],
        Field(max_length=10),
    ] = ()
    email_severities: tuple[Severity, ...] = (Severity.PAGE, Severity.TICKET)
    destinations: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")], Destination] = (
        Field(default_factory=dict, max_length=8)
    )


class Probes(Section):
    """Synthetic checks, run from each of `regions`; none of them, no probes.

    `url` is the site as visitors reach it, before each step's path; `renditions` asks for the first
    of `delivery.heroes` as a visitor of each tier does. `private` are hosts of your own, inside a
    network, that may be asked beside those of the internet at large.
    """

    regions: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$")], ...],
        Field(max_length=10),
    ] = ()
    url: Annotated[str, Field(max_length=200)] = ""
    renditions: bool = True
    private: Annotated[tuple[Private, ...], Field(max_length=5)] = ()
    checks: Annotated[tuple[Probe, ...], Field(max_length=10)] = ()


class Otlp(Section):
    """Where figures are pushed to, by OTLP over https; `headers` are sent with values that
    `./adaptive-ops otlp-header` puts into a secret. They are of the last `range`.
    """

    url: Annotated[str, Field(max_length=500)]
    headers: Annotated[tuple[HeaderName, ...], Field(max_length=5)] = ()
    every_minutes: Literal[1, 5] = 1
    range: Literal["30m", "1h"] = "30m"


class Exports(Section):
    """Where figures go beside the dashboard; nowhere, unless said."""

    otlp: Otlp | None = None
