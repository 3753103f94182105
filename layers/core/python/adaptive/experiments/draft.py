"""What a batch changes: sessions' courses, and what that adds to the cells."""

from __future__ import annotations

import zlib
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from pydantic_core import from_json, to_json

from adaptive.experiments import cells
from adaptive.experiments.course import Course, outcome
from adaptive.experiments.registry import heard
from adaptive.experiments.tallies import ArmTally
from adaptive.monitoring.execution import bring

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from adaptive.experiments.course import Enrolment
    from adaptive.experiments.felt import Feel
    from adaptive.experiments.sighting import Sighting
    from adaptive.ports import Key, Versioned, VersionedStore

_FAST = 1
_COURSES_KEPT_S = 4 * 86_400
"""Plans and courses: longer than any record of the stream, however late, can refer to them."""
_CELLS_KEPT_S = 400 * 86_400


_Told = dict[tuple[str, str], dict[str, tuple[int, int]]]
"""By experiment and scope, what a session comes to."""


def session_key(session_id: str) -> Key:
    """Where a session's course is kept."""
    return f"session#{session_id}", "course"


@dataclass(slots=True)
class Draft:
    """`courses` by session, changed ones only; `cells` what comes to each; `newest_s` the latest
    receipt of it all, in seconds since the epoch.
    """

    feel: Feel
    cap_cents: int
    shard: int
    stored: Mapping[Key, Versioned] = field(default_factory=dict)
    courses: dict[str, Course] = field(default_factory=dict)
    cells: dict[Key, ArmTally] = field(default_factory=dict)
    newest_s: int = 0
    _before: dict[str, tuple[bool, _Told]] = field(default_factory=dict)

    @classmethod
    def on(cls, stored: Mapping[Key, Versioned], *, shard: int, cap_cents: int, feel: Feel) -> Self:
        """Of a batch of a shard that finds these courses."""
        return cls(feel, cap_cents, shard, stored)

    @property
    def expires_at_s(self) -> int:
        """When its plan and courses may go."""
        return self.newest_s + _COURSES_KEPT_S

    def follow(self, seen: Sighting, enrolments: Mapping[str, Enrolment]) -> None:
        """One report further."""
        self.newest_s = max(self.newest_s, int(seen.received_at.timestamp()))
        known = self.courses.get(seen.session_id)
        if known is not None:
            known.follow(seen, enrolments)
            return
        item = self.stored.get(session_key(seen.session_id))
        known = Course.load(item.body) if item else Course(seen.segments, deepcopy({**enrolments}))
        before = known.returning, self._told(known)
        if known.follow(seen, enrolments):
            self.courses[seen.session_id] = known
            self._before[seen.session_id] = before

    def close(self) -> None:
        """Add up what has come to the cells: what the sessions came to before goes out."""
        for session, course in self.courses.items():
            after = course.returning, self._told(course)
            for sign, (returning, told) in ((-1, self._before[session]), (1, after)):
                for place, values in told.items():
                    if values:
                        change = ArmTally.of(values, sign, returning=returning)
                        self._take(place, course, change)

    def _told(self, course: Course) -> _Told:
        found: _Told = {}
        for name, enrolment in course.enrolments.items():
            values = outcome(course, enrolment.views, cap_cents=self.cap_cents, feel=self.feel)
            found[name, cells.ASSIGNED] = values
            if name in course.exposed:
                found[name, cells.EXPOSED] = values
        return found

    def _take(self, place: tuple[str, str], course: Course, change: ArmTally) -> None:
        name, scope = place
        mine = course.enrolments[name]
        for key in cells.keys(name, mine.stratum, mine.arm, scope, course.segments, self.shard):
            if key in self.cells:
                self.cells[key].add(change)
            else:
                self.cells[key] = deepcopy(change)

    def encode(self) -> bytes:
        """For the store: JSON, compressed."""
        courses = {session: from_json(each.encode()) for session, each in self.courses.items()}
        sums = [
            [*key, from_json(each.encode())]
            for key, each in self.cells.items()
            if not each.is_empty
        ]
        whole = [self.cap_cents, self.shard, self.newest_s, courses, sums]
        return zlib.compress(to_json(whole), _FAST)

    @classmethod
    def load(cls, body: bytes, *, feel: Feel) -> Self:
        """What `encode` wrote."""
        cap_cents, shard, newest_s, courses, sums = from_json(zlib.decompress(body))
        return cls(
            feel,
            cap_cents,
            shard,
            {},
            {session: Course.load(to_json(each)) for session, each in courses.items()},
            {(pk, sk): ArmTally.load(to_json(each)) for pk, sk, each in sums},
            newest_s,
        )

    def carry_out(self, store: VersionedStore, position: int) -> None:
        """Any number of times, by any number of workers: the effect is one."""
        changes: dict[Key, Callable[[bytes | None], tuple[bytes, int]]] = {
            session_key(session): _replaced(course.encode(), self.expires_at_s)
            for session, course in self.courses.items()
        }
        until = self.newest_s + _CELLS_KEPT_S
        changes |= {
            key: _added(each, until) for key, each in self.cells.items() if not each.is_empty
        }
        if self.newest_s:
            changes[heard(self.shard)] = _replaced(b"%d" % self.newest_s, until)
            bring(store, changes, position, None)


def _replaced(body: bytes, until: int) -> Callable[[Any], tuple[bytes, int]]:
    return lambda _: (body, until)


def _added(change: ArmTally, until: int) -> Callable[[bytes | None], tuple[bytes, int]]:
    def grown(body: bytes | None) -> tuple[bytes, int]:
        whole = ArmTally() if body is None else ArmTally.load(body)
        whole.add(change)
        return whole.encode(), until

    return grown
