"""What may be done about what is to come: the exact change, what it is based on, what it should do
and what it costs.
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads it
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class Kind(StrEnum):
    """What a recommendation changes."""

    LOWER_AIM = "lower_aim"
    MAKE_AHEAD = "make_ahead"
    RESERVE_CONCURRENCY = "reserve_concurrency"
    PROVISION_CONCURRENCY = "provision_concurrency"
    RAISE_SHARDS = "raise_shards"
    RAISE_REQUEST_LIMIT = "raise_request_limit"
    PROVISION_STREAM = "provision_stream"
    STREAM_ON_DEMAND = "stream_on_demand"
    WARM_TABLE = "warm_table"
    PROVISION_TABLE = "provision_table"
    LENGTHEN_TTL = "lengthen_ttl"
    TRIM_SCRIPTS = "trim_scripts"
    ROLL_BACK_RELEASE = "roll_back_release"
    ADD_ORIGIN_REGION = "add_origin_region"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Interval(_Part):
    """As expected, and between what it is in 80 % of cases, in the effect's unit."""

    expected: float
    low: float
    high: float


class Effect(_Part):
    """On a measure of a group of views, or of a part of the cloud (family `cloud`), at worst."""

    family: str
    value: str
    measure: str
    unit: str
    before: Interval
    after: Interval
    limit: float | None = None


class Change(_Part):
    """`policy`: `keys` of the policy, dotted, which `adaptive-ops recommend accept` puts in force;
    `site`: lines of `site.toml`, to be deployed; `command`: what to type. `undo` takes it back.
    """

    how: Literal["policy", "site", "command"]
    do: str
    undo: str
    keys: dict[str, Any] = {}
    undo_keys: dict[str, Any] = {}


class Recommendation(_Part):
    """`probability` is that of the trouble, of a vital's within a day, else within the forecast; 0:
    there is money to save, no trouble.

    `due_at` is when the trouble is expected. `usd_a_month` is more if positive; `once` says that it
    is paid but once. `experiment` is a declaration for `adaptive-ops experiment`; where sessions
    cannot be split it is None and `unsplit_because` says why: acceptance is then judged against the
    forecast.
    """

    kind: Kind
    subject: str
    title: str
    evidence: tuple[str, ...]
    probability: float
    due_at: datetime | None
    effect: Effect
    usd_a_month: float
    once: bool = False
    change: Change
    experiment: dict[str, Any] | None = None
    unsplit_because: str = ""

    @property
    def id(self) -> str:
        """The same as long as the same is recommended for the same thing."""
        return f"{self.kind}.{self.subject}" if self.subject else str(self.kind)

    @property
    def gain(self) -> float:
        """How much of the trouble it should take away, by how likely the trouble is."""
        before, after = self.effect.before.expected, self.effect.after.expected
        return self.probability * abs(before - after) / abs(before) if before else 0.0
