"""All that we ask of the outside world.

Every method raises UnavailableError when the other side does not answer. Generic where a port
carries domain values, since ports stand below the domain.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

StateT = TypeVar("StateT")
NoticeT_contra = TypeVar("NoticeT_contra", contravariant=True)


@dataclass(frozen=True, slots=True)
class Stored(Generic[StateT]):
    """A session's state and the position in the stream of the last record folded into it."""

    state: StateT
    sequence: int


class SessionStore(Protocol[StateT]):
    """Where session states are durable."""

    def get(self, session_id: str) -> Stored[StateT] | None:
        """What is stored, or None for a new session."""

    def put(
        self,
        session_id: str,
        new: Stored[StateT],
        *,
        replacing: Stored[StateT] | None,
        expires_at_s: int,
    ) -> bool:
        """Store `new` if `replacing` is still what is there (None: nothing); False if another
        writer was faster.

        `expires_at_s`: seconds since the epoch after which the record may be dropped.
        """


Key = tuple[str, str]
"""Partition and sort key of an item."""

NEVER_S = 253_402_300_799
"""When an item expires that is kept for ever: the year 9999 is over then."""


@dataclass(frozen=True, slots=True)
class Versioned:
    """What an item holds; versions only ever grow."""

    body: bytes
    version: int


@dataclass(frozen=True, slots=True)
class Write:
    """`replacing` is the version that must still be there, None for nothing at all.

    `expires_at_s`: seconds since the epoch after which the item may be dropped.
    """

    key: Key
    new: Versioned
    replacing: int | None
    expires_at_s: int


class VersionedStore(Protocol):
    """Items that are replaced only by whoever knows what is there."""

    def read(self, keys: Sequence[Key]) -> dict[Key, Versioned]:
        """Those of the items that exist, as last written by anybody."""

    def read_partition(self, partition: str) -> dict[Key, Versioned]:
        """All items of a partition."""

    def write(self, writes: Sequence[Write]) -> list[Key]:
        """Write each by itself, in no order; the keys of those that another writer was faster
        with.
        """


@dataclass(frozen=True, slots=True)
class KeyRange:
    """Of a partition, the items whose sort key is at least `first` and at most `last`, if given."""

    partition: str
    first: str | None = None
    last: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """What ranges held: sort key and body each, range by range; `units` is what reading cost."""

    items: list[list[tuple[str, bytes]]]
    units: float


class ItemReader(Protocol):
    """Items for answers: they may be a moment old, which halves what they cost."""

    def read_ranges(self, ranges: Sequence[KeyRange]) -> Page:
        """All items of each range, ascending by sort key."""


class BeaconStream(Protocol):
    """The ordered stream that makes beacons durable."""

    def publish(self, records: Sequence[bytes], *, key: str) -> None:
        """Append all records under one partition key, in order; those that a shard refused are
        tried again.
        """


class EventArchive(Protocol):
    """Where raw events are kept for queries."""

    def keep(self, rows: Sequence[bytes]) -> None:
        """Keep lines of JSON, each once at least; those that were refused are tried again."""


class DeadLetters(Protocol):
    """Where records go that nothing can be done with."""

    def bury(self, record: bytes, *, record_id: str, reason: str) -> None:
        """Keep the record with its reason; burying one twice keeps one."""


@dataclass(frozen=True, slots=True)
class OriginSecret:
    """The header that proves CloudFront: `following` is valid already, and sent from the next
    rotation on. An empty one is not valid.
    """

    current: str
    following: str

    @property
    def values(self) -> tuple[str, str]:
        """Both."""
        return self.current, self.following


class OriginSecrets(Protocol):
    """Where the origin's secret is kept."""

    def read(self) -> OriginSecret:
        """The one in force."""

    def replace(self, new: OriginSecret) -> None:
        """Put another in force."""


@dataclass(frozen=True, slots=True)
class Sending:
    """The secret CloudFront is told to send, and whether all of its edges do so by now."""

    value: str | None
    everywhere: bool


class OriginHeader(Protocol):
    """The secret header as CloudFront sends it."""

    def sending(self) -> Sending:
        """What it is now; a value of None means that there is no such header."""

    def send(self, value: str) -> None:
        """Let every edge send another; this takes minutes."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of the site: `content_type` and `cache_control` as HTTP sends them.

    `original_bytes` is how large the original is that a rendition was made from, `score` the points
    of SSIMULACRA2 that it reached; None if unknown. `polished` renditions were encoded at leisure.
    `version` is as in FileStore.
    """

    body: bytes
    content_type: str
    cache_control: str = ""
    original_bytes: int | None = None
    score: float | None = None
    polished: bool = False
    version: str = field(default="", compare=False)


