"""For a site with an origin of its own: who asks for an original gets it, untouched, as from there.

CloudFront asks the bucket first, since it cannot tell which of its origins a path is for.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from adaptive.delivery.origin import Origin
from adaptive.delivery.renderer import LARGEST_ANSWER_BYTES, Answer
from adaptive.edge.policy import Policy
from adaptive.errors import ImageError, RenditionError
from adaptive.ports import FileStore, StoredFile

_RENDITION_LIKE = re.compile(r"/[0-9]+w\.[^/]*\Z")
_CACHE_CONTROL = "public, max-age=300, s-maxage=86400"
_STATUS_UNSUPPORTED = 415


class Rendering(Protocol):
    """What Renderer is."""

    def render(self, path: str) -> Answer:
        """Make and store."""


@dataclass(frozen=True, slots=True)
class OriginalsToo:
    """`renderer`, and beside it the originals below the image prefixes."""

    renderer: Rendering
    origin: Origin
    policy: Policy
    files: FileStore
    clock: Callable[[], float]

    def render(self, path: str) -> Answer:
        """Raises what Renderer raises; an original too large to send is redirected to."""
        if _RENDITION_LIKE.search(path):
            return self.renderer.render(path)
        if not path.startswith(self.policy.image_prefixes):
            raise RenditionError(f"{path!r} is below no image prefix")
        began = self.clock()
        elsewhere = self.origin.url(path)
        original = self.files.read(path)
        if original is None:
            raise RenditionError(f"there is no {path}")
        if not original.content_type.lower().startswith("image/"):
            raise ImageError(f"{path} is no image", status=_STATUS_UNSUPPORTED)
        timings_ms = {"read": 1000 * (self.clock() - began)}
        if len(original.body) > LARGEST_ANSWER_BYTES:
            return Answer(None, timings_ms, elsewhere=elsewhere)
        cache_control = original.cache_control or _CACHE_CONTROL
        return Answer(StoredFile(original.body, original.content_type, cache_control), timings_ms)
