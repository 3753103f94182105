"""Settings of the functions of prediction."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from adaptive.settings.environment import Settings, decoded
from adaptive.settings.monitoring import RollupLists


class KnownEvent(BaseModel):
    """Local days on which traffic is not as usual; `factor` is of the usual, None: unknown, or as
    the last time.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=64)]
    first: date
    last: date
    factor: Annotated[float, Field(gt=0, le=1_000)] | None = None


class ForecastSettings(Settings):
    """`limits` are by measure, the worst that it should be; `families` are single dimensions or
    `all`.

    A group of views is forecast if it has `least_views` an hour, and measured in hours that do.
    """

    rollups_table: str
    predictions_table: str
    lists: Annotated[RollupLists, BeforeValidator(decoded)]
    families: Annotated[tuple[str, ...], BeforeValidator(decoded)]
    limits: Annotated[dict[str, float], BeforeValidator(decoded)]
    time_zone: str
    events: Annotated[tuple[KnownEvent, ...], BeforeValidator(decoded)] = ()
    least_views: Annotated[int, Field(gt=0)]
    horizon_h: Annotated[int, Field(ge=24, le=72)]
