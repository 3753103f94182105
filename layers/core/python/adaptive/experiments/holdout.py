"""Which arms a session is in, of the always-on holdout and of the experiments that are running.

Recomputed from the session's id and the version of the policy that its beacon was decided by: no
arm is taken from what a browser sends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adaptive.delivery.assignment import is_control
from adaptive.delivery.trial import BASELINE, CANDIDATE, HOLDOUT, arms_of
from adaptive.experiments.course import Enrolment

if TYPE_CHECKING:
    from datetime import datetime

    from adaptive.delivery.policy import Policy
    from adaptive.delivery.session import SessionId


def enrolments_of(
    session_id: SessionId, policy: Policy, at: datetime, *, salt: str
) -> dict[str, Enrolment]:
    """By experiment; none while nobody is adapted to. The holdout is in no other experiment."""
    if policy.kill:
        return {}
    day = at.date().isoformat()
    found: dict[str, Enrolment] = {}
    held_out = is_control(session_id, share=policy.holdout_share, salt=salt)
    if 0 < policy.holdout_share < 1:
        arm = BASELINE if held_out else CANDIDATE
        found[HOLDOUT] = Enrolment(stratum_of(day, 1 - policy.holdout_share), arm)
    if not held_out:
        shares = {trial.key: trial.share for trial in policy.trials}
        for key, arm in arms_of(session_id, policy.trials).items():
            found[key] = Enrolment(stratum_of(day, shares[key]), arm)
    return found


def stratum_of(day: str, share: float) -> str:
    """A day (UTC) and the share of sessions that were to be candidates."""
    return f"{day}@{round(share, 6):g}"


def share_of(stratum: str) -> float:
    """What was planned."""
    return float(stratum.rpartition("@")[2])


def day_of(stratum: str) -> str:
    """As ISO 8601 has it."""
    return stratum.partition("@")[0]
