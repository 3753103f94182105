"""In-memory twins of the ports; tests/functions/test_ports.py checks them and moto alike."""

import hashlib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from adaptive.delivery.session import SessionState
from adaptive.errors import UnavailableError
from adaptive.monitoring.notice import Notice
from adaptive.ports import (
    Key,
    KeyRange,
    Listing,
    Metric,
    OriginSecret,
    Page,
    Sending,
    Stored,
    StoredFile,
    Versioned,
    Write,
)


@dataclass
class InMemorySessionStore:
    items: dict[str, Stored[SessionState]] = field(default_factory=dict)
    puts: int = 0
    gets: int = 0
    down: bool = False

    def get(self, session_id: str) -> Stored[SessionState] | None:
        self.gets += 1
        if self.down:
            raise UnavailableError("down")
        return self.items.get(session_id)

    def put(
        self,
        session_id: str,
        new: Stored[SessionState],
        *,
        replacing: Stored[SessionState] | None,
        expires_at_s: int,
    ) -> bool:
        assert expires_at_s > 0
        there = self.get(session_id)
        if (there and there.sequence) != (replacing and replacing.sequence):
            return False
        self.items[session_id] = new
        self.puts += 1
        return True


@dataclass
class InMemoryVersionedStore:
    items: dict[Key, Versioned] = field(default_factory=dict)
    expires_at_s: dict[Key, int] = field(default_factory=dict)
    writes: int = 0
    down: bool = False

    def read(self, keys: Sequence[Key]) -> dict[Key, Versioned]:
        if self.down:
            raise UnavailableError("down")
        assert len(set(keys)) == len(keys)  # DynamoDB refuses a key asked for twice
        return {key: self.items[key] for key in keys if key in self.items}

    def read_partition(self, partition: str) -> dict[Key, Versioned]:
        if self.down:
            raise UnavailableError("down")
        return {key: item for key, item in self.items.items() if key[0] == partition}

    def write(self, writes: Sequence[Write]) -> list[Key]:
        if self.down:
            raise UnavailableError("down")
        refused = []
        for each in writes:
            there = self.items.get(each.key)
            if (there.version if there else None) != each.replacing:
                refused.append(each.key)
                continue
            assert len(each.new.body) < 400_000
            self.items[each.key] = each.new
            self.expires_at_s[each.key] = each.expires_at_s
            self.writes += 1
        return refused


@dataclass
class InMemoryItemReader:
    store: InMemoryVersionedStore

    def read_ranges(self, ranges: Sequence[KeyRange]) -> Page:
        if self.store.down:
            raise UnavailableError("down")
        found = [
            sorted(
                (sort, item.body)
                for (partition, sort), item in self.store.items.items()
                if partition == each.partition
                and (each.first is None or sort >= each.first)
                and (each.last is None or sort <= each.last)
            )
            for each in ranges
        ]
        return Page(found, units=0.5 * sum(map(len, found)))


@dataclass
class InMemoryBeaconStream:
    records: list[tuple[str, bytes]] = field(default_factory=list)
    down: bool = False

    def publish(self, records: Sequence[bytes], *, key: str) -> None:
        if self.down:
            raise UnavailableError("down")
        self.records += ((key, record) for record in records)


@dataclass
class InMemoryEventArchive:
    rows: list[bytes] = field(default_factory=list)
    down: bool = False

    def keep(self, rows: Sequence[bytes]) -> None:
        if self.down:
            raise UnavailableError("down")
        self.rows += rows


@dataclass
class InMemoryDeadLetters:
    letters: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    down: bool = False

    def bury(self, record: bytes, *, record_id: str, reason: str) -> None:
        if self.down:
            raise UnavailableError("down")
        self.letters[record_id] = (record, reason)


@dataclass
class InMemoryOriginSecrets:
    secret: OriginSecret
    reads: int = 0
    down: bool = False

    def read(self) -> OriginSecret:
        self.reads += 1
        if self.down:
            raise UnavailableError("down")
        return self.secret

    def replace(self, new: OriginSecret) -> None:
        if self.down:
            raise UnavailableError("down")
        self.secret = new


