"""Makes an image's whole ladder ahead of the first visitor, by the deployed `render` itself."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adaptive.delivery.rendition import Rendition
from adaptive.edge.policy import Tier
from adaptive.errors import RenditionError
from local.adaptive_site.account import answered
from local.adaptive_site.failure import SiteError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from adaptive.edge.policy import Policy
    from local.adaptive_site.account import Account

_AT_ONCE = 4  # renditions; each takes a core for up to a second or two
_MADE = {200, 307}


def of(original: str, policy: Policy) -> list[str]:
    """The path of every rendition the edge may ask for; raises SiteError if there is none."""
    asked = []
    for word in (*Tier, *(name for name in policy.recipes if name in policy.max_width)):
        for width in policy.widths_of(word):
            for image_format in policy.formats:
                path = Rendition.of(original, width, word, image_format, policy).path
                try:
                    asked.append(Rendition.parse(path, policy).path)
                except RenditionError:
                    continue  # no JPEG of a PNG, for one
    if not asked:
        below = ", ".join(policy.image_prefixes)
        raise SiteError(
            f'"{original}" is no image that is adapted: name a JPEG, PNG or WebP below {below}'
        )
    return asked


def missing(account: Account, original: str, policy: Policy) -> list[str]:
    """Those that are not stored yet."""
    made = {f"/{key}" for key in keys_below(account, original)}
    return [path for path in of(original, policy) if path not in made]


def keys_below(account: Account, original: str) -> list[str]:
    """The keys of an original's stored renditions; of all that begin so, if it ends in `*`."""
    with answered():
        pages = account.s3.get_paginator("list_objects_v2").paginate(
            Bucket=account.bucket, Prefix=prefix_of(original)[1:]
        )
        return [each["Key"] for page in pages for each in page.get("Contents", ())]


def prefix_of(original: str) -> str:
    """Of the paths of an original's renditions, or of all that begin so, if it ends in `*`."""
    return original[:-1] if original.endswith("*") else f"{original}/"


@dataclass(frozen=True, slots=True)
class Failure:
    """A rendition that was not made."""

    path: str
    reason: str


def make(
    account: Account, paths: Sequence[str], *, on_path: Callable[[str], None] = lambda _: None
) -> list[Failure]:
    """Have them made and stored; the failures, whose files the first visitor will ask for again."""
    failures = []
    pool = ThreadPoolExecutor(_AT_ONCE)
    try:
        waiting = {pool.submit(_ask, account, path): path for path in paths}
        for done in as_completed(waiting):
            if reason := done.result():
                failures.append(Failure(waiting[done], reason))
            on_path(waiting[done])
    finally:
        pool.shutdown(cancel_futures=True)
    return sorted(failures, key=lambda failure: failure.path)


def _ask(account: Account, path: str) -> str:
    """Why it was not made, or nothing; by HEAD, since nobody here looks at it."""
    event = {
        "version": "2.0",
        "rawPath": path,
        "headers": {},
        "requestContext": {"http": {"method": "HEAD", "path": path}},
    }
    try:
        with answered():
            answer = account.functions.invoke(
                FunctionName=account.render_function, Payload=json.dumps(event).encode()
            )
            told = json.loads(answer["Payload"].read())
    except (SiteError, ValueError) as error:
        return str(error)
    if answer.get("FunctionError"):
        return f"{told.get('errorType')}: {told.get('errorMessage')}"
    if told["statusCode"] in _MADE:
        return ""
    return str(json.loads(told["body"])["detail"])
