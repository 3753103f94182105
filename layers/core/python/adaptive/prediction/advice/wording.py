"""What recommendations have in common: how a change is written, and how evidence is."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from adaptive.prediction.advice.recommendation import Change
from adaptive.prediction.advice.situation import worst

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adaptive.prediction.published import Published

WORTH_USD = 5.0
"""A month: less is not worth anybody's attention."""


class _Shared(NamedTuple):
    reason: str
    hour: timedelta


SHARED = _Shared("all sessions share it", timedelta(hours=1))


def site_lines(section: str, do: Mapping[str, Any], undo: Mapping[str, Any]) -> Change:
    """Keys of a section of `site.toml`; None: the line goes."""
    return Change(how="site", do=_lines(section, do), undo=_lines(section, undo))


def _lines(section: str, keys: Mapping[str, Any]) -> str:
    lines = [
        f"# take out {name}" if value is None else f"{name} = {_toml(value)}"
        for name, value in keys.items()
    ]
    return "\n".join([f"[{section}]", *lines])


def _toml(value: object) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, dict):
        pairs = ", ".join(f"{name} = {_toml(each)}" for name, each in value.items())
        return f"{{ {pairs} }}"
    return f"{value:_}" if isinstance(value, int) else str(value)


def policy_keys(do: Mapping[str, Any], undo: Mapping[str, Any]) -> Change:
    """Keys of the policy, dotted."""
    return Change(how="policy", do=_set(do), undo=_set(undo), keys={**do}, undo_keys={**undo})


def _set(keys: Mapping[str, Any]) -> str:
    changes = " ".join(f"{key}={_typed(value)}" for key, value in keys.items())
    return f"./adaptive-ops policy set {changes} --apply --who … --why …"


def _typed(value: object) -> str:
    return "null" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def at_worst(found: Published, unit: str) -> str:
    """What is forecast of the worst hour."""
    place, peak = worst(found)
    at = found.begins_at + place * SHARED.hour
    return (
        f"{_short(peak.expected)} {unit} are expected at {at:%Y-%m-%d %H:%M} UTC, "
        f"{_short(peak.low)} to {_short(peak.high)} in 80 % of cases, "
        f"at most {_short(found.high_95[place])} in 97.5 %"
    )


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004 - three digits
