"""One alert's life: pending, firing, over; a pure function of what was and of what is judged.

- pending: the condition holds, but not yet for as long as the rule asks.
- firing: until the condition has been calm for `keep_minutes` on end. What is neither - between
  the limit and its hysteresis - keeps it firing.
- over: remembered for REMEMBERED_MINUTES. An alert that fires again in that time must be calm for
  twice as long each time (up to MOST_KEPT_MINUTES): flapping becomes one long alert.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adaptive.monitoring.condition import Judgement

REMEMBERED_MINUTES = 6 * 60
MOST_KEPT_MINUTES = 120


class Stage(StrEnum):
    """Where an alert is in its life."""

    PENDING = "pending"
    FIRING = "firing"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Timing:
    """In minutes: how long a condition must hold, and how long it must not."""

    hold: int
    keep: int


@dataclass(frozen=True, slots=True)
class Alert:
    """Times are minutes since the epoch: `since` the condition holds, `fired_at`, `calm_since`,
    `over_at`. `flaps` counts how often it has come back; `judgement` is the latest.
    """

    stage: Stage
    since: int
    judgement: Judgement
    fired_at: int | None = None
    calm_since: int | None = None
    over_at: int | None = None
    flaps: int = 0

    @property
    def is_firing(self) -> bool:
        """Whether somebody should know."""
        return self.stage is Stage.FIRING


def step(alert: Alert | None, now: Judgement | None, minute: int, timing: Timing) -> Alert | None:
    """What becomes of it at a minute; None is nothing to remember.

    Without a judgement there is nothing to judge any more: that is calm.
    """
    breached = now is not None and now.breached
    if alert is None:
        return _begun(now, minute, timing, flaps=0) if now is not None and breached else None
    match alert.stage:
        case Stage.PENDING:
            if now is None or not breached:
                return _forgotten(alert, minute)
            return _held(replace(alert, judgement=now), minute, timing)
        case Stage.FIRING:
            return _kept(alert, now, minute, timing)
        case Stage.OVER:
            if now is not None and breached:
                return _begun(now, minute, timing, flaps=alert.flaps + 1)
            over_for = minute - (alert.over_at or minute)
            return None if over_for > REMEMBERED_MINUTES else alert


def _begun(now: Judgement, minute: int, timing: Timing, *, flaps: int) -> Alert:
    return _held(Alert(Stage.PENDING, minute, now, flaps=flaps), minute, timing)


def _held(alert: Alert, minute: int, timing: Timing) -> Alert:
    if minute - alert.since < timing.hold:
        return alert
    return replace(alert, stage=Stage.FIRING, fired_at=minute)


def _forgotten(alert: Alert, minute: int) -> Alert | None:
    """What was only pending leaves nothing behind but the flaps before it."""
    if not alert.flaps:
        return None
    return replace(alert, stage=Stage.OVER, over_at=minute, flaps=alert.flaps - 1)


def _kept(alert: Alert, now: Judgement | None, minute: int, timing: Timing) -> Alert:
    if now is not None and not now.calm:
        return replace(alert, judgement=now, calm_since=None)
    calm_since = minute if alert.calm_since is None else alert.calm_since
    keep = min(timing.keep * 2**alert.flaps, max(MOST_KEPT_MINUTES, timing.keep))
    kept = replace(alert, calm_since=calm_since, judgement=now or alert.judgement)
    if minute - calm_since < keep:
        return kept
    return replace(kept, stage=Stage.OVER, over_at=minute)
