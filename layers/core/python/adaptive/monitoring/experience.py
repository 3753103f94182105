"""The User Experience Index of a session, 0-100: what it was really like, and what came of it.

Three parts of 0-100 each, weighted by the site, and always shown beside it:
- performance: the views' vitals as experienced, on Lighthouse's curve; their mean over the views;
- engagement: whether there was a second page, and how long and how far pages were looked at,
  against the site's own medians;
- calm: 100 without frustration, halved by each rage click or click into an error per view, by two
  dead clicks, by four script errors.
Conversions are no part of it: what a visit brings in is judged beside what it was like.

Tested: bounded; a slower vital, a shorter look or one more dead click never raises it. None of it
says what caused what.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, Self

from pydantic_core import from_json, to_json

from adaptive.delivery.score import curve
from adaptive.monitoring import bounce_risk, sketch, vital
from adaptive.monitoring.vital import INDEX, VITALS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adaptive.monitoring.bounce_risk import Curve
    from adaptive.settings.monitoring import ExperienceRules

_PERFORMANCE = {"lcp_ms": 0.4, "inp_ms": 0.3, "cls": 0.1, "fcp_ms": 0.1, "ttfb_ms": 0.1}
_WEIGHTS = tuple((INDEX[name], weight) for name, weight in _PERFORMANCE.items())
_STAYED, _VISIBLE, _DEPTH = 0.5, 0.25, 0.25
_DEAD, _FAULT = 0.5, 0.25  # rage clicks


class Experience(NamedTuple):
    """The parts and the index, whole points of a hundred."""

    performance: int
    engagement: int
    calm: int
    uxi: int


@dataclass(frozen=True, slots=True)
class Standards:
    """What a session is held against: the median session's visible time and scroll depth (0-100),
    and the risk that it ends with its first page. `sessions` is how many they were measured on, 0
    for the defaults; of these the curve may be one still.
    """

    visible_ms: float
    depth: float
    bounce: Curve
    sessions: int = 0
    curve_is_own: bool = False
    risks: dict[int, float] = field(default_factory=dict, compare=False, repr=False)

    def risk_at(self, landing: int) -> float:
        """By the code of the first page's LCP; below 0, where it is unknown, as of a fast page."""
        known = self.risks.get(landing)
        if known is None:
            load_ms = sketch.value_of(vital.bucket_of(landing)) if landing >= 0 else 0
            known = self.risks[landing] = bounce_risk.at(self.bounce, load_ms)
        return known

    @classmethod
    def default(cls, rules: ExperienceRules) -> Self:
        """Until the site's own are known."""
        return cls(
            rules.visible_ms,
            rules.scroll_depth * 100,
            bounce_risk.published(rules.bounce_share),
        )

    def encode(self) -> bytes:
        """As JSON, for the store."""
        return to_json({name: getattr(self, name) for name in self.__slots__ if name != "risks"})

    @classmethod
    def decode(cls, body: bytes) -> Self:
        """What `encode` wrote."""
        stored = from_json(body)
        return cls(**{**stored, "bounce": tuple(tuple(point) for point in stored["bounce"])})


def performance_of(codes: Sequence[int]) -> int | None:
    """One view's points by the codes of its vitals (below 0: unmeasured), whatever stands above the
    codes' bits; None without any.
    """
    points = weight = 0.0
    for index, share in _WEIGHTS:
        code = codes[index]
        if code >= 0:
            points += share * _points(code & vital.CODE)
            weight += share
    return int(points / weight + 0.5) if weight else None


@lru_cache(maxsize=16_384)
def _points(code: int) -> float:
    of = VITALS[vital.vital_of(code)]
    value = sketch.value_of(vital.bucket_of(code)) * of.unit
    return 100 * curve(value, of.good, of.poor)


def engagement_of(standards: Standards, *, bounce: float, visible_ms: int, depth: int) -> float:
    """Points; `bounce` is whether (0 or 1) or how likely the session ends with its first page,
    `depth` 0-100. What was not told (below 0) is left out.
    """
    points, weight = _STAYED * (1 - bounce), _STAYED
    if visible_ms >= 0:
        points += _VISIBLE * (1 - 0.5 ** (visible_ms / standards.visible_ms))
        weight += _VISIBLE
    if depth >= 0:
        points += _DEPTH * (1 - 0.5 ** (depth / standards.depth))
        weight += _DEPTH
    return 100 * points / weight


def calm_of(*, views: int, rage: int, dead: int, error_clicks: int, errors: int) -> float:
    """Points; the clicks and errors are those of all views."""
    irritations = rage + error_clicks + _DEAD * dead + _FAULT * errors
    return float(100 * 0.5 ** min(irritations / views, 100))


def combined(
    rules: ExperienceRules, *, performance: float, engagement: float, calm: float
) -> Experience:
    """The parts, and what they are together."""
    uxi = rules.performance * performance + rules.engagement * engagement + rules.calm * calm
    return Experience(
        int(performance + 0.5), int(engagement + 0.5), int(calm + 0.5), int(uxi + 0.5)
    )
