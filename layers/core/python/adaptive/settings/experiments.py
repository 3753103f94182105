"""Settings of the functions of experiments."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from adaptive.settings.environment import Settings, decoded
from adaptive.settings.monitoring import ExperienceRules
from adaptive.settings.rules import ScoreRules


class RecordSettings(Settings):
    """The holdout is recomputed as `roll_up` does it. `conversions` are names of events, `currency`
    is what they are counted in, `cap_cents` the most that a session's are counted for.
    """

    experiments_table: str
    operations_table: str
    dead_letter_bucket: str
    holdout_salt: str
    holdout_share: Annotated[float, Field(ge=0, le=1)]
    rules: Annotated[ScoreRules, BeforeValidator(decoded)]
    countries: Annotated[tuple[str, ...], BeforeValidator(decoded)]
    conversions: Annotated[tuple[str, ...], BeforeValidator(decoded)]
    currency: str
    cap_cents: Annotated[int, Field(gt=0)]
    experience: Annotated[ExperienceRules, BeforeValidator(decoded)]


class JudgeSettings(Settings):
    """`alert_bus` is told of roll-backs, `alerts_table` has the error budgets; `holdout_share` and
    `rules` hold until `operations_table` has a policy.
    """

    experiments_table: str
    operations_table: str
    alerts_table: str
    alert_bus: str
    holdout_share: Annotated[float, Field(ge=0, le=1)]
    rules: Annotated[ScoreRules, BeforeValidator(decoded)]
