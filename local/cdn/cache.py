"""The cache: least recently used objects go first when the bytes run out."""

from collections import OrderedDict
from dataclasses import dataclass

from local.cdn.cache_key import CacheKey
from local.cdn.messages import Answer

_OVERHEAD = 200  # bytes of bookkeeping per object and per header, roughly


@dataclass(frozen=True, slots=True)
class Entry:
    """A kept answer. Times are seconds since 1970; `origin_etag` is the one before compression."""

    answer: Answer
    stored_at_s: float
    fresh_until_s: float
    origin_etag: str = ""
    last_modified: str = ""

    def is_fresh(self, now_s: float) -> bool:
        """Whether it may be served without asking the origin."""
        return now_s < self.fresh_until_s

    @property
    def size(self) -> int:
        """Bytes it takes, roughly."""
        headers = sum(len(name) + len(value) + _OVERHEAD for name, value in self.answer.headers)
        return len(self.answer.body) + headers + _OVERHEAD


class Cache:
    """At most `capacity` bytes of entries; an entry that is larger by itself is not kept."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._entries: OrderedDict[CacheKey, Entry] = OrderedDict()
        self.size = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: CacheKey) -> Entry | None:
        """The entry, fresh or stale; being asked for keeps it from being dropped."""
        entry = self._entries.get(key)
        if entry is not None:
            self._entries.move_to_end(key)
        return entry

    def put(self, key: CacheKey, entry: Entry) -> None:
        """Keep an entry in place of any other with this key."""
        self.drop(key)
        if entry.size > self._capacity:
            return
        self._entries[key] = entry
        self.size += entry.size
        while self.size > self._capacity:
            self.drop(next(iter(self._entries)))

    def drop(self, key: CacheKey) -> None:
        """Forget an entry, if there is one."""
        if (entry := self._entries.pop(key, None)) is not None:
            self.size -= entry.size
