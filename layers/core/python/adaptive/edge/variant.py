"""Which variant of an asset a request gets: a pure function of the request and the policy.

The rewritten path is the cache key, so all that may differ between visitors must be in it, and
nothing else.
"""

from __future__ import annotations

import re

from adaptive.edge import hints
from adaptive.edge.policy import CONTROL, Policy, Tier

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Request = dict[str, Any]

_LONGEST_URI = 900  # S3 keys end at 1,024 bytes; the rendition's name needs its share
_IMAGE = re.compile(
    r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+\.(?:jpe?g|png|webp)", re.ASCII | re.IGNORECASE
)
_RENDITION = re.compile(r"/[0-9]+w\.[a-z]+\.[a-z]+\Z", re.ASCII)
_MEDIA_TYPE = {"avif": "image/avif", "webp": "image/webp"}
_FALLBACK = "jpg"


def adapt(request: Request, policy: Policy) -> Request:
    """The request to pass on: `uri` rewritten where the policy has a variant, our own headers
    removed.
    """
    headers = request["headers"]
    kept = {name: values for name, values in headers.items() if not name.startswith("x-ae-")}
    uri = request["uri"]
    if request["method"] in {"GET", "HEAD"}:
        tier = choose_tier(headers, policy)
        if tier is not None:
            uri = rewrite(uri, tier, headers, policy)
    return {**request, "headers": kept, "uri": uri}


def choose_tier(headers: hints.Headers, policy: Policy) -> Tier | None:
    """Tier cookie, else client hints, else the site's default; None for control, which is left
    alone.
    """
    word = hints.tier_cookie(headers)
    if word == CONTROL:
        return None
    tier = Tier(word) if word else hints.tier_by_connection(headers) or policy.default_tier
    return max(tier, Tier.LITE, key=_rank) if hints.saves_data(headers) else tier


def rewrite(uri: str, tier: Tier, headers: hints.Headers, policy: Policy) -> str:
    """The URI of the variant, or the same URI where there is none; rewriting twice changes
    nothing.
    """
    if twins := policy.bundles.get(uri):
        return twins.get(tier, uri)
    if (
        not uri.startswith(policy.image_prefixes)
        or len(uri) > _LONGEST_URI
        or _RENDITION.search(uri)
        or not _IMAGE.fullmatch(uri)
    ):
        return uri
    image_format = _format(hints.value(headers, "accept"), policy)
    if image_format == _FALLBACK and not uri.lower().endswith((".jpg", ".jpeg")):
        return uri  # JPEG has no alpha channel to put a PNG's or a WebP's into
    return f"{uri}/{_width(headers, tier, policy)}w.{tier}.{image_format}"


def _rank(tier: Tier) -> int:
    return tier.rank


def _format(accept: str, policy: Policy) -> str:
    for image_format in policy.formats:
        media_type = _MEDIA_TYPE.get(image_format)
        if media_type and media_type in accept:
            return image_format
    return _FALLBACK


def _width(headers: hints.Headers, tier: Tier, policy: Policy) -> int:
    ladder = policy.widths_of(tier)
    wanted = hints.width_px(headers)
    if wanted is None:
        return ladder[-1]
    return next((width for width in ladder if width >= wanted), ladder[-1])
