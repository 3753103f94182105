"""Originals from the site's own origin, renditions in our bucket: the FileStore port on both."""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from adaptive.aws.public_https import Network, read_at_most
from adaptive.errors import ImageError, OriginError, UnavailableError
from adaptive.ports import StoredFile

if TYPE_CHECKING:
    import http.client
    from collections.abc import Sequence

    from adaptive.delivery.origin import Origin
    from adaptive.ports import FileStore

_RENDITION = re.compile(r"/[0-9]+w\.[a-z]+\.[a-z]+\Z", re.ASCII)
_GONE = {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE}


@dataclass(frozen=True, slots=True)
class Limits:
    """`timeout_s` is for the whole of it: connecting, waiting, reading."""

    max_bytes: int
    timeout_s: float


class HttpOriginFileStore:
    """Reads what has a rendition's name from `renditions` and all else from the origin."""

    def __init__(
        self,
        origin: Origin,
        limits: Limits,
        *,
        renditions: FileStore,
        network: Network | None = None,
    ) -> None:
        self._origin = origin
        self._limits = limits
        self._renditions = renditions
        self._network = network or Network()

    def read(self, path: str) -> StoredFile | None:
        """See the port; raises RenditionError for an odd path, ImageError (413) for a file over the
        limit, OriginError for an origin that must not be asked or whose answer must not be taken.
        """
        if _RENDITION.search(path):
            return self._renditions.read(path)
        host = self._origin.host
        request = _request(host, self._origin.target(path))
        try:
            with self._network.answer(host, request, timeout_s=self._limits.timeout_s) as response:
                return self._received(response, path)
        except UnavailableError as error:
            raise UnavailableError(f"origin {error}") from error

    def version(self, path: str) -> str:
        """See the port: nobody tells when an origin's files change."""
        return self._renditions.version(path) if _RENDITION.search(path) else ""

    def write(self, path: str, file: StoredFile) -> None:
        """See the port."""
        self._renditions.write(path, file)

    def remove(self, paths: Sequence[str]) -> None:
        """See the port: renditions only."""
        self._renditions.remove(paths)

    def _received(self, response: http.client.HTTPResponse, path: str) -> StoredFile | None:
        if response.status in _GONE:
            return None
        if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise UnavailableError(f"{self._origin.host} says {response.status} of {path}")
        if response.status != HTTPStatus.OK:
            raise OriginError(
                f"{self._origin.host} says {response.status} of {path}: redirects are not followed"
            )
        if response.getheader("Content-Encoding", "identity").lower() != "identity":
            raise OriginError(f"{self._origin.host} encoded {path}, which nobody asked for")
        body = read_at_most(response, self._limits.max_bytes)
        if body is None:
            raise ImageError(
                f"{path} has more than {self._limits.max_bytes} bytes",
                status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            )
        return StoredFile(
            body,
            response.getheader("Content-Type", ""),
            response.getheader("Cache-Control", ""),
        )


def _request(host: str, target: str) -> bytes:
    lines = (
        f"GET {target} HTTP/1.1",
        f"Host: {host}",
        "Accept: image/*",
        "Accept-Encoding: identity",
        "User-Agent: adaptive-edge",
        "Connection: close",
    )
    return "\r\n".join((*lines, "", "")).encode("ascii")
