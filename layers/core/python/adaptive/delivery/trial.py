"""Which sessions a policy on trial is for: what `ingest` needs to know of an experiment.

Trials of one layer share out its thousand slots, so no session is in two of them; layers are
independent of each other. Within a trial's slots a second hash picks the candidates, so more
traffic only ever adds sessions. The holdout is in no trial.
"""

import hashlib
from collections.abc import Iterable
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from adaptive.delivery.session import SessionId
from adaptive.edge.policy import Tier
from adaptive.settings.rules import Connection, RecipeName, Target

SLOTS = 1_000
CANDIDATE = "candidate"
BASELINE = "baseline"
HOLDOUT = "holdout"
"""The experiment that is always on: its baseline are the untouched originals."""

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
Slots = Annotated[tuple[int, int], Field(description="From and up to, of a thousand.")]


class Changes(BaseModel):
    """What a candidate policy has different: at least one thing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: Target | None = None
    tiers_on: Annotated[tuple[Tier, ...], Field(min_length=1)] | None = None
    default_tier: Tier | None = None
    value: dict[Tier, Annotated[float, Field(ge=0, le=1)]] | None = None
    target_lcp_ms: dict[Connection, Annotated[float, Field(gt=0, le=60_000)]] | None = None
    served_as: dict[Tier, RecipeName] | None = None

    @property
    def update(self) -> dict[str, Any]:
        """The keys of the policy that it replaces, with their values."""
        return {name: value for name in type(self).model_fields if (value := getattr(self, name))}

    def is_in(self, policy: object) -> bool:
        """Whether a policy has all of it already: then there is nothing to promote."""
        return all(getattr(policy, name) == value for name, value in self.update.items())

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.update:
            raise ValueError(f"name at least one of {', '.join(type(self).model_fields)}")
        return self


class Trial(BaseModel):
    """`share` (0-1) of the sessions in its slots get the candidate; `run` counts the times that an
    experiment of this name was begun: each draws and counts its sessions anew.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    layer: Name
    slots: Slots
    share: Annotated[float, Field(ge=0, le=1)]
    changes: Changes
    run: Annotated[int, Field(ge=1)] = 1

    @property
    def key(self) -> str:
        """What its sessions are marked with, and counted under."""
        return key_of(self.name, self.run)

    def arm_of(self, session_id: SessionId) -> str | None:
        """CANDIDATE, BASELINE, or None for a session that is in none of its slots."""
        start, end = self.slots
        if not start <= _uniform("layer", self.layer, session_id) * SLOTS < end:
            return None
        chosen = _uniform("trial", self.key, session_id) < self.share
        return CANDIDATE if chosen else BASELINE


def key_of(name: str, run: int) -> str:
    """Of a trial."""
    return f"{name}.{run}"


def arms_of(session_id: SessionId, trials: Iterable[Trial]) -> dict[str, str]:
    """By key, of those that the session is in."""
    return {each.key: arm for each in trials if (arm := each.arm_of(session_id)) is not None}


def _uniform(kind: str, name: str, session_id: SessionId) -> float:
    digest = hashlib.sha256(f"{kind}\0{name}\0{session_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
