"""Outcomes of sessions, as an append-only log: an item per batch of a shard and hour of beginning.

A session is told of again whenever it changes; its last entry counts, the one of the highest
position. So an entry costs a few bytes instead of a write of its own, and putting one down twice
puts down one.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from pydantic_core import from_json, to_json

from adaptive.monitoring import window
from adaptive.monitoring.outcome import Outcome
from adaptive.monitoring.window import Resolution

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adaptive.ports import Key, VersionedStore

_HOUR = Resolution.HOUR
_FAST = 1


def entries(position: int, outcomes: Mapping[str, bytes]) -> dict[Key, bytes]:
    """The items that hold a batch's outcomes (see Outcome.encode)."""
    hours: dict[int, list[bytes]] = {}
    for session, body in outcomes.items():
        hour = _HOUR.start_of(Outcome.first_of(body))
        hours.setdefault(hour, []).append(to_json(session) + b":" + body)
    return {
        (_partition(hour), str(position)): zlib.compress(b"{" + b",".join(pairs) + b"}", _FAST)
        for hour, pairs in hours.items()
    }


def between(store: VersionedStore, start: int, end: int) -> dict[str, Outcome]:
    """Every session that began from minute `start` on and before `end`, as last told of, by its id.

    Raises UnavailableError.
    """
    newest: dict[str, tuple[int, Outcome]] = {}
    for hour in range(_HOUR.start_of(start), end, _HOUR.minutes):
        for (_, position), item in store.read_partition(_partition(hour)).items():
            place = int(position)
            for session, told in from_json(zlib.decompress(item.body)).items():
                if session not in newest or place > newest[session][0]:
                    newest[session] = place, Outcome.load(told)
    found = {session: outcome for session, (_, outcome) in newest.items()}
    return {name: each for name, each in found.items() if start <= each.first < end}


def _partition(hour: int) -> str:
    return f"outcomes#{window.text_of(hour)}"
