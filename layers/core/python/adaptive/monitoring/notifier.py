"""Brings each notice to each destination once, and the news of an alert in their order.

Per alert and destination an item says how far the news got there. Sending is claimed first, under
the item's version: of two workers with the same notice one sends. News that later news has
overtaken are dropped: a `firing` that was stuck must not follow its `resolved`. What cannot be
known from here is whether a receiver that did not answer has heard: it is told again, with the
same id.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from adaptive.errors import AdaptiveError, BusyError, UnavailableError
from adaptive.monitoring.notice import Phase
from adaptive.ports import Versioned, Write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from adaptive.monitoring.notice import Notice
    from adaptive.ports import Channel, Key, VersionedStore

CLAIM_S = 120
"""How long one worker may be at it before another tries: above the function's timeout."""

_PAUSES_S = (1.0, 3.0)  # between attempts while somebody waits; longer ones are the queue's
_MARK_ATTEMPTS = 3
_KEPT_S = 40 * 86_400
_ORDER = tuple(Phase)
_Place = tuple[str, int, str]
_START: _Place = ("", 0, "")


class Fate(Enum):
    """What became of a notice at one destination."""

    SENT = auto()
    KNOWN = auto()  # it has this, or news after it
    CLAIMED = auto()  # another worker is at it
    FAILED = auto()


@dataclass(frozen=True, slots=True)
class Outcome:
    """`wait_s`: not before so many seconds, where the destination said so."""

    fate: Fate
    detail: str = ""
    wait_s: float = 0

    @property
    def is_done(self) -> bool:
        """Whether the destination needs no further attempt."""
        return self.fate in {Fate.SENT, Fate.KNOWN}


@dataclass(frozen=True, slots=True)
class _Record:
    """`place` is that of the last news that arrived, `claimed_until_s` somebody's turn."""

    place: _Place = _START
    claimed_until_s: float = 0

    def encode(self) -> bytes:
        return json.dumps([*self.place, self.claimed_until_s]).encode()

    @classmethod
    def decode(cls, body: bytes) -> _Record:
        at, phase, notice_id, claimed_until_s = json.loads(body)
        return cls((at, phase, notice_id), claimed_until_s)


@dataclass(frozen=True, slots=True)
class Notifier:
    """One destination; `clock` is seconds since the epoch, `pause` waits so many."""

    name: str
    channel: Channel[Notice]
    records: VersionedStore
    clock: Callable[[], float]
    pause: Callable[[float], None]

    def tell(self, notice: Notice) -> Outcome:
        """Send it, unless that is done or somebody else's turn; raises nothing of ours."""
        try:
            return self._tell(notice)
        except AdaptiveError as error:
            wait_s = error.wait_s if isinstance(error, BusyError) else 0
            return Outcome(Fate.FAILED, f"{type(error).__name__}: {error}", wait_s)

    def _tell(self, notice: Notice) -> Outcome:
        key = (f"alert#{notice.alert_id}", self.name)
        place = (notice.at.isoformat(), _ORDER.index(notice.phase), notice.id)
        stored = self.records.read([key]).get(key)
        record = _Record.decode(stored.body) if stored else _Record()
        if place <= record.place:
            return Outcome(Fate.KNOWN)
        left_s = record.claimed_until_s - self.clock()
        version = stored.version if stored else None
        claim = _Record(record.place, self.clock() + CLAIM_S)
        if left_s > 0 or not self._put(key, claim, replacing=version):
            return Outcome(Fate.CLAIMED, "another worker is at it", max(left_s, 1))
        claimed = (version or 0) + 1
        try:
            self._send(notice)
        except AdaptiveError:
            self._mark(key, record, replacing=claimed)
            raise
        self._mark(key, _Record(place), replacing=claimed)
        return Outcome(Fate.SENT)

    def _send(self, notice: Notice) -> None:
        """Up to three attempts at a destination that may be better in a moment."""
        for pause_s in _PAUSES_S:
            try:
                return self.channel.send(notice)
            except BusyError as error:
                if error.wait_s > pause_s:
                    raise
            except UnavailableError:
                pass
            self.pause(pause_s)
        return self.channel.send(notice)

    def _mark(self, key: Key, record: _Record, *, replacing: int) -> None:
        """If this fails for good the claim expires, and the notice is sent again."""
        for attempt in range(_MARK_ATTEMPTS):
            try:
                self._put(key, record, replacing=replacing)
            except UnavailableError:
                if attempt == _MARK_ATTEMPTS - 1:
                    raise
            else:
                return

    def _put(self, key: Key, record: _Record, *, replacing: int | None) -> bool:
        new = Versioned(record.encode(), (replacing or 0) + 1)
        expires_at_s = int(self.clock()) + _KEPT_S
        return not self.records.write([Write(key, new, replacing, expires_at_s)])


def wait_before_retry(outcomes: Mapping[str, Outcome], *, received: int) -> int:
    """Seconds until a message that was received so often is worth another try: 15, 30, 60 … 900,
    or what a destination asked for, if that is longer.
    """
    back_off_s = 15 * 2 ** min(received - 1, 6)
    asked_s = max((each.wait_s for each in outcomes.values() if not each.is_done), default=0)
    return min(int(max(back_off_s, asked_s)) + (asked_s % 1 > 0), 900)
