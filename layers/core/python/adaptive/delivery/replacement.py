"""A replaced original: its renditions go, from the bucket first and then from the CDN.

A marker stands among them until both are done, so that a retry after half of it finds work to do;
an original that never had a rendition costs one listing and no invalidation.
"""

from dataclasses import dataclass

from adaptive.edge import variant
from adaptive.edge.policy import Policy
from adaptive.ports import EdgeCache, FileTree, StoredFile

_HEADERS = {"accept": [{"key": "accept", "value": "image/avif,image/webp"}]}


@dataclass(frozen=True, slots=True)
class Replacement:
    """`drop_renditions`, less its event."""

    policy: Policy
    files: FileTree
    cache: EdgeCache

    def drop(self, path: str, *, event_id: str) -> int:
        """How many files went; raises UnavailableError if S3 or the CDN must be asked again."""
        if not self._has_renditions(path):
            return 0
        below = f"{path}/"
        found = self.files.below(below)
        if not found:
            return 0
        marker = f"{below}replaced"
        self.files.write(marker, StoredFile(b"", "text/plain", "no-store"))
        gone = [each for each in found if each != marker]
        self.files.remove(gone)
        self.cache.forget(f"{path}*", event_id=event_id)
        self.files.remove([marker])
        return len(gone)

    def _has_renditions(self, path: str) -> bool:
        """Whether the edge would rewrite it: so never a rendition, a lock or the marker itself."""
        request = {"method": "GET", "uri": path, "querystring": "", "headers": _HEADERS}
        return variant.explain(request, self.policy).uri.startswith(f"{path}/")
