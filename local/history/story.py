"""What happened in the simulated fortnight: a slow origin in Europe, a release that went wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from adaptive.delivery.changes import Change

OLD_RELEASE, NEW_RELEASE = "v41", "v42"
EUROPE = frozenset({"GB", "DE", "FR", "ES", "IT", "NL", "PL"})
WHO = "simulated history"
_DAY = 1_440


@dataclass(frozen=True, slots=True)
class Effect:
    """What a view suffers at a minute: added to TTFB, factors of the rest."""

    ttfb_ms: float = 0
    errors: float = 1
    conversions: float = 1
    inp: float = 1


_NONE = Effect()
_SLOW_ORIGIN = Effect(ttfb_ms=1_400, conversions=0.8)
_BROKEN_SCRIPT = Effect(errors=14, conversions=0.3, inp=1.7)


@dataclass(frozen=True, slots=True)
class Story:
    """`begin` is the minute (since the epoch, UTC) at which the first day begins."""

    begin: int

    @property
    def slow_origin(self) -> range:
        """The origin that serves Europe answers 1.4 s late."""
        return self._span(day=4, hour=17, minute=10, minutes=150)

    @property
    def broken_script(self) -> range:
        """Product pages of the new release fail on phones, until it is mended."""
        return self._span(day=9, hour=10, minute=0, minutes=85)

    def _span(self, *, day: int, hour: int, minute: int, minutes: int) -> range:
        start = self.begin + day * _DAY + hour * 60 + minute
        return range(start, start + minutes)

    def release_at(self, minute: int) -> str:
        """Which release of the site a view of that minute gets."""
        return NEW_RELEASE if minute >= self.broken_script.start else OLD_RELEASE

    def effect(self, minute: int, *, country: str, device: str, page_group: str) -> Effect:
        """What is wrong with such a view."""
        if country in EUROPE and minute in self.slow_origin:
            return _SLOW_ORIGIN
        if device == "phone" and page_group == "product" and minute in self.broken_script:
            return _BROKEN_SCRIPT
        return _NONE

    def changes(self) -> list[Change]:
        """What the change log says of it."""
        return [
            _change("release", OLD_RELEASE, "the release before", self.begin),
            _change(
                "maintenance",
                "origin-failover",
                "Europe moved to its second origin: the first answered 1.4 s late",
                self.slow_origin.stop,
            ),
            _change("release", NEW_RELEASE, "new product page", self.broken_script.start),
            _change(
                "maintenance",
                f"{NEW_RELEASE}-mended",
                "the product page's script failed on phones",
                self.broken_script.stop,
            ),
        ]


def _change(kind: str, name: str, why: str, minute: int) -> Change:
    at = datetime.fromtimestamp(minute * 60, UTC)
    return Change.model_validate({"kind": kind, "name": name, "who": WHO, "why": why, "at": at})
