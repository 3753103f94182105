"""What a session's later views were like, as the User Experience Index (`monitoring.experience`).

Both arms are held against the standards of `site.toml`, not against those measured since: a
yardstick that moves while an experiment runs compares nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from adaptive.monitoring import experience, vital
from adaptive.monitoring.experience import Standards

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adaptive.experiments.course import View
    from adaptive.settings.monitoring import ExperienceRules

_UNTOLD = -1
_VITALS = ("lcp_ms", "fcp_ms", "ttfb_ms", "inp_ms", "cls")
"""In the order of `vital.VITALS`."""


@dataclass(frozen=True)
class Feel:
    """By the site's weights."""

    rules: ExperienceRules

    @cached_property
    def _standards(self) -> Standards:
        return Standards.default(self.rules)

    def points(self, view: View) -> int | None:
        """One view's performance (0-100), None without a vital."""
        return experience.performance_of(
            [
                _UNTOLD if value is None else vital.code_of(index, value)
                for index, value in enumerate(getattr(view, name) for name in _VITALS)
            ]
        )

    def uxi(self, views: Sequence[View]) -> int | None:
        """Of these views together: a single one was the last. None if none has a vital."""
        scored = [points for view in views if (points := self.points(view)) is not None]
        if not scored:
            return None
        seen = [view.visible_ms for view in views if view.visible_ms is not None]
        depths = [view.depth for view in views if view.depth is not None]
        engagement = experience.engagement_of(
            self._standards,
            bounce=float(len(views) == 1),
            visible_ms=round(sum(seen)) if seen else _UNTOLD,
            depth=round(100 * max(depths)) if depths else _UNTOLD,
        )
        calm = experience.calm_of(
            views=len(views),
            rage=sum(view.rage for view in views),
            dead=sum(view.dead for view in views),
            error_clicks=sum(view.error_clicks for view in views),
            errors=sum(view.errors for view in views),
        )
        performance = sum(scored) / len(scored)
        return experience.combined(
            self.rules, performance=performance, engagement=engagement, calm=calm
        ).uxi
