"""Policies put while the loop runs, and whether `ingest` goes by them already."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from adaptive.delivery.policy import initial
from adaptive.delivery.policy_watch import FRESH_S
from adaptive.edge.policy import CONTROL, TIER_COOKIE
from local.loop import Loop
from tests.samples import envelope, wire_beacon

_PATIENCE_S = 9 * FRESH_S  # a busy machine, and functions that start
_TIMEOUT_S = 30
_ASKED = 8  # warm functions read the policy each by itself; and one in twenty visitors is held out
_HEADERS = {
    "content-type": "text/plain",
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
}
"""A program that says so gets the default tier, whatever it reports."""

_SLOW_TAP = envelope(wire_beacon(vitals={"ttfb_ms": 50, "lcp_ms": 300, "inp_ms": 900}))


@dataclass(frozen=True, slots=True)
class Policies:
    """`put` changes `site.toml`'s own policy."""

    loop: Loop

    def put(self, *, a_slow_tap_gets: str, **changes: Any) -> None:
        """Until a fast page with a slow tap is answered so, by all functions that are warm."""
        site, book = self.loop.site, self.loop.policies
        own = initial(site.rules, holdout_share=site.holdout.share)
        book.put(
            own.model_copy(update=changes),
            replacing=book.version,
            who="journey",
            why="a test",
            at=datetime.now(UTC),
        )
        deadline = time.monotonic() + _PATIENCE_S
        while self._answers() != {a_slow_tap_gets}:
            assert time.monotonic() < deadline, "ingest does not follow"

    def put_back(self) -> None:
        """As the site has it."""
        self.put(a_slow_tap_gets="lite")

    def _answers(self) -> set[str]:
        """Less the holdout's, if there are others."""
        words = set()
        for _ in range(_ASKED):
            answer = httpx.post(
                f"{self.loop.base_url}/rum",
                content=_SLOW_TAP,
                headers=_HEADERS,
                timeout=_TIMEOUT_S,
            )
            words.add(answer.cookies[TIER_COOKIE])
        return words - {CONTROL} or {CONTROL}
