"""CloudFront viewer request: rewrites the URI to the variant that the visitor can carry.

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
    """A viewer-request event in; the request, perhaps rewritten, out."""
    try:
        request: dict[str, Any] = event["Records"][0]["cf"]["request"]
    except (KeyError, IndexError, TypeError):
        return {}
    try:
        return variant.adapt(request, _POLICY)
    except Exception:  # noqa: BLE001 - fail open: an exception here is a 502 for the visitor
        return request
