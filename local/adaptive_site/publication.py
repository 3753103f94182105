"""Brings what is published in line with a built folder; stopped halfway, the next run ends it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local import publish
from local.adaptive_site import invalidation, ladder
from local.adaptive_site.account import answered
from local.adaptive_site.failure import SiteError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path
    from typing import Protocol

    from infra.site import Site
    from local.adaptive_site.account import Account
    from local.adaptive_site.ladder import Failure

    class Progress(Protocol):
        """Told of each step, and of each thing within it that is done."""

        def begin(self, step: str, count: int) -> None:
            """A step of so many things."""

        def done(self, name: str) -> None:
            """One of them."""


PENDING = ".adaptive-site/pending.json"
"""Key of the note of what was replaced and may still be in caches."""

_RENDITION = re.compile(r"/[0-9]+w\.[a-z]+\.[a-z]+\Z")  # of any ladder, yesterday's too
_DELETED_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Outcome:
    """Keys and paths of what was done; all empty if everything was there already."""

    uploaded: tuple[str, ...]
    dropped: tuple[str, ...]
    rendered: tuple[str, ...]
    failed: tuple[Failure, ...]
    invalidated: tuple[str, ...]


def run(
    account: Account,
    folder: Path,
    *,
    site: Site,
    heroes: Sequence[str],
    progress: Progress,
) -> Outcome:
    """Upload what differs, drop the renditions of what was replaced, make those of the heroes, and
    have caches forget.

    Raises SiteError with the cure.
    """
    for hero in heroes:
        ladder.of(hero, site.image_policy)
        if not (folder / hero.lstrip("/")).is_file():
            raise SiteError(f"the hero {hero} is not in {folder}: check its name")
    with answered():
        uploads = publish.changes(account.s3, folder, account.bucket)
        replaced = _pending(account) | {f"/{each.key}" for each in uploads if each.replaces}
        if replaced:
            _note(account, replaced)
        progress.begin("uploading", len(uploads))
        publish.upload(account.s3, uploads, account.bucket, on_file=progress.done)
    dropped = drop_renditions(account, replaced, site)
    wanted = [path for hero in heroes for path in ladder.missing(account, hero, site.image_policy)]
    progress.begin("rendering", len(wanted))
    failed = ladder.make(account, wanted, on_path=progress.done)
    forgotten: tuple[str, ...] = ()
    if replaced:
        forgotten = invalidation.paths_of(replaced, site.delivery.image_prefixes)
        with answered():
            note = account.s3.head_object(Bucket=account.bucket, Key=PENDING)
            reference = note["LastModified"].isoformat()
        invalidation.invalidate(account, forgotten, reference=reference)
        with answered():
            account.s3.delete_object(Bucket=account.bucket, Key=PENDING)
    broken = {failure.path for failure in failed}
    return Outcome(
        tuple(each.key for each in uploads),
        tuple(dropped),
        tuple(path for path in wanted if path not in broken),
        tuple(failed),
        forgotten,
    )


def _pending(account: Account) -> set[str]:
    try:
        found = account.s3.get_object(Bucket=account.bucket, Key=PENDING)
    except account.s3.exceptions.NoSuchKey:
        return set()
    return set(json.loads(found["Body"].read()))


def _note(account: Account, replaced: set[str]) -> None:
    account.s3.put_object(
        Bucket=account.bucket,
        Key=PENDING,
        Body=json.dumps(sorted(replaced)).encode(),
        ContentType="application/json",
        CacheControl="no-store",
    )


def drop_renditions(account: Account, changed: Iterable[str], site: Site) -> list[str]:
    """Delete what was made from originals that are no more, and nothing else below their paths; a
    path may end in `*`.
    """
    images = [path for path in sorted(changed) if path.startswith(site.delivery.image_prefixes)]
    below = (key for image in images for key in ladder.keys_below(account, image))
    keys = sorted({key for key in below if _RENDITION.search(key)})
    with answered():
        for at in range(0, len(keys), _DELETED_AT_ONCE):
            answer = account.s3.delete_objects(
                Bucket=account.bucket,
                Delete={
                    "Objects": [{"Key": key} for key in keys[at:][:_DELETED_AT_ONCE]],
                    "Quiet": True,
                },
            )
            for error in answer.get("Errors", ()):
                raise SiteError(f"S3 keeps {error['Key']}: {error['Message']}; publish again")
    return keys
