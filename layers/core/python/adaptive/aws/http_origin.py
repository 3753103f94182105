"""Originals from the site's own origin, renditions in our bucket: the FileStore port on both.

Plain sockets rather than a client library: the address that was judged must be the one connected
to, no redirect may be followed, and all of it, however slowly it drips, ends at one deadline.
"""

from __future__ import annotations

import http.client
import io
import re
import socket
import ssl
import time
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING

from adaptive.delivery.origin import is_public
from adaptive.errors import ImageError, OriginError, UnavailableError
from adaptive.ports import StoredFile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from adaptive.delivery.origin import Origin
    from adaptive.ports import FileStore

    Resolver = Callable[..., Sequence[tuple[Any, Any, Any, Any, Any]]]

_RENDITION = re.compile(r"/[0-9]+w\.[a-z]+\.[a-z]+\Z", re.ASCII)
_CHUNK_BYTES = 65_536
_ADDRESSES_TRIED = 2
_GONE = {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE}


@dataclass(frozen=True, slots=True)
class Limits:
    """`timeout_s` is for the whole of it: connecting, waiting, reading."""

    max_bytes: int
    timeout_s: float


@cache
def _tls() -> ssl.SSLContext:
    """Once a process: reading the machine's certificates takes longer than a handshake."""
    return ssl.create_default_context()


@dataclass(frozen=True, slots=True)
class Network:
    """How to reach an origin; tests alone take another than the internet's."""

    resolve: Resolver = socket.getaddrinfo
    admits: Callable[[str], bool] = is_public
    port: int = 443
    tls: Callable[[], ssl.SSLContext] = _tls
    clock: Callable[[], float] = time.monotonic


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
        target = self._origin.target(path)
        deadline_s = self._network.clock() + self._limits.timeout_s
        try:
            with self._connected(deadline_s) as connection:
                connection.settimeout(self._left(deadline_s))
                connection.sendall(_request(self._origin.host, target))
                reader = _Deadline(connection, lambda: self._left(deadline_s))
                return self._received(reader, path)
        except (OSError, http.client.HTTPException) as error:
            detail = str(error) or type(error).__name__
            raise UnavailableError(f"origin {self._origin.host}: {detail}") from error

    def version(self, path: str) -> str:
        """See the port: nobody tells when an origin's files change."""
        return self._renditions.version(path) if _RENDITION.search(path) else ""

    def write(self, path: str, file: StoredFile) -> None:
        """See the port."""
        self._renditions.write(path, file)

    def remove(self, paths: Sequence[str]) -> None:
        """See the port: renditions only."""
        self._renditions.remove(paths)

    def _left(self, deadline_s: float) -> float:
        left_s = deadline_s - self._network.clock()
        if left_s <= 0:
            raise TimeoutError(f"no answer within {self._limits.timeout_s:g} s")
        return left_s

    def _connected(self, deadline_s: float) -> socket.socket:
        """A TLS connection to an address that was resolved once and found to be public."""
        network, host = self._network, self._origin.host
        found = network.resolve(host, network.port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
        refused = [address for address in addresses if not network.admits(address)]
        if refused or not addresses:
            told = ", ".join(refused) or "no address"
            raise OriginError(f"{host} resolves to {told}, which is not of the internet at large")
        context = network.tls()
        failure: OSError = OSError("not tried")
        addresses.sort(key=lambda address: ":" in address)  # Lambda has IPv4 for certain
        for address in addresses[:_ADDRESSES_TRIED]:
            try:
                plain = socket.create_connection(
                    (address, network.port), timeout=self._left(deadline_s)
                )
            except OSError as error:
                failure = error
                continue
            try:
                plain.settimeout(self._left(deadline_s))
                return context.wrap_socket(plain, server_hostname=host)
            except BaseException:
                plain.close()
                raise
        raise failure

    def _received(self, reader: _Deadline, path: str) -> StoredFile | None:
        response = http.client.HTTPResponse(reader)  # type: ignore[arg-type]  # asks for makefile only
        response.begin()
        if response.status in _GONE:
            return None
        if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise UnavailableError(f"origin {self._origin.host} says {response.status} of {path}")
        if response.status != HTTPStatus.OK:
            raise OriginError(
                f"{self._origin.host} says {response.status} of {path}: redirects are not followed"
            )
        if response.getheader("Content-Encoding", "identity").lower() != "identity":
            raise OriginError(f"{self._origin.host} encoded {path}, which nobody asked for")
        body = self._body(response, path)
        return StoredFile(
            body,
            response.getheader("Content-Type", ""),
            response.getheader("Cache-Control", ""),
        )

    def _body(self, response: http.client.HTTPResponse, path: str) -> bytes:
        limit = self._limits.max_bytes
        declared = response.length or 0
        parts, size = [], 0
        while declared <= limit and size <= limit:
            part = response.read(min(_CHUNK_BYTES, limit + 1 - size))
            if not part:
                break
            parts.append(part)
            size += len(part)
        if max(declared, size) > limit:
            raise ImageError(
                f"{path} has more than {limit} bytes", status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            )
        if size < declared:
            raise UnavailableError(f"origin {self._origin.host} broke off after {size} bytes")
        return b"".join(parts)


class _Deadline(io.RawIOBase):
    """A socket to read from until a deadline; the parser of `http.client` asks it for a file."""

    def __init__(self, connection: socket.socket, left: Callable[[], float]) -> None:
        self._connection = connection
        self._left = left

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What `http.client` reads from."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any, /) -> int:  # noqa: ANN401 - a writable buffer
        """Receive some, or raise TimeoutError at the deadline."""
        self._connection.settimeout(self._left())
        return self._connection.recv_into(buffer)


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
