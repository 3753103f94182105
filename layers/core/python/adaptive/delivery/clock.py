"""Whose clock counts: ours. The visitor's only tells how long ago something was.

A page view began `sent_after_ms` before its beacon arrived, whatever date the visitor's device
believes in: each beacon is corrected anew, so that a clock that drifts, is set while the page is
open, or stands still while the device sleeps moves nothing but its own flag. Unknown travel time
(retries, slow networks) makes the start late, never early.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from adaptive.delivery.behaviour import Clock

_RIGHT_MS = 60_000
_ABSURD_MS = 86_400_000

ClockWord = Literal["right", "skewed", "absurd"]


@dataclass(frozen=True, slots=True)
class Reading:
    """`skew_ms`: how far the visitor's clock was ahead of ours when the beacon arrived.

    `word`: within a minute, within a day (a clock set by hand, a device that slept), or beyond.
    """

    started_at: datetime
    skew_ms: int
    word: ClockWord


def read(clock: Clock, *, received_at: datetime) -> Reading:
    """Never raises: `Clock` is bounded."""
    skew_ms = round(clock.started_at_ms + clock.sent_after_ms - received_at.timestamp() * 1_000)
    return Reading(
        received_at - timedelta(milliseconds=clock.sent_after_ms), skew_ms, _word(abs(skew_ms))
    )


def _word(off_ms: int) -> ClockWord:
    if off_ms <= _RIGHT_MS:
        return "right"
    return "skewed" if off_ms <= _ABSURD_MS else "absurd"
