"""Spans of time that rollups are for, and where their cells are kept.

A cell's item is found by its resolution, family and the next coarser window (the partition), then
by value, start and, for minutes, shard: all that one merge reads is one partition per family.
Times are whole minutes since the epoch, UTC, until they become keys.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adaptive.monitoring.dimension import Cell
    from adaptive.ports import Key

MINUTES_PER_DAY = 1_440
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Resolution(Enum):
    """`minutes` a window is long; `kept_s` how long it is kept, from its end."""

    MINUTE = ("1m", 1, 2 * 86_400)
    FIVE = ("5m", 5, 14 * 86_400)
    HOUR = ("1h", 60, 395 * 86_400)  # 13 months

    def __init__(self, word: str, minutes: int, kept_s: int) -> None:
        self.word = word
        self.minutes = minutes
        self.kept_s = kept_s

    def start_of(self, minute: int) -> int:
        """Where the window begins that a minute is in."""
        return minute - minute % self.minutes

    def expires_at_s(self, start: int) -> int:
        """Seconds since the epoch."""
        return (start + self.minutes) * 60 + self.kept_s


_AFTER_SHARDS = "~"
_FORMAT = "%Y-%m-%dT%H:%M"


@lru_cache(maxsize=4_096)
def text_of(minute: int) -> str:
    """As it stands in keys."""
    return (_EPOCH + timedelta(minutes=minute)).strftime(_FORMAT)


@lru_cache(maxsize=4_096)
def _span_of(resolution: Resolution, start: int) -> str:
    match resolution:
        case Resolution.MINUTE:
            return text_of(Resolution.FIVE.start_of(start))
        case Resolution.FIVE:
            return text_of(Resolution.HOUR.start_of(start))
        case Resolution.HOUR:
            return text_of(start)[:7]  # its month


def partition(resolution: Resolution, family: str, start: int) -> str:
    """Where all cells of a family are that belong into the same coarser window."""
    return f"{resolution.word}#{family}#{_span_of(resolution, start)}"


def within(resolution: Resolution, start: int, end: int) -> Iterator[tuple[int, int]]:
    """First and last window of each partition of a span."""
    stride = {Resolution.MINUTE: 5, Resolution.FIVE: 60, Resolution.HOUR: MINUTES_PER_DAY}
    at = resolution.start_of(start)
    last = resolution.start_of(end - 1)
    first = at
    while at <= last:
        following = at - at % stride[resolution] + stride[resolution]
        if following > last or _span_of(resolution, following) != _span_of(resolution, first):
            yield first, min(following - resolution.minutes, last)
            first = following
        at = following


def key(resolution: Resolution, cell: Cell, start: int, *, shard: int | None = None) -> Key:
    """Of a cell's item; minutes have one per shard, so that shards never wait for each other."""
    sort = f"{cell.value}#{text_of(start)}"
    return (
        partition(resolution, cell.family, start),
        sort if shard is None else f"{sort}#{shard}",
    )


def sort_bounds(value: str, first: int, last: int) -> tuple[str, str]:
    """Between which sort keys a value's windows are, from one start to another, of all shards."""
    return f"{value}#{text_of(first)}", f"{value}#{text_of(last)}{_AFTER_SHARDS}"


def read_sort(sort: str) -> tuple[str, int]:
    """Value and start, from what `key` wrote."""
    value, text = sort.split("#")[:2]
    at = datetime.fromisoformat(text).replace(tzinfo=UTC)
    return value, int(at.timestamp()) // 60
