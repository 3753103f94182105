"""Makes CloudFront forget paths.

A few wildcards and a few thousand paths may be under way at once
(https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html).
"""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import TYPE_CHECKING
from urllib.parse import quote

from local.adaptive_site.account import answered
from local.adaptive_site.failure import SiteError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from local.adaptive_site.account import Account

_EVERYTHING = "/*"
_MOST_WILDCARDS, _MOST_PATHS = 15, 3000
_SAFE = "/*~-._"


def paths_of(changed: Iterable[str], image_prefixes: tuple[str, ...]) -> tuple[str, ...]:
    """What to forget when these URL paths have new content: an image with all its renditions, a
    folder with its index.
    """
    paths = set()
    for path in changed:
        if not path.startswith("/"):
            raise SiteError(f'"{path}" is no path: it must start with "/"')
        paths.add(f"{path}*" if path.startswith(image_prefixes) and path[-1] != "*" else path)
        if path == "/index.html":
            paths.add("/")
    if sum("*" in path for path in paths) > _MOST_WILDCARDS:
        images = {f"{prefix}*" for prefix in image_prefixes}
        paths = {path for path in paths if not path.startswith(image_prefixes)} | images
    wildcards = sum("*" in path for path in paths)
    if wildcards > _MOST_WILDCARDS or len(paths) > _MOST_PATHS:
        return (_EVERYTHING,)
    return tuple(sorted(quote(path, safe=_SAFE) for path in paths))


def new_reference() -> str:
    """For an invalidation that is meant even if it was made before."""
    return uuid.uuid4().hex


def invalidate(account: Account, paths: tuple[str, ...], *, reference: str) -> str:
    """Its id; asking twice with one `reference` and the same paths makes one."""
    told = hashlib.sha256(json.dumps([reference, paths]).encode()).hexdigest()
    with answered():
        answer = account.cloudfront.create_invalidation(
            DistributionId=account.distribution_id,
            InvalidationBatch={
                "Paths": {"Quantity": len(paths), "Items": list(paths)},
                "CallerReference": told,
            },
        )
    return answer["Invalidation"]["Id"]


def wait(account: Account, invalidation_id: str) -> None:
    """Until no edge has the old content any more: a minute or so on AWS."""
    with answered():
        account.cloudfront.get_waiter("invalidation_completed").wait(
            DistributionId=account.distribution_id, Id=invalidation_id
        )
