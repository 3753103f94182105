"""Measures what sessions are held against: the site's own medians, and its own bounce risk."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from statistics import median
from typing import TYPE_CHECKING

from adaptive.monitoring import bounce_risk, outcome_log
from adaptive.monitoring.experience import Standards
from adaptive.monitoring.outcome import Growing
from adaptive.monitoring.window import Resolution
from adaptive.ports import Versioned, Write

if TYPE_CHECKING:
    from adaptive.monitoring.outcome import Outcome
    from adaptive.ports import Key, VersionedStore
    from adaptive.settings.monitoring import ExperienceRules

STANDARDS: Key = ("experience", "standards")
FEWEST_SESSIONS = 500
"""From which on the site's own medians replace those of site.toml; for its curve, see
bounce_risk.FEWEST_SESSIONS."""

_ENOUGH = 20_000
_HOURS = 7 * 24
_STRIDE = 37  # prime to _HOURS: any first few hours are spread over all days and times of day
_SETTLED_HOURS = 4
_KEPT_S = 60 * 86_400


@lru_cache(maxsize=4)
def standards_of(rules: ExperienceRules, stored: bytes | None) -> Standards:
    """The stored ones, or the defaults."""
    return Standards.decode(stored) if stored else Standards.default(rules)


@dataclass(frozen=True, slots=True)
class Measuring:
    """`set_standards`, less Lambda."""

    rules: ExperienceRules
    tallies: VersionedStore

    def run(self, now_minute: int) -> Standards:
        """From up to 20,000 sessions of the last seven days; raises UnavailableError."""
        sessions = self._sample(now_minute)
        new = _measured(sessions, Standards.default(self.rules))
        known = self.tallies.read([STANDARDS]).get(STANDARDS)
        version = known.version if known else None
        item = Versioned(new.encode(), 0 if version is None else version + 1)
        expires_at_s = now_minute * 60 + _KEPT_S
        self.tallies.write([Write(STANDARDS, item, version, expires_at_s)])
        return new

    def _sample(self, now_minute: int) -> list[Outcome]:
        newest = Resolution.HOUR.start_of(now_minute) - _SETTLED_HOURS * 60
        found: list[Outcome] = []
        for step in range(_HOURS):
            start = newest - step * _STRIDE % _HOURS * 60
            found += outcome_log.between(self.tallies, start, start + 60).values()
            if len(found) >= _ENOUGH:
                break
        return found


def _measured(sessions: list[Outcome], default: Standards) -> Standards:
    if len(sessions) < FEWEST_SESSIONS:
        return default
    landings = [
        (landing_ms, each.views == 1)
        for each in sessions
        if (landing_ms := each.landing_ms) is not None
    ]
    curve = bounce_risk.fitted(landings)
    return Standards(
        _median(sessions, Growing.VISIBLE_MS, default.visible_ms),
        _median(sessions, Growing.DEPTH, default.depth),
        curve or default.bounce,
        len(sessions),
        curve is not None,
    )


def _median(sessions: list[Outcome], of: Growing, default: float) -> float:
    told = [each.totals[of] for each in sessions if each.totals[of] >= 0]
    return max(median(told), 1) if len(told) >= FEWEST_SESSIONS else default
