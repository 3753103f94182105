"""The Fetcher port on libcurl, which alone tells where the time went.

Its times are all from the start, so a phase is the difference of two of them
(https://curl.se/libcurl/c/curl_easy_getinfo.html#TIMES). Whatever a name leads to is judged when
the socket is opened: that address, and no other, is connected to.
"""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pycurl

from adaptive.delivery.origin import is_public, public_url
from adaptive.errors import OriginError, UnavailableError
from adaptive.monitoring.probe import MOST_BYTES, Private
from adaptive.ports import Answer, Phases

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_LONGEST_URL = 2_000
_MOST_HEADER_BYTES = 65_536
_AGENT = "adaptive-edge-probe"


@dataclass(frozen=True, slots=True)
class Reach:
    """Which addresses may be connected to; tests alone take another than the internet's.

    `private` are the operator's own, each at its one address; `authority` is a certificate in PEM.
    `connect_to` is curl's (`host:443:address:port`), `certificates` a file of authorities.
    """

    admits: Callable[[str], bool] = is_public
    private: tuple[Private, ...] = ()
    connect_to: tuple[str, ...] = ()
    authority: str = ""
    certificates: str | None = field(default_factory=lambda: ssl.get_default_verify_paths().cafile)


@dataclass(slots=True)
class _Received:
    """What has come in so far."""

    headers: dict[str, str] = field(default_factory=dict)
    header_bytes: int = 0
    parts: list[bytes] = field(default_factory=list)
    size: int = 0
    refused: str = ""
    sockets: list[socket.socket] = field(default_factory=list)

    def take_header(self, line: bytes) -> int:
        self.header_bytes += len(line)
        if self.header_bytes > _MOST_HEADER_BYTES:
            return -1
        text = line.decode("latin-1").strip()
        if text.startswith("HTTP/"):
            self.headers.clear()  # of an interim answer
        name, colon, value = text.partition(":")
        if colon:
            name, value = name.lower(), value.strip()
            before = self.headers.get(name)
            self.headers[name] = value if before is None else f"{before}, {value}"
        return len(line)

    def take_body(self, part: bytes) -> int:
        self.size += len(part)
        if self.size > MOST_BYTES:
            return -1
        self.parts.append(part)
        return len(part)


