"""What the CDN delivered of images, an item per hour: what access logs add up to.

Each log counts once, however often it is told of: an hour keeps a digest of every log that is in
it. Reading a month is one range.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pydantic import BaseModel

from adaptive.errors import UnavailableError
from adaptive.ports import KeyRange, Versioned, Write

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from adaptive.delivery.tally import TierCount
    from adaptive.ports import ItemReader, Key, VersionedStore

KEPT_S = 395 * 86_400  # as long as the hours of rollups
_ATTEMPTS = 8
_DIGEST_BYTES = 6


class Sent(BaseModel):
    """Of a tier: `whole` is how often all of an image was sent, `bytes_sent` what that took,
    `bytes_saved` that against the originals, as far as known. `fallbacks` are renditions that the
    origin failed to give (5xx) or redirected from.
    """

    requests: int = 0
    hits: int = 0
    failures: int = 0
    fallbacks: int = 0
    whole: int = 0
    bytes_sent: int = 0
    bytes_saved: int = 0
    formats: dict[str, int] = {}

    def __add__(self, other: Sent) -> Sent:
        """Both together."""
        sums = {
            name: getattr(self, name) + getattr(other, name)
            for name in type(self).model_fields
            if name != "formats"
        }
        names = sorted({*self.formats, *other.formats})
        both = {name: self.formats.get(name, 0) + other.formats.get(name, 0) for name in names}
        return Sent(**sums, formats=both)


class Hour(BaseModel):
    """`tiers` by name, `original` being one; `logs` are digests of those that are in it."""

    tiers: dict[str, Sent] = {}
    logs: list[str] = []

    def with_log(self, digest: str, tiers: Mapping[str, Sent]) -> Hour:
        """And one log more."""
        names = sorted({*self.tiers, *tiers})
        both = {name: self.tiers.get(name, Sent()) + tiers.get(name, Sent()) for name in names}
        return Hour(tiers=both, logs=[*self.logs, digest])


@dataclass(frozen=True, slots=True)
class DeliveredBook:
    """Where tally writes."""

    store: VersionedStore

    def add(self, tiers: Mapping[str, Sent], *, log: str, at: datetime) -> bool:
        """Count a log to the hour of `at`, once; False if it is in it already.

        Raises UnavailableError if the table does not answer, or others are always faster.
        """
        key = key_of(at)
        digest = hashlib.blake2b(log.encode(), digest_size=_DIGEST_BYTES).hexdigest()
        for _ in range(_ATTEMPTS):
            old = self.store.read([key]).get(key)
            hour = Hour.model_validate_json(old.body) if old else Hour()
            if digest in hour.logs:
                return False
            body = hour.with_log(digest, tiers).model_dump_json().encode()
            new = Versioned(body, old.version + 1 if old else 1)
            expires_at_s = int(at.timestamp()) + KEPT_S
            if not self.store.write([Write(key, new, old.version if old else None, expires_at_s)]):
                return True
        raise UnavailableError(f"other logs were faster {_ATTEMPTS} times over")


def sent_of(count: TierCount) -> Sent:
    """What a log says of a tier."""
    total = count.total
    return Sent(
        requests=total.requests,
        hits=total.hits,
        failures=total.failures,
        fallbacks=total.fallbacks,
        whole=total.whole,
        bytes_sent=total.bytes_sent,
        bytes_saved=count.bytes_saved,
        formats=dict(count.requests_by_format),
    )


def read(items: ItemReader, start: datetime, end: datetime) -> tuple[dict[datetime, Hour], float]:
    """The hours that begin from `start` up to `end`, and the read units it took."""
    ranges = [*_ranges(start, end)]
    page = items.read_ranges(ranges)
    found = {
        _at(where.partition, sort): Hour.model_validate_json(body)
        for where, each in zip(ranges, page.items, strict=True)
        for sort, body in each
    }
    return found, page.units


def key_of(at: datetime) -> Key:
    """Of an hour's item."""
    at = at.astimezone(UTC)
    return f"{at:delivered#%Y-%m}", f"{at:%dT%H}"


def _ranges(start: datetime, end: datetime) -> Iterator[KeyRange]:
    last = end - timedelta(microseconds=1)
    month = start.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while month <= last:
        following = (month + timedelta(days=31)).replace(day=1)
        first, final = max(month, start), min(following - timedelta(microseconds=1), last)
        yield KeyRange(key_of(month)[0], key_of(first)[1], key_of(final)[1])
        month = following


def _at(partition: str, sort: str) -> datetime:
    return datetime.strptime(f"{partition}-{sort}", "delivered#%Y-%m-%dT%H").replace(tzinfo=UTC)
