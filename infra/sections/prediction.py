"""What `site.toml` says of forecasts and of money."""

from typing import Annotated, Literal

from pydantic import Field

from adaptive.settings.prediction import KnownEvent
from infra.sections.section import Section


class Prediction(Section):
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


class Outcomes(Section):
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