@dataclass
class InMemoryOriginHeader:
    edges: list[str | None]
    told: str | None = None
    down: bool = False

    def sending(self) -> Sending:
        if self.down:
            raise UnavailableError("down")
        return Sending(self.told, everywhere=all(each == self.told for each in self.edges))

    def send(self, value: str) -> None:
        if self.down:
            raise UnavailableError("down")
        self.told = value


@dataclass
class InMemoryFileStore:
    files: dict[str, StoredFile] = field(default_factory=dict)
    down: bool = False
    read_only: bool = False
    writes: int = 0

    def read(self, path: str) -> StoredFile | None:
        if self.down:
            raise UnavailableError("down")
        found = self.files.get(path)
        return found and replace(found, version=self.version(path))

    def version(self, path: str) -> str:
        if self.down:
            raise UnavailableError("down")
        found = self.files.get(path)
        return f'"{hashlib.sha256(found.body).hexdigest()}"' if found else "gone"

    def write(self, path: str, file: StoredFile) -> None:
        if self.down or self.read_only:
            raise UnavailableError("down")
        self.files[path] = file
        self.writes += 1

    def below(self, prefix: str) -> list[str]:
        if self.down:
            raise UnavailableError("down")
        return sorted(path for path in self.files if path.startswith(prefix))

    def listed(self, prefix: str, *, after: str = "") -> Listing:
        below = {path: path.removeprefix(prefix) for path in self.below(prefix) if path > after}
        folders = {prefix + rest.partition("/")[0] for rest in below.values() if "/" in rest}
        files = {
            path: len(self.files[path].body) for path, rest in below.items() if "/" not in rest
        }
        return Listing(files, sorted(folders), "")

    def score(self, path: str) -> float | None:
        found = self.read(path)
        return found.score if found else None

    def remove(self, paths: Sequence[str]) -> None:
        if self.down or self.read_only:
            raise UnavailableError("down")
        for path in paths:
            self.files.pop(path, None)


@dataclass
class Meanwhile(InMemoryFileStore):
    """Where something else comes between reading an original and storing its rendition."""

    happens: Callable[[dict[str, StoredFile]], object] = lambda _: None

    def write(self, path: str, file: StoredFile) -> None:
        self.happens(self.files)
        super().write(path, file)


@dataclass
class InMemoryLocks:
    expires_s: float = 30
    now: Callable[[], float] = time.monotonic
    held: dict[str, float] = field(default_factory=dict)
    down: bool = False
    guard: threading.Lock = field(default_factory=threading.Lock)

    def take(self, path: str) -> bool:
        if self.down:
            raise UnavailableError("down")
        with self.guard:
            since = self.held.get(path)
            if since is not None and self.now() - since < self.expires_s:
                return False
            self.held[path] = self.now()
            return True

    def give_back(self, path: str) -> None:
        if self.down:
            raise UnavailableError("down")
        self.held.pop(path, None)


@dataclass
class InMemoryEdgeCache:
    forgotten: list[tuple[str, str]] = field(default_factory=list)
    down: bool = False

    def forget(self, pattern: str, *, event_id: str) -> None:
        if self.down:
            raise UnavailableError("down")
        self.forgotten.append((pattern, event_id))


@dataclass
class InMemoryBus:
    notices: list[Notice] = field(default_factory=list)
    down: bool = False

    def publish(self, notices: Sequence[Notice]) -> None:
        if self.down:
            raise UnavailableError("down")
        self.notices += notices


@dataclass
class InMemoryCloudSeries:
    """Points are by metric and second; a step's value is as its statistic says."""

    points: dict[Metric, dict[int, float]] = field(default_factory=dict)
    down: bool = False

    def read(
        self, metrics: Sequence[Metric], *, first_s: int, end_s: int, step_s: int
    ) -> list[dict[int, float]]:
        if self.down:
            raise UnavailableError("down")
        found = []
        for metric in metrics:
            steps: dict[int, list[float]] = {}
            for at_s, value in self.points.get(metric, {}).items():
                if first_s <= at_s < end_s:
                    steps.setdefault(at_s - at_s % step_s, []).append(value)
            found.append({at: _summary(metric.statistic, each) for at, each in steps.items()})
        return found


def _summary(statistic: str, values: Sequence[float]) -> float:
    if statistic == "Maximum":
        return max(values)
    return sum(values) / (len(values) if statistic == "Average" else 1)
