"""How many beacons a minute one session, and one address, may send.

Counted in the memory of one warm function, which costs nothing: with K of them the bound is K times
as high. It keeps one runaway page, or one script, from drowning the others; the bound on what all
of them together can cost is the API's own rate.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from adaptive.errors import BudgetError

_MINUTE_S = 60
_KEYS = 20_000
"""Remembered at most; whoever has been silent longest is forgotten first, and starts anew."""


@dataclass(slots=True)
class Budget:
    """Beacons per minute, and as many at once; `clock` is seconds and never goes back.

    A key's bucket is one number, the time at which it is full again (the generic cell rate
    algorithm of ATM traffic management).
    """

    per_minute: int
    clock: Callable[[], float]
    keys: int = _KEYS
    _full_at: dict[str, float] = field(default_factory=dict)

    def spend(self, key: str, beacons: int) -> None:
        """Raises BudgetError, and spends nothing, if there are not so many left."""
        now = self.clock()
        before = max(now, self._full_at.pop(key, now))
        after = before + beacons * _MINUTE_S / self.per_minute
        wait_s = after - now - _MINUTE_S
        self._full_at[key] = before if wait_s > 0 else after
        if len(self._full_at) > self.keys:
            del self._full_at[next(iter(self._full_at))]
        if wait_s > 0:
            raise BudgetError(f"more than {self.per_minute} beacons a minute", wait_s=wait_s)
