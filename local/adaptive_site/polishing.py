"""Encodes AVIF renditions again, at leisure: `render` has a visitor waiting, nobody waits here.

A rendition is replaced by one that just looks as good as it must, from libaom's costlier search;
only AVIF has one. It keeps its name and its lifetime, so caches take the new one as theirs ends.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import pyvips  # type: ignore[import-untyped]  # has stubs, but no py.typed

from adaptive.aws.http_origin import HttpOriginFileStore, Limits
from adaptive.delivery import imaging
from adaptive.delivery.aim import Aim
from adaptive.delivery.origin import Origin
from adaptive.delivery.quality import AT_LEISURE
from adaptive.delivery.rendition import Rendition
from adaptive.errors import AdaptiveError, RenditionError
from local.adaptive_site import ladder
from local.adaptive_site.failure import SiteError
from local.adaptive_site.ladder import Failure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adaptive.ports import FileStore, FileTree, StoredFile
    from infra.site import Site
    from local.adaptive_site.publication import Progress

_FORMAT = "avif"


@dataclass(frozen=True, slots=True)
class Polished:
    """Renditions: `found` were polished before, `kept` could not be bettered; of those that were
    `replaced`, the bytes before and after.
    """

    found: int
    kept: int
    replaced: int
    bytes_before: int
    bytes_after: int
    failed: tuple[Failure, ...]

    @property
    def sentence(self) -> str:
        """For people."""
        return (
            f"{self.replaced} renditions were replaced: {self.bytes_after:,} bytes in place of "
            f"{self.bytes_before:,}; {self.kept} were as small, {self.found} polished before"
        )


@dataclass(frozen=True, slots=True)
class Polisher:
    """`files` has the originals, which a site's own origin may serve, and takes the renditions."""

    files: FileStore
    site: Site

    @classmethod
    def of(cls, site: Site, bucket: FileStore) -> Self:
        """With the originals from where the site has them."""
        if site.origin is None:
            return cls(bucket, site)
        said = site.origin.settings
        limits = Limits(max_bytes=said.max_bytes, timeout_s=said.timeout_s)
        return cls(HttpOriginFileStore(Origin.parse(said.url), limits, renditions=bucket), site)

    def polish(self, rendition: Rendition) -> tuple[StoredFile, StoredFile] | None:
        """What was stored, and what is now; None if it was polished before, or is gone.

        Raises AdaptiveError if the original cannot be read or decoded, or was replaced meanwhile;
        the rendition is withdrawn then, for the next visitor to have made anew.
        """
        stored = self.files.read(rendition.path)
        if stored is None or stored.polished:
            return None
        original = self.files.read(rendition.original)
        if original is None:
            raise RenditionError(f"there is no {rendition.original}")
        polished = replace(self._better(rendition, stored, original.body), polished=True)
        self.files.write(rendition.path, polished)
        if self.files.version(rendition.original) != original.version:
            self.files.remove([rendition.path])
            raise RenditionError(f"{rendition.original} was replaced meanwhile: run it again")
        return stored, polished

    def _better(self, rendition: Rendition, stored: StoredFile, original: bytes) -> StoredFile:
        target = aim(self.site).target(
            rendition, search=AT_LEISURE, screen=self.site.delivery.phone_screen
        )
        made = imaging.render(
            original,
            target,
            pixel_limit=self.site.render.pixel_limit,
            clock=time.process_time,
        )
        if made.media_type != stored.content_type:
            return stored
        if len(made.body) < len(stored.body) or imaging.falls_short(stored.body, target, original):
            return replace(stored, body=made.body, score=made.score)
        return stored


def aim(site: Site) -> Aim:
    """As `render` has it."""
    return Aim(site.image_policy, site.quality_floor, site.displayed_quality)


def renditions(bucket: FileTree, images: Sequence[str], site: Site) -> list[Rendition]:
    """The stored ones of these images, or of all, in today's ladder; an image may end in `*`.

    Raises SiteError for what is no image of the site.
    """
    prefixes = site.delivery.image_prefixes
    for image in images:
        if not image.startswith(prefixes):
            raise SiteError(f'"{image}" is no image that is adapted: they are below {prefixes}')
    found = {}
    for image in images or [f"{prefix}*" for prefix in prefixes]:
        for path in bucket.below(ladder.prefix_of(image)):
            if path.endswith(f".{_FORMAT}"):
                with suppress(RenditionError):  # of yesterday's ladder, or nobody's
                    found[path] = Rendition.parse(path, site.image_policy)
    return [found[path] for path in sorted(found)]


def run(some: Sequence[Rendition], polisher: Polisher, progress: Progress) -> Polished:
    """As many at once as there are processors; stopped halfway, the next run does the rest."""
    progress.begin("polishing", len(some))
    counts: Counter[str] = Counter()
    failures = []
    pool = ThreadPoolExecutor(os.cpu_count())
    try:
        waiting = {pool.submit(polisher.polish, each): each.path for each in some}
        for done in as_completed(waiting):
            try:
                counts.update(_counted(done.result()))
            except (AdaptiveError, pyvips.Error) as error:
                failures.append(Failure(waiting[done], str(error).strip()))
            progress.done(waiting[done])
    finally:
        pool.shutdown(cancel_futures=True)
    return Polished(
        **{
            name: counts[name]
            for name in ("found", "kept", "replaced", "bytes_before", "bytes_after")
        },
        failed=tuple(sorted(failures, key=lambda failure: failure.path)),
    )


def _counted(both: tuple[StoredFile, StoredFile] | None) -> dict[str, int]:
    if both is None:
        return {"found": 1}
    before, after = both
    if before.body == after.body:
        return {"kept": 1}
    return {
        "replaced": 1,
        "bytes_before": len(before.body),
        "bytes_after": len(after.body),
    }
