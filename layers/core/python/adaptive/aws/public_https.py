"""One HTTPS request to a host of the internet at large, and to no address inside a network.

Plain sockets rather than a client library: the address that was judged must be the one connected
to, no redirect may be followed, and all of it, however slowly it drips, ends at one deadline.
"""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from adaptive.delivery.origin import is_public
from adaptive.errors import OriginError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    Resolver = Callable[..., Sequence[tuple[Any, Any, Any, Any, Any]]]

_ADDRESSES_TRIED = 2
_CHUNK_BYTES = 65_536


@cache
def _tls() -> ssl.SSLContext:
    """Once a process: reading the machine's certificates takes longer than a handshake."""
    return ssl.create_default_context()


@dataclass(frozen=True, slots=True)
class Network:
    """How to reach a host; tests alone take another than the internet's."""

    resolve: Resolver = socket.getaddrinfo
    admits: Callable[[str], bool] = is_public
    port: int = 443
    tls: Callable[[], ssl.SSLContext] = _tls
    clock: Callable[[], float] = time.monotonic

    @contextmanager
    def answer(
        self, host: str, request: bytes, *, timeout_s: float
    ) -> Iterator[http.client.HTTPResponse]:
        """The answer to a whole request, to be read within the block; `timeout_s` is for all of it.

        Raises OriginError for a host that must not be asked, UnavailableError for one that does
        not answer in HTTP and in time.
        """
        deadline = _Deadline(self.clock, timeout_s)
        try:
            with self._connected(host, deadline) as connection:
                connection.settimeout(deadline.left_s())
                connection.sendall(request)
                received = http.client.HTTPResponse(_Stream(connection, deadline))  # type: ignore[arg-type]  # asks for makefile only
                received.begin()
                yield received
        except (OSError, http.client.HTTPException) as error:
            detail = str(error) or type(error).__name__
            raise UnavailableError(f"{host}: {detail}") from error

    def _connected(self, host: str, deadline: _Deadline) -> socket.socket:
        """A TLS connection to an address that was resolved once and found to be public."""
        found = self.resolve(host, self.port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
        refused = [address for address in addresses if not self.admits(address)]
        if refused or not addresses:
            told = ", ".join(refused) or "no address"
            raise OriginError(f"{host} resolves to {told}, which is not of the internet at large")
        context = self.tls()
        failure: OSError = OSError("not tried")
        addresses.sort(key=lambda address: ":" in address)  # Lambda has IPv4 for certain
        for address in addresses[:_ADDRESSES_TRIED]:
            try:
                plain = socket.create_connection((address, self.port), timeout=deadline.left_s())
            except OSError as error:
                failure = error
                continue
            try:
                plain.settimeout(deadline.left_s())
                return context.wrap_socket(plain, server_hostname=host)
            except BaseException:
                plain.close()
                raise
        raise failure


def read_at_most(response: http.client.HTTPResponse, limit: int) -> bytes | None:
    """The body, or None if it has more than `limit` bytes; raises OSError if it breaks off."""
    declared = response.length or 0
    parts, size = [], 0
    while declared <= limit and size <= limit:
        part = response.read(min(_CHUNK_BYTES, limit + 1 - size))
        if not part:
            break
        parts.append(part)
        size += len(part)
    if max(declared, size) > limit:
        return None
    if size < declared:
        raise ConnectionError(f"broke off after {size} bytes")
    return b"".join(parts)


class _Deadline:
    """So much time from now on."""

    def __init__(self, clock: Callable[[], float], timeout_s: float) -> None:
        self._clock = clock
        self._timeout_s = timeout_s
        self._ends_at_s = clock() + timeout_s

    def left_s(self) -> float:
        """Seconds, above 0; raises TimeoutError when there are none."""
        left_s = self._ends_at_s - self._clock()
        if left_s <= 0:
            raise TimeoutError(f"no answer within {self._timeout_s:g} s")
        return left_s


class _Stream(io.RawIOBase):
    """A socket to read from until a deadline; the parser of `http.client` asks it for a file."""

    def __init__(self, connection: socket.socket, deadline: _Deadline) -> None:
        self._connection = connection
        self._deadline = deadline

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What `http.client` reads from."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any, /) -> int:  # noqa: ANN401 - a writable buffer
        """Receive some, or raise TimeoutError at the deadline."""
        self._connection.settimeout(self._deadline.left_s())
        return self._connection.recv_into(buffer)
