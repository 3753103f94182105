"""What a group of page views adds up to: counters, ratings and quantile sketches.

A rollup is a vector of integers. Adding rollups is adding vectors: exact, in any order, and a
contribution can be taken out again. Encoding is canonical, so equal rollups are equal bytes: the
minutes of an hour merge into the very bytes of the hour built from its views.
"""

from __future__ import annotations

import struct
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Self

from adaptive.monitoring import sketch, vital
from adaptive.monitoring.vital import Rating

if TYPE_CHECKING:
    from collections.abc import Iterable

_VERSION = 3


class Field(IntEnum):
    """The counters. `BYTES`, `REQUESTS` and `SCRIPT_BYTES` are what `MEASURED` views moved over the
    network; `FAILING` are views with an error at least. Of `SESSIONS`, `BOUNCED` ended with their
    first view; the three after them are sums of points over those that have a `uxi`, whose mean
    parts they tell. New ones go to the end.
    """

    VIEWS = 0
    HIDDEN = 1
    SOFT = 2
    MEASURED = 3
    BYTES = 4
    ERRORS = 5
    CONVERSIONS = 6
    REQUESTS = 7
    SCRIPT_BYTES = 8
    FAILING = 9
    SESSIONS = 10
    BOUNCED = 11
    PERFORMANCE = 12
    ENGAGEMENT = 13
    CALM = 14


_HEAD = struct.Struct("<BBBxH")
_WIDTHS = (("b", 1 << 7), ("h", 1 << 15), ("i", 1 << 31), ("q", 1 << 63))
_CODE_BYTES = 2
_COUNTER_BYTES = 8


@dataclass(slots=True)
class Rollup:
    """`fields` by Field; `codes` counts the vitals' codes (see `vital.code_of`)."""

    fields: list[int] = field(default_factory=lambda: [0] * len(Field))
    codes: Counter[int] = field(default_factory=Counter)

    def add(self, other: Rollup) -> None:
        """Take another's views in."""
        self.fields = [a + b for a, b in zip(self.fields, other.fields, strict=True)]
        known = self.codes.get
        sums = {code: known(code, 0) + count for code, count in other.codes.items()}
        dict.update(self.codes, sums)  # a Counter's own would add

    @property
    def views(self) -> int:
        """Page views."""
        return self.fields[Field.VIEWS]

    def ratings(self, name: str) -> dict[Rating, int]:
        """How many views were rated so by the vital of that name."""
        found = dict.fromkeys(Rating, 0)
        for code, count in self._of(name):
            found[vital.rating_of(code)] += count
        return found

    def count(self, name: str) -> int:
        """How many views have the vital of that name."""
        return sum(count for _, count in self._of(name))

    def quantile(self, name: str, q: float) -> float | None:
        """Within 1 %, in the vital's own unit; None if no view has it."""
        buckets = ((vital.bucket_of(code), count) for code, count in self._of(name))
        found = sketch.quantile(buckets, q)
        return None if found is None else found * vital.named(name)[1].unit

    def _of(self, name: str) -> Iterable[tuple[int, int]]:
        index, _ = vital.named(name)
        return ((code, n) for code, n in self.codes.items() if vital.vital_of(code) == index)

    def encode(self) -> bytes:
        """Some 60 bytes, and three or four a bucket."""
        codes = sorted([code for code, count in self.codes.items() if count])
        counts = [*map(self.codes.__getitem__, codes)]
        largest = max(map(abs, counts), default=0)
        width = next(width for width, (_, limit) in enumerate(_WIDTHS) if largest < limit)
        size = len(codes)
        head = _HEAD.pack(_VERSION, width, len(self.fields), size)
        body = f"<{len(self.fields)}q{size}H{size}{_WIDTHS[width][0]}"
        return head + struct.pack(body, *self.fields, *codes, *counts)

    @classmethod
    def decode(cls, body: bytes) -> Self:
        """What `encode` wrote, with fewer counters or more; raises ValueError on anything else."""
        codes, counts = _columns_of(body)
        counted: Counter[int] = Counter()
        dict.update(counted, zip(codes.tolist(), counts.tolist(), strict=True))  # not to be counted
        return cls(fields_of(body), counted)

    @classmethod
    def read(cls, body: bytes) -> Self | None:
        """As `decode`; None of what another version wrote, for whoever can do without."""
        try:
            return cls.decode(body)
        except ValueError:
            return None


def is_readable(body: bytes) -> bool:
    """Whether this version wrote it, by its first byte."""
    return body[:1] == _VERSION.to_bytes()


def fields_of(body: bytes) -> list[int]:
    """The counters alone, by Field; raises ValueError on what is no rollup."""
    _, known, _ = _head_of(body)
    fields = struct.unpack_from(f"<{known}q", body, _HEAD.size)
    return [*fields[: len(Field)], *[0] * (len(Field) - known)]


def vital_of(body: bytes, index: int) -> tuple[list[int], list[int]]:
    """The codes of VITALS[index], ascending, and how many of each, without a look at the others.

    Raises ValueError on what is no rollup.
    """
    codes, counts = _columns_of(body)
    first = bisect_left(codes, vital.first_code(index))
    last = bisect_left(codes, vital.first_code(index + 1), lo=first)
    return codes[first:last].tolist(), counts[first:last].tolist()


def _columns_of(body: bytes) -> tuple[memoryview[int], memoryview[int]]:
    """All codes, ascending, and how many of each."""
    width, known, size = _head_of(body)
    letter, bytes_each = _WIDTHS[width][0], 1 << width
    start = _HEAD.size + known * _COUNTER_BYTES
    end = start + size * _CODE_BYTES
    if len(body) != end + size * bytes_each:
        raise ValueError(f"not a rollup: {len(body)} bytes")
    view = memoryview(body)
    codes = view[start:end].cast("H")  # little-endian, as everything that we run on
    return codes, view[end:].cast(letter)  # type: ignore[call-overload] # one of _WIDTHS


def _head_of(body: bytes) -> tuple[int, int, int]:
    """Width, number of counters, number of codes."""
    try:
        version, width, known, size = _HEAD.unpack_from(body)
    except struct.error as error:
        raise ValueError(f"not a rollup: {error}") from error
    if version != _VERSION or width >= len(_WIDTHS):
        raise ValueError(f"a rollup of version {version}")
    return width, known, size
