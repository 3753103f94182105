"""What a person is told of an alert: made by `evaluate`, sent by `notify`.

A notice is never refused for being long: its texts are cut, and all of it stays below 25 KB, so
that ten fit into one call of EventBridge (256 KB).
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from adaptive.settings.monitoring import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Change", "Concentration", "Notice", "Phase", "Severity", "notice_id"]

SOURCE = "adaptive.monitoring"
DETAIL_TYPE = "Alert"
"""Of the event that carries a notice."""


class Phase(StrEnum):
    """Where its alert is; `repeated` reminds of one that fires on."""

    FIRING = "firing"
    REPEATED = "repeated"
    RESOLVED = "resolved"


def _cut(longest: int) -> BeforeValidator:
    def shorter(text: Any) -> Any:  # noqa: ANN401 - the model judges what it is
        if isinstance(text, str) and len(text) > longest:
            return f"{text[: longest - 1]}…"
        return text

    return BeforeValidator(shorter)


def _utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC)


Word = Annotated[str, _cut(100)]
Line = Annotated[str, _cut(200)]
Prose = Annotated[str, _cut(1_000)]
Address = Annotated[str, Field(pattern=r"^(https?://[!-~]+)?$", max_length=1_000)]
Instant = Annotated[AwareDatetime, AfterValidator(_utc)]
Share = Annotated[float, Field(ge=0, le=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class Concentration(_Part):
    """One value of a dimension, and what share (0-1) of the excess is found there."""

    dimension: Word
    value: Word
    share_of_excess: Share


class Change(_Part):
    """What was changed just before; `kind` is release, policy, experiment or maintenance."""

    kind: Word
    name: Word
    at: Instant


class Notice(_Part):
    """`id` makes sending it twice harmless (see `notice_id`); no `group` means the whole site.

    `value` and `threshold` are in `unit`; `share_affected` is 0-1 of the group's page views.
    """

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    phase: Phase
    rule: Word
    severity: Severity
    group: Annotated[dict[Word, Word], Field(max_length=8)] = {}
    title: Line
    summary: Prose
    since: Instant
    at: Instant
    value: float | None = None
    threshold: float | None = None
    unit: Word = ""
    views_affected: Annotated[int, Field(ge=0)] = 0
    share_affected: Share = 0
    concentration: Annotated[tuple[Concentration, ...], Field(max_length=4)] = ()
    change: Change | None = None
    dashboard_url: Address = ""
    runbook_url: Address = ""

    @property
    def alert_id(self) -> str:
        """The same for all notices of one alert, from firing to resolved."""
        return _digest(self.rule, dict(self.group), self.since.isoformat())


def notice_id(
    *, rule: str, group: Mapping[str, str], since: datetime, phase: Phase, number: int
) -> str:
    """The same for the same news, whoever makes it and however often; `number` counts repeats."""
    return _digest(rule, dict(group), since.astimezone(UTC).isoformat(), phase, number)


def _digest(*parts: object) -> str:
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
