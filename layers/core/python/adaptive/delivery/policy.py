"""What operators may change while the site runs: the policy, in versions that never change.

Version 0 is what `site.toml` says; it holds until another is put (adaptive.delivery.policy_book).
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from adaptive.delivery.changes import Who, Why
from adaptive.delivery.session import SessionId
from adaptive.delivery.trial import CANDIDATE, Trial, arms_of
from adaptive.errors import PolicyError
from adaptive.settings.rules import Recipe, ScoreRules


class Policy(ScoreRules):
    """How tiers are chosen, and for whom. `kill` gives everybody the untouched originals;
    `holdout_share` is the share of sessions (0-1) that gets them anyway. `trials` are the policies
    that are on trial, with the sessions that they are for.
    """

    version: Annotated[int, Field(ge=0)] = 0
    kill: bool = False
    holdout_share: Annotated[float, Field(ge=0, le=1)]
    trials: Annotated[tuple[Trial, ...], Field(max_length=20)] = ()

    def of(self, session_id: SessionId) -> "Policy":
        """What holds for a session: with the changes of all that it is a candidate of."""
        arms = arms_of(session_id, self.trials)
        return self.with_changes(key for key, arm in arms.items() if arm == CANDIDATE)

    def knowing(self, recipes: Mapping[str, Recipe]) -> "Policy":
        """With the recipes that are deployed, as they are now; those it has beside them stay."""
        known = {**self.recipes, **recipes}
        if known == self.recipes:
            return self
        return type(self).model_validate({**self._fields(), "recipes": known})

    def with_changes(self, keys: Iterable[str]) -> "Policy":
        """As it is for candidates of these trials."""
        wanted = frozenset(keys)
        if not wanted:
            return self
        if wanted not in self.variants:
            changes = [each.changes.update for each in self.trials if each.key in wanted]
            merged = {name: value for update in changes for name, value in update.items()}
            self.variants[wanted] = type(self).model_validate({**self._fields(), **merged})
        return self.variants[wanted]

    @cached_property
    def variants(self) -> "dict[frozenset[str], Policy]":
        """Those that were asked for so far, by the trials."""
        return {}

    def _fields(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in type(self).model_fields}

    @model_validator(mode="after")
    def _candidates_can_be_served(self) -> Self:
        for trial in self.trials:
            changed = {**self._fields(), "trials": (), **trial.changes.update}
            try:
                type(self).model_validate(changed)
            except ValidationError as error:
                raise ValueError(f"trial {trial.name}: {_said(error)}") from error
        return self


class Enacted(BaseModel):
    """A version as it is kept: who put it in force, why, and when."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    policy: Policy
    who: Who
    why: Why
    at: AwareDatetime


def initial(rules: ScoreRules, *, holdout_share: float) -> Policy:
    """Version 0."""
    return Policy(**rules.model_dump(), holdout_share=holdout_share)


def parse(raw: Mapping[str, Any]) -> Policy:
    """Of JSON; raises PolicyError, a line for each fault."""
    try:
        return Policy.model_validate_json(json.dumps(raw))
    except ValidationError as error:
        raise PolicyError(_said(error)) from error


def enacted(draft: Policy, *, who: str, why: str, at: datetime) -> Enacted:
    """Raises PolicyError if the draft is none, as a copy with changes may be, or if nobody or no
    reason stands behind it.
    """
    raw = {"policy": draft.model_dump(warnings=False), "who": who, "why": why, "at": at}
    try:
        return Enacted.model_validate(raw)
    except ValidationError as error:
        raise PolicyError(_said(error)) from error


def read(body: bytes) -> Enacted:
    """What was kept; raises PolicyError on what this version of the code cannot serve."""
    try:
        return Enacted.model_validate_json(body)
    except ValidationError as error:
        raise PolicyError(_said(error)) from error


def differences(before: Policy, after: Policy) -> Iterator[tuple[str, str, str]]:
    """Dotted key, value before, value after: of all that differs but the version."""
    old, new = _flat(before), _flat(after)
    for key in dict.fromkeys([*old, *new]):
        if (was := old.get(key, "none")) != (value := new.get(key, "none")):
            yield key, was, value


def changed(base: Policy, keys: Mapping[str, object]) -> Policy:
    """The base with other values of dotted keys, None taking one of a section out; raises
    PolicyError with the reason.
    """
    raw = base.model_dump(mode="json")
    for key, value in keys.items():
        section, dot, name = key.partition(".")
        if key == "version":
            raise PolicyError("version: is counted, not set")
        if not dot:
            raw[section] = value
        elif not isinstance(raw.get(section), dict):
            raise PolicyError(f"{key}: there is no section {section}")
        elif value is None:
            raw[section].pop(name, None)
        else:
            raw[section][name] = value
    return parse(raw)


def _flat(policy: Policy) -> dict[str, str]:
    flat: dict[str, str] = {}
    for trial in policy.trials:
        flat[f"trials.{trial.name}"] = f"{trial.share:.0%} of slots {trial.slots}"
    for key, value in policy.model_dump(mode="json", exclude={"version", "trials"}).items():
        match value:
            case dict():
                flat |= {f"{key}.{name}": str(each) for name, each in value.items()}
            case list():
                flat[key] = ", ".join(value)
            case _:
                flat[key] = str(value)
    return flat


def _said(error: ValidationError) -> str:
    return "\n".join(
        ": ".join((*([".".join(map(str, each["loc"]))] if each["loc"] else []), each["msg"]))
        for each in error.errors()
    )
