"""Turns what an operator types, or a file says, into a policy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from adaptive.delivery import policy
from adaptive.errors import ConflictError, PolicyError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from adaptive.delivery.policy import Policy


def changed(base: Policy, texts: Sequence[str]) -> Policy:
    """The base with `key=value` each; raises PolicyError with the reason."""
    keys = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals:
            raise PolicyError(f"{text}: write key=value, as holdout_share=0.1")
        keys[key] = _value(key, value)
    return policy.changed(base, keys)


def from_file(base: Policy, path: Path, *, in_force: int) -> Policy:
    """The base with what the file says: keys of a policy, alone or below `policy`.

    A file that names the version it was made from is for that one alone: raises ConflictError if
    another is in force, PolicyError if the file is no policy.
    """
    try:
        raw = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise PolicyError(f"{path}: {error}") from error
    if isinstance(raw, dict) and isinstance(raw.get("policy"), dict):
        raw = raw["policy"]
    if not isinstance(raw, dict):
        raise PolicyError(f"{path}: not a JSON object of a policy's keys")
    made_from = raw.pop("version", in_force)
    if made_from != in_force:
        raise ConflictError(
            f"{path} was made from version {made_from}, and {in_force} is in force: "
            "make it anew, or take its version out"
        )
    return policy.parse(_merged(base.model_dump(mode="json"), raw))


def _merged(base: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    for key, value in changes.items():
        below = base.get(key)
        base[key] = (
            {**below, **value} if isinstance(below, dict) and isinstance(value, dict) else value
        )
    return base


def _value(key: str, text: str) -> object:
    if key == "tiers_on":
        return [each.strip() for each in text.split(",") if each.strip()]
    try:
        return json.loads(text)
    except ValueError:
        return text
