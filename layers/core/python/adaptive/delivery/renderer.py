"""Makes the renditions that are asked for: renders, stores, answers; the next asker finds the file.

Of several who ask at once, one renders and the others wait for its file; whoever has waited
`PATIENCE_S` in vain renders too, so a lock can cost time but never an answer.

An original that cannot be re-encoded is answered as it is, for a minute: never a broken image.
"""

import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import pairwise

from adaptive.delivery import imaging
from adaptive.delivery.aim import Aim
from adaptive.delivery.rendition import Rendition
from adaptive.edge.policy import Policy
from adaptive.errors import ImageError, RenditionError, UnavailableError
from adaptive.ports import FileStore, Locks, StoredFile
from adaptive.settings.delivery import RenderSettings

LARGEST_ANSWER_BYTES = 4_500_000
"""A Lambda answers with 6 MB at most: base64 takes a quarter of it, headers want a little."""

PATIENCE_S = 3.0
LOCK_EXPIRES_S = 30.0
"""Longer than the function may run, so that no lock expires under its owner."""

_PAUSE_S = 0.1
_FALLBACK_CACHE_CONTROL = "public, max-age=60"
_STALE_S = 86_400


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send; `file` is None if it is too large for that but stored: ask again.

    `fallback` says why this is the original instead, `unstored` why the rendition was not kept.
    `elsewhere` is where it can be had, if not here. `rendered` is what was made here and now, None
    if that was nothing.
    """

    file: StoredFile | None
    timings_ms: Mapping[str, float]
    fallback: str = ""
    unstored: str = ""
    elsewhere: str = ""
    rendered: Rendition | None = None


@dataclass(frozen=True, slots=True)
class Renderer:
    """`render`, less HTTP; `clock` counts seconds from anywhere, `effort` those of computing, and
    `pause` waits for some.
    """

    settings: RenderSettings
    policy: Policy
    files: FileStore
    locks: Locks
    clock: Callable[[], float]
    effort: Callable[[], float]
    pause: Callable[[float], None]

    def render(self, path: str) -> Answer:
        """Raises RenditionError for a path outside the ladder or without an original, ImageError
        for an original that we must not decode, UnavailableError if it cannot be read or sent.
        """
        rendition = Rendition.parse(path, self.policy)
        laps = [self.clock()]
        original = self.files.read(rendition.original)
        if original is None:
            raise RenditionError(f"there is no {rendition.original}")
        laps.append(self.clock())
        mine = self._took(path)
        try:
            found = self._made_meanwhile(path, patience_s=0 if mine is not False else PATIENCE_S)
            laps.append(self.clock())
            file, fallback = (found, "") if found else self._developed(rendition, original.body)
            laps.append(self.clock())
            unstored = "" if fallback or found else self._store(path, file)
            if not (fallback or found or unstored) and self._is_outdated(rendition, original):
                file = replace(file, cache_control=_FALLBACK_CACHE_CONTROL)
                unstored = self._withdraw(path)
            laps.append(self.clock())
        finally:
            if mine:
                self._give_back(path)
        sendable = len(file.body) <= LARGEST_ANSWER_BYTES
        if not sendable and (fallback or unstored):
            raise UnavailableError(f"too large to send: {fallback or unstored}")
        spans_ms = (1000 * (after - before) for before, after in pairwise(laps))
        return Answer(
            file if sendable else None,
            dict(zip(("read", "wait", "render", "store"), spans_ms, strict=True)),
            fallback,
            unstored,
            rendered=None if found or fallback else rendition,
        )

    def _developed(self, rendition: Rendition, original: bytes) -> tuple[StoredFile, str]:
        settings = self.settings
        aim = Aim(self.policy, settings.quality_floor, settings.displayed_quality)
        try:
            rendered = imaging.render(
                original,
                aim.target(rendition),
                pixel_limit=settings.pixel_limit,
                clock=self.effort,
            )
        except ImageError:
            raise
        except Exception as error:  # noqa: BLE001 - fail open: it is an image, so browsers may cope
            media_type = imaging.media_type(original)
            reason = f"{type(error).__name__}: {error}"
            return StoredFile(original, media_type, _FALLBACK_CACHE_CONTROL), reason
        lifetimes = f"max-age={settings.browser_ttl_s}, s-maxage={settings.cdn_ttl_s}"
        cache_control = f"public, {lifetimes}, stale-while-revalidate={_STALE_S}"
        file = StoredFile(
            rendered.body,
            rendered.media_type,
            cache_control,
            original_bytes=len(original),
            score=rendered.score,
        )
        return file, ""

    def _took(self, path: str) -> bool | None:
        """None if nobody knows whose turn it is."""
        try:
            return self.locks.take(path)
        except UnavailableError:
            return None

    def _give_back(self, path: str) -> None:
        with suppress(UnavailableError):  # it expires
            self.locks.give_back(path)

    def _made_meanwhile(self, path: str, *, patience_s: float) -> StoredFile | None:
        began = self.clock()
        while not (found := self.files.read(path)) and self.clock() - began < patience_s:
            self.pause(_PAUSE_S)
        return found

    def _store(self, path: str, file: StoredFile) -> str:
        try:
            self.files.write(path, file)
        except UnavailableError as error:
            return str(error)
        return ""

    def _is_outdated(self, rendition: Rendition, original: StoredFile) -> bool:
        """Whether the original was replaced meanwhile. Asked after storing: `drop_renditions` comes
        after any later replacement and finds the file.
        """
        with suppress(UnavailableError):
            return self.files.version(rendition.original) != original.version
        return False

    def _withdraw(self, path: str) -> str:
        with suppress(UnavailableError):
            self.files.remove([path])
        return "its original was replaced meanwhile"


def etag(file: StoredFile) -> str:
    """The ETag that S3 will give the same bytes: their MD5, as they are put in one part.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
    """
    return f'"{hashlib.md5(file.body, usedforsecurity=False).hexdigest()}"'
