"""The course of a session, as far as it has been reported, and what it comes to by metric.

The first view is never adapted to what was measured: it is what was known before the exposure, the
covariate. Outcomes are those of the views after it. A session is enrolled when it is first heard
of, and counts up to the moment its arm would be another one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Self

from pydantic_core import from_json, to_json

from adaptive.delivery.trial import HOLDOUT
from adaptive.experiments.metric import METRICS, Kind
from adaptive.monitoring import sketch
from adaptive.monitoring.vital import INDEX, VITALS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adaptive.experiments.felt import Feel
    from adaptive.experiments.sighting import Sighting

VIEWS_KEPT = 50
_USUAL_POINTS = 90
_KNOWN_NOTHING = {"lcp": math.log(2_000), "inp": math.log(100)}
_GOOD_LCP_MS = VITALS[INDEX["lcp_ms"]].good


class View(NamedTuple):
    """A page view by its latest report; None is not told."""

    sequence: int = -1
    lcp_ms: float | None = None
    inp_ms: float | None = None
    kilobytes: int | None = None
    errors: int = 0
    conversions: int = 0
    cents: int = 0
    rage: int = 0
    dead: int = 0
    error_clicks: int = 0
    fcp_ms: float | None = None
    ttfb_ms: float | None = None
    cls: float | None = None
    visible_ms: float | None = None
    depth: float | None = None

    def followed_by(self, latest: View) -> View:
        """A later report supersedes; what it does not repeat is kept, and counts never fall."""
        told = {
            name: max(value, getattr(self, name)) if name in _COUNTS else value
            for name, value in latest._asdict().items()
            if value is not None
        }
        return self._replace(**told)


_COUNTS = {"errors", "conversions", "cents", "rage", "dead", "error_clicks"}


@dataclass(slots=True)
class Enrolment:
    """`views` is how many of the session's views count; None: all."""

    stratum: str
    arm: str
    views: int | None = None


@dataclass(slots=True)
class Course:
    """One session; `segments` are `dimension=value`, `exposed` names of experiments, `returning`
    if its visitor had its arms before.
    """

    segments: tuple[str, ...]
    enrolments: dict[str, Enrolment]
    exposed: set[str] = field(default_factory=set)
    views: dict[str, View] = field(default_factory=dict)
    returning: bool = False

    def follow(self, seen: Sighting, enrolments: Mapping[str, Enrolment]) -> bool:
        """One report further; whether it changed anything. `enrolments` hold as it is received."""
        for name, mine in self.enrolments.items():
            now = enrolments.get(name)
            if mine.views is None and (now is None or now.arm != mine.arm):
                mine.views = len(self.views)
        view = self.views.get(seen.view_id)
        if view is None:
            if len(self.views) == VIEWS_KEPT:
                return False
            view = self.views[seen.view_id] = View()
        if seen.view.sequence <= view.sequence:
            return False
        self.views[seen.view_id] = view.followed_by(seen.view)
        self.returning |= seen.returning
        exposed = seen.exposed & self.enrolments.keys()
        if len(self.views) > 1:
            exposed -= {
                HOLDOUT
            }  # its arms differ from the second view on: that is no chance any more
        self.exposed |= exposed
        return True

    def encode(self) -> bytes:
        """As JSON, for the store: arrays in the order of the fields."""
        return to_json(
            [
                self.segments,
                {key: [it.stratum, it.arm, it.views] for key, it in self.enrolments.items()},
                sorted(self.exposed),
                {view_id: list(view) for view_id, view in self.views.items()},
                self.returning,
            ]
        )

    @classmethod
    def load(cls, body: bytes) -> Self:
        """What `encode` wrote."""
        segments, enrolments, exposed, views, *later = from_json(body)
        return cls(
            tuple(segments),
            {key: Enrolment(*each) for key, each in enrolments.items()},
            set(exposed),
            {view_id: View(*each) for view_id, each in views.items()},
            *later,
        )


def outcome(
    course: Course, views: int | None, *, cap_cents: int, feel: Feel
) -> dict[str, tuple[int, int]]:
    """By metric, in its units: y and x (see METRICS), of the first so many views."""
    counted = list(course.views.values())[:views]
    if not counted:
        return {}
    first, *rest = counted
    found: dict[str, tuple[int, int]] = {}
    for name, field_name in (("lcp", "lcp_ms"), ("inp", "inp_ms")):
        logs = [log for each in rest if (log := _log(name, getattr(each, field_name))) is not None]
        if logs:
            found[name] = _thousandths(sum(logs) / len(logs)), _covariate(name, first, field_name)
    lcps = [each.lcp_ms for each in rest if each.lcp_ms is not None]
    known = _covariate("lcp", first, "lcp_ms")
    if lcps:
        found["good_lcp"] = sum(each <= _GOOD_LCP_MS for each in lcps), len(lcps)
    if rest:
        found["bounce"] = int(len(rest) == 1), known
        errors = METRICS["errors"].cap or 0
        found["errors"] = int(min(sum(each.errors for each in rest), errors)), len(rest)
    if (index := feel.uxi(rest)) is not None:
        points = feel.points(first)
        found["uxi"] = index, _USUAL_POINTS if points is None else points
    sizes = [each.kilobytes for each in rest if each.kilobytes is not None]
    if sizes:
        found["bytes"] = sum(sizes), len(sizes)
    found["conversion"] = int(any(each.conversions for each in rest)), known
    found["revenue"] = min(sum(each.cents for each in rest), cap_cents), known
    found["views"] = len(counted), known
    return found


def bucket_of(values: Mapping[str, tuple[int, int]]) -> int | None:
    """The bucket (`monitoring.sketch`) of a session's typical LCP, None if it has none."""
    lcp = values.get("lcp")
    return None if lcp is None else sketch.bucket_of(math.exp(lcp[0] * METRICS["lcp"].unit))


def _covariate(name: str, first: View, field_name: str) -> int:
    log = _log(name, getattr(first, field_name))
    return _thousandths(_KNOWN_NOTHING[name] if log is None else log)


def _log(name: str, milliseconds: float | None) -> float | None:
    cap = METRICS[name].cap
    if milliseconds is None or METRICS[name].kind is not Kind.LOG or cap is None:
        return None
    return min(math.log(max(milliseconds, 1.0)), cap)


def _thousandths(value: float) -> int:
    return round(value * 1_000)
