"""Why a request gets the variant it gets: the edge's own functions, asked one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from adaptive.edge import hints, variant
from adaptive.edge.policy import CONTROL, TIER_COOKIE
from local.adaptive_site.failure import SiteError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from adaptive.edge.policy import Policy


@dataclass(frozen=True, slots=True)
class Explanation:
    """`uri` is what the edge asks for, and so the cache key."""

    uri: str
    tier: str
    tier_because: str
    variant_because: str


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
    """What the edge does with it, and by which rule."""
    uri = variant.adapt(request, policy)["uri"]
    headers = request["headers"]
    tier = variant.choose_tier(headers, policy)
    return Explanation(
        uri,
        str(tier or CONTROL),
        _tier_because(headers, policy),
        _variant_because(request, uri, policy),
    )


def _tier_because(headers: hints.Headers, policy: Policy) -> str:
    word = hints.tier_cookie(headers)
    if word == CONTROL:
        return f"the cookie {TIER_COOKIE} says control: the holdout gets originals"
    if word:
        because = f"the cookie {TIER_COOKIE} says {word}"
    elif slow := hints.tier_by_connection(headers):
        because = f"no cookie; the connection (ECT) is as slow as {slow}"
    else:
        because = (
            f"neither cookie nor slow connection: the site's default_tier, {policy.default_tier}"
        )
    return because + ("; Save-Data caps at lite" if hints.saves_data(headers) else "")


def _variant_because(request: dict[str, Any], uri: str, policy: Policy) -> str:
    asked = request["uri"]
    if asked in policy.bundles:
        return "its twin in [bundles]" if uri != asked else "[bundles] has no twin for this tier"
    if uri == asked:
        if not asked.startswith(policy.image_prefixes):
            return "neither in [bundles] nor below delivery.image_prefixes"
        return "the original: control, a rendition already, or no image that can be adapted so"
    width = hints.width_px(request["headers"])
    wanted = "no width is told: the tier's widest" if width is None else f"{width:g} px are covered"
    return f"{wanted}; the format is the first of delivery.formats that Accept names, else jpg"
