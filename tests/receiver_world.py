"""A receiver of alerts on this machine: real TCP, real TLS, and whatever answers a test scripts."""

import json
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

from adaptive.aws.public_https import Network
from tests.origin_world import certificate_for

HOSTS = (
    "hooks.slack.com",
    "prod-07.westeurope.logic.azure.com",
    "events.pagerduty.com",
    "alerts.example.com",
)
Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass(frozen=True)
class Heard:
    """One request that came in whole."""

    host: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """`script` has the next answers by host; then it says 200. `over` ends answers that wait."""

    port: int
    certificate: Path
    heard: list[Heard] = field(default_factory=list)
    script: dict[str, list[Answer]] = field(default_factory=dict)
    over: Event = field(default_factory=Event)

    def at(self, host: str) -> list[Heard]:
        return [each for each in self.heard if each.host == host]

    @property
    def network(self) -> Network:
        """Leads every name here, and admits this one address."""

        def resolve(*_: object, **__: object) -> list[tuple[Any, Any, Any, Any, Any]]:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", self.port))]

        return Network(
            resolve=resolve,
            admits=lambda address: address == "127.0.0.1",
            port=self.port,
            tls=lambda: ssl.create_default_context(cafile=str(self.certificate)),
        )


@contextmanager
def receiving(folder: Path) -> Iterator[Receiver]:
    certificate, key = certificate_for(folder, *HOSTS)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            host = self.headers["Host"]
            receiver.heard.append(Heard(host, self.path, dict(self.headers), body))
            script = receiver.script.get(host)
            with suppress(OSError):
                (script.pop(0) if script else saying(200, b"ok"))(self)

        def log_message(self, *_: object) -> None:
            """Nothing on the terminal."""

    class Server(ThreadingHTTPServer):
        def get_request(self) -> tuple[ssl.SSLSocket, Any]:
            plain, address = super().get_request()
            return context.wrap_socket(
                plain, server_side=True, do_handshake_on_connect=False
            ), address

        def handle_error(self, *_: object) -> None:
            """A client that hung up is what the test meant."""

    with Server(("127.0.0.1", 0), Handler) as server:
        receiver = Receiver(server.server_address[1], certificate)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield receiver
        finally:
            receiver.over.set()
            server.shutdown()
            thread.join()


def saying(status: int, body: bytes = b"", **headers: str) -> Answer:
    """This answer; header names with `_` for `-`."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def garbage(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"\x00\xff\r\nnot HTTP at all\r\n\r\n")
    handler.wfile.flush()
    handler.close_connection = True


def hanging_up(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True
    handler.connection.close()


def silent(receiver: Receiver) -> Answer:
    """No answer until the test is over."""

    def answer(_: BaseHTTPRequestHandler) -> None:
        receiver.over.wait(60)

    return answer


def taking_it_but_dripping(receiver: Receiver) -> Answer:
    """200, and then a body that does not come to its end."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1500")
        handler.end_headers()
        while not receiver.over.wait(0.02):
            handler.wfile.write(b"x")

    return answer