class FileStore(Protocol):
    """The site's originals and renditions; keys are URI paths."""

    def read(self, path: str) -> StoredFile | None:
        """The file, or None where there is none."""

    def version(self, path: str) -> str:
        """Another once the file was replaced or deleted; empty where that is not known."""

    def write(self, path: str, file: StoredFile) -> None:
        """Store or replace."""

    def remove(self, paths: Sequence[str]) -> None:
        """Delete them; what is not there is no fault."""


class FileTree(FileStore, Protocol):
    """Files that can be listed, too."""

    def below(self, prefix: str) -> list[str]:
        """The paths of all files that begin so."""


class RenditionSizes(Protocol):
    """What is known of renditions without reading them."""

    def original_bytes(self, path: str) -> int | None:
        """How large the rendition's original is; None if nobody noted it, or it is gone."""


@dataclass(frozen=True, slots=True)
class Listing:
    """`files` are sizes in bytes by path, `folders` are paths less their last `/`; `following` is
    what to go on after, empty at the end.
    """

    files: Mapping[str, int]
    folders: Sequence[str]
    following: str


class FileList(Protocol):
    """What is known of files without reading them."""

    def listed(self, prefix: str, *, after: str = "") -> Listing:
        """Up to a thousand files and folders whose paths begin so, by name, none of them deeper."""

    def score(self, path: str) -> float | None:
        """The rendition's points of SSIMULACRA2; None if nobody noted them, or it is gone."""


class EdgeCache(Protocol):
    """The CDN's copies of the site."""

    def forget(self, pattern: str, *, event_id: str) -> None:
        """Drop every copy whose URI path fits, `*` for any ending; once per event."""


class Locks(Protocol):
    """Who makes a file that several were asked for; a lock expires by itself."""

    def take(self, path: str) -> bool:
        """Whether it is the caller's turn; False if another's, who has not had it too long."""

    def give_back(self, path: str) -> None:
        """Make way, once the file is there or will not be."""


class Bus(Protocol[NoticeT_contra]):
    """Where alerts are made known, to whoever listens."""

    def publish(self, notices: Sequence[NoticeT_contra]) -> None:
        """Hand over all; some may be there already when it raises, and publishing one again is
        harmless: its id tells.
        """


class Channel(Protocol[NoticeT_contra]):
    """One way to tell people: a chat, a pager, a mailing list."""

    def send(self, notice: NoticeT_contra) -> None:
        """Tell them; raises RefusedError or ConfigError where somebody must look, BusyError where
        it was told when to come back.
        """


@dataclass(frozen=True, slots=True)
class Phases:
    """Where the time of a request went, in milliseconds: each phase by itself, none twice.

    `wait_ms` is from the request being sent to the answer's first byte.
    """

    dns_ms: float
    connect_ms: float
    tls_ms: float
    wait_ms: float
    download_ms: float

    @property
    def first_byte_ms(self) -> float:
        """From the start to the answer's first byte."""
        return self.dns_ms + self.connect_ms + self.tls_ms + self.wait_ms

    @property
    def total_ms(self) -> float:
        """From the start to the end."""
        return self.first_byte_ms + self.download_ms


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: header names in lower case, `size` in bytes of the body as sent.

    `body` is cut where it is longer than anybody asks for.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    size: int
    phases: Phases
    certificate_expires_at_s: float | None


class Fetcher(Protocol):
    """Requests as a new visitor makes them: nothing looked up or connected before."""

    def fetch(
        self, url: str, *, method: str, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> Answer:
        """One request, no redirect followed; raises OriginError or ConfigError for what must not be
        asked.
        """


@dataclass(frozen=True, slots=True)
class Metric:
    """One of the cloud's own; `statistic` is Sum, Average or Maximum of a period."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    statistic: str


class CloudSeries(Protocol):
    """What the cloud measured of itself."""

    def read(
        self, metrics: Sequence[Metric], *, first_s: int, end_s: int, step_s: int
    ) -> list[dict[int, float]]:
        """For each metric, values by the start of the step, in seconds since the epoch; what was
        not measured is not there.
        """


class PriceList(Protocol):
    """What AWS charges, by its own list."""

    def usd(self, service: str, usage_type: str) -> float | None:
        """For a unit, at the first of the prices by volume that is not free; None if the list does
        not have it.
        """
