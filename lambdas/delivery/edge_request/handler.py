"""CloudFront viewer request: rewrites the URI to the variant that the visitor can carry.

And, for pages, viewer response: keeps all that a page loads at one tier.

Standard library only, no network, never raises: if anything here breaks, the visitor gets the
original.
"""

from __future__ import annotations

import site_policy  # type: ignore[import-not-found]  # infra.edge_asset stages it beside this file

from adaptive.edge import policy, variant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_POLICY = policy.of(site_policy.FIELDS)


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """A viewer-request event in, the request out, perhaps rewritten; or a viewer-response event and
    the response, perhaps with a cookie.
    """
    try:
        cf: dict[str, Any] = event["Records"][0]["cf"]
        request: dict[str, Any] = cf["request"]
        response: dict[str, Any] | None = cf.get("response")
    except (AttributeError, KeyError, IndexError, TypeError):
        return {}
    try:
        if response is not None:
            return variant.pin(response, request, _POLICY)
        return variant.adapt(request, _POLICY)
    except Exception:  # noqa: BLE001 - fail open: an exception here is a 502 for the visitor
        return variant.failed(request) if response is None else response
