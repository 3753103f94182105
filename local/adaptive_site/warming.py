"""Asks for every rendition of some images as visitors do: what is not made yet is made, and the
edges near here, and the Region's cache behind them, keep it.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

import httpx

from adaptive.delivery.rendition import Rendition
from local.adaptive_site import ladder
from local.adaptive_site.ladder import Failure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adaptive.edge.policy import Policy

_AT_ONCE = 4
_TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class Warmed:
    """Renditions: `found` were in the cache already, `brought` are there now."""

    found: int
    brought: int
    failed: tuple[Failure, ...]


def warm(client: httpx.Client, images: Sequence[str], policy: Policy) -> Warmed:
    """`client` knows the site's address; raises SiteError for what is no image of the site."""
    asked = [Rendition.parse(path, policy) for image in images for path in ladder.of(image, policy)]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = [*pool.map(lambda each: _ask(client, each), asked)]
    failed = [
        Failure(each.path, answer)
        for each, answer in zip(asked, answers, strict=True)
        if isinstance(answer, str)
    ]
    found = sum(answer is True for answer in answers)
    return Warmed(found, len(asked) - found - len(failed), tuple(failed))


def _ask(client: httpx.Client, each: Rendition) -> bool | str:
    """Whether it was in the cache, or why it is not."""
    headers = {
        "accept": f"image/{'jpeg' if each.format == 'jpg' else each.format}",
        "cookie": each.cookies,
        "width": str(each.width),
    }
    try:
        answer = client.get(each.original, headers=headers, timeout=_TIMEOUT_S)
    except httpx.HTTPError as error:
        return f"{type(error).__name__}: {error}"
    if answer.status_code != HTTPStatus.OK:
        return f"answered {answer.status_code}"
    return "hit" in answer.headers.get("x-cache", "").lower()
