"""Why a request gets the variant it gets: the rows of docs/variants.md that decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from adaptive.edge import table, variant
from adaptive.edge.policy import TIER_COOKIE
from local.adaptive_site.failure import SiteError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from adaptive.edge.policy import Policy

_ROWS = {row.name: (question, row) for question, _, rows in table.TABLE for row in rows}


@dataclass(frozen=True, slots=True)
class Reason:
    """A row that had something to say."""

    question: str
    row: str
    when: str
    then: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """`uri` is what the edge asks for, and so the cache key; `tier` None leaves it as it is."""

    uri: str
    tier: str | None
    because: tuple[Reason, ...]


def request_of(url: str, *, tier: str | None, headers: Iterable[str]) -> dict[str, Any]:
    """The request that CloudFront would hand to the edge; raises SiteError for odd headers."""
    parts = urlsplit(url)
    if not parts.path.startswith("/"):
        raise SiteError(f'"{url}" has no path: give a URL, or a path that starts with "/"')
    sent: dict[str, list[dict[str, str]]] = {}
    for header in (*([f"Cookie: {TIER_COOKIE}={tier}"] if tier else ()), *headers):
        name, colon, text = header.partition(":")
        if not colon or not name.strip():
            raise SiteError(f'"{header}" is no header: write "Name: value"')
        pair = {"key": name.strip(), "value": text.strip()}
        sent.setdefault(name.strip().lower(), []).append(pair)
    return {"method": "GET", "uri": parts.path, "querystring": parts.query, "headers": sent}


def explain(request: dict[str, Any], policy: Policy) -> Explanation:
    """What the edge does with it, and by which rows, in the order they were asked."""
    found = variant.explain(request, policy)
    reasons = ((name, *_ROWS[name]) for name in found.rows)
    return Explanation(
        found.uri,
        found.tier and str(found.tier),
        tuple(Reason(question, name, row.when, row.then) for name, question, row in reasons),
    )
