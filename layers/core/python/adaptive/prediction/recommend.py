"""All that is worth doing about what is to come, ranked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adaptive.prediction.advice import (
    caching,
    functions,
    origins,
    releases,
    renditions,
    scripts,
    stream,
    tables,
    tiers,
)

if TYPE_CHECKING:
    from adaptive.prediction.advice.recommendation import Recommendation
    from adaptive.prediction.advice.situation import Situation

_SUBJECTS = (tiers, releases, scripts, renditions, stream, functions, tables, caching, origins)


def recommend(situation: Situation) -> list[Recommendation]:
    """First what takes most of the likeliest trouble away, then what costs least."""
    found = [each for subject in _SUBJECTS for each in subject.of(situation)]
    return sorted(found, key=lambda each: (-round(each.gain, 3), each.usd_a_month, each.id))
