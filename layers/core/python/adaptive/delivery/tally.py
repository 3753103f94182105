"""What CloudFront's access logs say about images: requests, cache hits and bytes, by tier.

A line names the rendition that was served, since the edge rewrites the path before the cache is
asked; what is no rendition counts as `original`, the holdout's among them. Lines are JSON objects
(https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html).
CloudFront delivers them on a best-effort basis: these are measures, not accounts.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from adaptive.delivery.rendition import Rendition
from adaptive.edge.policy import Policy
from adaptive.errors import RenditionError
from adaptive.ports import RenditionSizes

FIELDS = (
    *("date", "time", "cs-method", "cs-uri-stem"),
    *("sc-status", "sc-bytes", "x-edge-result-type"),
)
"""All that is asked of CloudFront: nothing in it is about a visitor."""

ORIGINAL = "original"
_LOOK_UPS = 2_000

_FROM_CACHE = {"Hit", "RefreshHit"}
_ELSEWHERE = {HTTPStatus.FOUND, HTTPStatus.TEMPORARY_REDIRECT}
_HOUR = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3])")
_FORMATS = {"jpeg": "jpg"} | {each: each for each in ("jpg", "png", "webp", "avif", "gif", "svg")}


@dataclass(slots=True)
class Count:
    """`failures` were answered 4xx or 5xx; `fallbacks` are renditions that the origin failed to
    give (5xx) or redirected from. `whole` is how often all of the image was sent, and `bytes_sent`
    what that took, headers included.
    """

    requests: int = 0
    hits: int = 0
    failures: int = 0
    fallbacks: int = 0
    whole: int = 0
    bytes_sent: int = 0

    def add(self, other: "Count") -> None:
        """Both together."""
        self.requests += other.requests
        self.hits += other.hits
        self.failures += other.failures
        self.fallbacks += other.fallbacks
        self.whole += other.whole
        self.bytes_sent += other.bytes_sent


@dataclass(slots=True)
class TierCount:
    """One tier's share of a log; `bytes_saved` is against the originals, as far as known."""

    total: Count = field(default_factory=Count)
    requests_by_format: Counter[str] = field(default_factory=Counter)
    bytes_saved: int = 0


@dataclass(frozen=True, slots=True)
class Tally:
    """`tiers` by name, `original` being one; `unread` counts lines that nobody could read. `hour`
    is the newest line's, as 2026-11-22T14, UTC; empty if there is none.
    """

    tiers: Mapping[str, TierCount]
    unread: int
    hour: str


def tally(
    lines: Iterable[str], policy: Policy, sizes: RenditionSizes, *, look_ups: int = _LOOK_UPS
) -> Tally:
    """Add a log up; raises UnavailableError if the originals' sizes cannot be had.

    `look_ups` bounds for how many renditions, most requested first, that size is asked for.
    """
    paths: dict[str, Count] = {}
    unread, newest = 0, ""
    for line in lines:
        try:
            path, count, hour = _read(line)
        except ValueError:
            unread += 1
            continue
        newest = max(newest, hour)
        if path.startswith(policy.image_prefixes):
            paths.setdefault(path, Count()).add(count)
    tiers: dict[str, TierCount] = {}
    for path, count in sorted(paths.items(), key=lambda each: -each[1].requests):
        tier, image_format = _variant(path, policy)
        of_tier = tiers.setdefault(tier, TierCount())
        if tier == ORIGINAL:
            count.fallbacks = 0
        of_tier.total.add(count)
        of_tier.requests_by_format[image_format] += count.requests
        if tier != ORIGINAL and count.whole and look_ups > 0:
            look_ups -= 1
            if (original_bytes := sizes.original_bytes(path)) is not None:
                of_tier.bytes_saved += count.whole * original_bytes - count.bytes_sent
    return Tally(tiers, unread, newest)


def _read(line: str) -> tuple[str, Count, str]:
    """The path, what the line adds to it, and its hour; raises ValueError for what is no such
    line.
    """
    fields = json.loads(line)
    try:
        status, sent = int(fields["sc-status"]), int(fields["sc-bytes"])
        whole = status == HTTPStatus.OK and fields["cs-method"] == "GET"
        count = Count(
            requests=1,
            hits=int(fields["x-edge-result-type"] in _FROM_CACHE),
            failures=int(status >= HTTPStatus.BAD_REQUEST),
            fallbacks=int(status in _ELSEWHERE or status >= HTTPStatus.INTERNAL_SERVER_ERROR),
            whole=int(whole),
            bytes_sent=sent if whole else 0,
        )
        hour = _HOUR.fullmatch(f"{fields['date']}T{fields['time'][:2]}")
        return str(fields["cs-uri-stem"]), count, hour[0] if hour else ""
    except (KeyError, TypeError) as error:
        raise ValueError(f"no line of an access log: {error!r}") from error


def _variant(path: str, policy: Policy) -> tuple[str, str]:
    """Tier and format; words of closed sets, whatever the path."""
    try:
        rendition = Rendition.parse(path, policy)
    except RenditionError:
        return ORIGINAL, _FORMATS.get(path.rpartition(".")[2].lower(), "other")
    return str(rendition.tier), rendition.format