class CurlFetcher:
    """A connection of its own for every request: https, port 443, a public DNS name, or exactly
    what the site lists as private.
    """

    def __init__(self, reach: Reach | None = None) -> None:
        self._reach = reach or Reach()

    def fetch(
        self, url: str, *, method: str, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> Answer:
        """See the port; raises UnavailableError where there is no whole answer in time."""
        reach = self._reach_of(url)
        received = _Received()
        handle = pycurl.Curl()
        try:
            _prepare(handle, url, timeout_s, received, reach)
            _ask(handle, method, headers, body)
            try:
                handle.perform()
            except pycurl.error as error:
                if received.refused:
                    told = f"{received.refused}, which is not of the internet at large"
                    raise OriginError(f"{url} leads to {told}") from None
                if received.size <= MOST_BYTES:
                    raise UnavailableError(_told(handle, error)) from error
            return Answer(
                status=handle.getinfo(pycurl.RESPONSE_CODE),
                headers=received.headers,
                body=b"".join(received.parts),
                size=received.size,
                phases=_phases(handle),
                certificate_expires_at_s=_expiry(handle),
            )
        finally:
            handle.close()
            for each in received.sockets:  # curl worked with a duplicate
                each.close()

    def _reach_of(self, url: str) -> Reach:
        """Raises ConfigError for a URL that must not be asked."""
        for each in self._reach.private:
            if each.has(url):
                return Reach(
                    admits=each.address.__eq__,
                    connect_to=(f"{each.host}:{each.port}:{_bracketed(each.address)}:{each.port}",),
                    certificates=self._reach.certificates,
                    authority=each.authority,
                )
        public_url(url, shown=url, longest=_LONGEST_URL)
        return self._reach


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _prepare(
    handle: pycurl.Curl, url: str, timeout_s: float, received: _Received, reach: Reach
) -> None:
    def open_socket(_: int, address: Any) -> socket.socket | int:  # noqa: ANN401
        family, kind, protocol, (host, *_rest) = address
        if not reach.admits(host):
            received.refused = host
            return int(pycurl.SOCKET_BAD)
        received.sockets.append(socket.socket(family, kind, protocol))
        return received.sockets[-1]

    options = {
        pycurl.URL: url,
        pycurl.PROTOCOLS: pycurl.PROTO_HTTPS,
        pycurl.PROXY: "",
        pycurl.FOLLOWLOCATION: 0,
        pycurl.OPENSOCKETFUNCTION: open_socket,
        pycurl.CONNECT_TO: [*reach.connect_to],
        pycurl.FRESH_CONNECT: 1,
        pycurl.FORBID_REUSE: 1,
        pycurl.DNS_CACHE_TIMEOUT: 0,
        pycurl.NOSIGNAL: 1,
        pycurl.TIMEOUT_MS: max(int(timeout_s * 1_000), 1),
        pycurl.OPT_CERTINFO: 1,
        pycurl.SSL_VERIFYPEER: 1,
        pycurl.SSL_VERIFYHOST: 2,
        pycurl.HEADERFUNCTION: received.take_header,
        pycurl.WRITEFUNCTION: received.take_body,
    }
    if reach.authority:
        options[pycurl.CAINFO_BLOB] = reach.authority
    elif reach.certificates:
        options[pycurl.CAINFO] = reach.certificates
    for option, value in options.items():
        handle.setopt(option, value)


def _ask(handle: pycurl.Curl, method: str, headers: Mapping[str, str], body: bytes) -> None:
    lines = {"user-agent": _AGENT, "expect": "", **headers}
    handle.setopt(
        pycurl.HTTPHEADER,
        [f"{name}: {value}" if value else f"{name}:" for name, value in lines.items()],
    )
    if method == "HEAD":
        handle.setopt(pycurl.NOBODY, 1)
    elif method == "POST":
        handle.setopt(pycurl.POST, 1)
        handle.setopt(pycurl.POSTFIELDSIZE, len(body))
        handle.setopt(pycurl.COPYPOSTFIELDS, body)


def _phases(handle: pycurl.Curl) -> Phases:
    looked_up, connected, secured, answered, ended = (
        handle.getinfo(which) * 1_000
        for which in (
            pycurl.NAMELOOKUP_TIME,
            pycurl.CONNECT_TIME,
            pycurl.APPCONNECT_TIME,
            pycurl.STARTTRANSFER_TIME,
            pycurl.TOTAL_TIME,
        )
    )
    return Phases(
        dns_ms=looked_up,
        connect_ms=max(connected - looked_up, 0),
        tls_ms=max(secured - connected, 0),
        wait_ms=max(answered - max(secured, connected), 0),
        download_ms=max(ended - answered, 0),
    )


def _expiry(handle: pycurl.Curl) -> float | None:
    """Of the server's own certificate, in seconds since the epoch."""
    certificates: list[list[tuple[str, str]]] = handle.getinfo(pycurl.INFO_CERTINFO)
    for name, value in certificates[0] if certificates else []:
        if name == "Expire date":
            return parsedate_to_datetime(_as_mail_date(value)).timestamp()
    return None


def _as_mail_date(text: str) -> str:
    """`Nov 22 09:00:00 2026 GMT`, as OpenSSL writes it, in the order of an e-mail's date."""
    month, day, time, year, zone = text.split()
    return f"{day} {month} {year} {time} {zone}"


def _told(handle: pycurl.Curl, error: pycurl.error) -> str:
    """What curl says, and how far it came."""
    arguments: tuple[Any, ...] = error.args
    if arguments[0] != pycurl.E_OPERATION_TIMEDOUT:
        return str(arguments[1])
    came = (
        ("a name", pycurl.NAMELOOKUP_TIME),
        ("a connection", pycurl.CONNECT_TIME),
        ("a secure connection", pycurl.APPCONNECT_TIME),
        ("a first byte", pycurl.STARTTRANSFER_TIME),
    )
    missing = next((what for what, which in came if not handle.getinfo(which)), "the end")
    return f"timed out waiting for {missing}"
