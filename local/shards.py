"""A Kinesis stream on this machine: shards that split and merge, and what is in them."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

_KEY_SPACE = 2**128
_FIRST_SEQUENCE = 10**55


@dataclass(frozen=True, slots=True)
class StreamRecord:
    """`arrived_at_s`: seconds since the epoch."""

    key: str
    data: bytes
    sequence: int
    arrived_at_s: float


@dataclass(slots=True)
class Shard:
    """`first_key` and `last_key` bound the MD5 of its keys; it is closed once it has children."""

    number: int
    first_key: int
    last_key: int
    parents: tuple[int, ...] = ()
    records: list[StreamRecord] = field(default_factory=list)
    is_open: bool = True

    @property
    def name(self) -> str:
        """As Kinesis writes it."""
        return f"shardId-{self.number:012}"


class Stream:
    """Sequence numbers ascend within a shard; `now` is seconds since the epoch."""

    def __init__(self, *, shards: int, now: Callable[[], float]) -> None:
        self.now = now
        step = _KEY_SPACE // shards
        self.shards = [
            Shard(n, n * step, _KEY_SPACE - 1 if n == shards - 1 else (n + 1) * step - 1)
            for n in range(shards)
        ]
        self._next = _FIRST_SEQUENCE

    def put(self, key: str, data: bytes) -> StreamRecord:
        """Append to the shard that the key belongs to."""
        place = int.from_bytes(hashlib.md5(key.encode(), usedforsecurity=False).digest(), "big")
        (shard,) = (each for each in self.open_shards() if each.first_key <= place <= each.last_key)
        record = StreamRecord(key, data, self._next, self.now())
        self._next += 1
        shard.records.append(record)
        return record

    def open_shards(self) -> list[Shard]:
        """In the order of their keys."""
        return sorted((each for each in self.shards if each.is_open), key=lambda s: s.first_key)

    def split(self, shard: Shard) -> None:
        """Into two halves of its keys."""
        middle = (shard.first_key + shard.last_key) // 2
        shard.is_open = False
        for first, last in ((shard.first_key, middle), (middle + 1, shard.last_key)):
            self._add(first, last, (shard.number,))

    def merge(self, left: Shard, right: Shard) -> None:
        """Two that are neighbours."""
        if left.last_key + 1 != right.first_key:
            raise ValueError(f"{left.name} and {right.name} are no neighbours")
        left.is_open = right.is_open = False
        self._add(left.first_key, right.last_key, (left.number, right.number))

    def _add(self, first: int, last: int, parents: tuple[int, ...]) -> None:
        self.shards.append(Shard(len(self.shards), first, last, parents))
