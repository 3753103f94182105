"""A site to probe on this machine: real TLS on any loopback address, and delays where a test wants
them. Delays are the server's own: this kernel has no netem to slow the network down.
"""

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

from adaptive.aws.curl import Reach
from tests.origin_world import certificate_for

HOST = "shop.example.com"
Answer = Callable[["Site", ssl.SSLSocket, bytes], None]


@dataclass
class Site:
    """`handshake_s` is waited before TLS begins; `over` ends answers that wait."""

    address: str
    port: int
    certificate: Path
    answer: Answer
    handshake_s: float = 0
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    over: Event = field(default_factory=Event)

    def reach(self, *admitted: str) -> Reach:
        """Leads the host here, and admits this address alone, or those."""
        return Reach(
            admits=(admitted or (self.address,)).__contains__,
            connect_to=(f"{HOST}:443:{self.address}:{self.port}",),
            certificates=str(self.certificate),
        )


@contextmanager
def site(
    folder: Path,
    answer: Answer,
    *,
    address: str = "127.0.0.1",
    port: int = 0,
    days: float = 60,
    pair: tuple[Path, Path] | None = None,
) -> Iterator[Site]:
    """`pair` is a certificate and its key, if they are there already."""
    folder = folder / address
    folder.mkdir(exist_ok=True)
    certificate, key = pair or certificate_for(folder, HOST, days=days)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server((address, port)) as server:
        found = Site(address, server.getsockname()[1], certificate, answer)

        def serve(plain: socket.socket) -> None:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with suppress(OSError), plain:
                if found.handshake_s:
                    time.sleep(found.handshake_s)
                with context.wrap_socket(plain, server_side=True) as one:
                    request = one.recv(65_536)
                    if request:  # else the other side let go after its half of the handshake
                        found.requests.append(request)
                        found.answer(found, one, request)

        def accept() -> None:
            while True:
                try:
                    plain, _ = server.accept()
                except OSError:
                    return
                found.connections += 1
                Thread(target=serve, args=(plain,), daemon=True).start()

        thread = Thread(target=accept)
        thread.start()
        try:
            yield found
        finally:
            found.over.set()
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def saying(
    body: bytes = b"hello", *headers: str, status: str = "200 OK", wait_s: float = 0
) -> Answer:
    """This answer, after `wait_s` seconds."""
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", "")
    head = "\r\n".join(lines).encode("latin-1")

    def answer(_: Site, connection: ssl.SSLSocket, __: bytes) -> None:
        if wait_s:
            time.sleep(wait_s)
        connection.sendall(head + body)

    return answer


def dripping(body: bytes, *, pause_s: float) -> Answer:
    """The head at once, and the body in two halves."""

    def answer(_: Site, connection: ssl.SSLSocket, __: bytes) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        connection.sendall(head + body[: len(body) // 2])
        time.sleep(pause_s)
        connection.sendall(body[len(body) // 2 :])

    return answer


def endless(_: Site, connection: ssl.SSLSocket, __: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(bytes(65_536))


def silent(found: Site, _: ssl.SSLSocket, __: bytes) -> None:
    found.over.wait(60)


def by_path(**answers: Answer) -> Answer:
    """By the first word of the path: `/cart/1` is `cart`, `/` is `front`."""

    def answer(found: Site, connection: ssl.SSLSocket, request: bytes) -> None:
        path = request.split(b" ")[1].decode()
        answers[path.split("/")[1] or "front"](found, connection, request)

    return answer
