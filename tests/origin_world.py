"""A site's own origin on this machine: real TCP, real TLS, and an answer as odd as a test wants."""

import datetime as dt
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adaptive.aws.public_https import Network

HOST = "origin.example.com"
Answer = Callable[[ssl.SSLSocket, bytes], None]


@dataclass
class World:
    """What the server at `port` saw; `network` leads there, and admits loopback by an argument."""

    port: int
    certificate: Path
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)

    def tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.certificate))

    def resolve(self, *_: object, **__: object) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", self.port))]

    @property
    def network(self) -> Network:
        return Network(
            resolve=self.resolve,
            admits=lambda address: address == "127.0.0.1",
            port=self.port,
            tls=self.tls,
        )


@contextmanager
def origin(folder: Path, answer: Answer, *, host: str = HOST) -> Iterator[World]:
    """Serve until the end of the block; `answer` gets each connection and its request."""
    certificate, key = certificate_for(folder, host)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as server:
        world = World(server.getsockname()[1], certificate)

        def serve() -> None:
            while True:
                try:
                    plain, _ = server.accept()
                except OSError:
                    return
                world.connections += 1
                with suppress(OSError), plain, context.wrap_socket(plain, server_side=True) as one:
                    request = one.recv(65_536)
                    world.requests.append(request)
                    answer(one, request)

        thread = Thread(target=serve)
        thread.start()
        try:
            yield world
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def saying(status: str, *headers: str, body: bytes = b"") -> Answer:
    """An answer with this status line and these headers, and nothing else."""
    head = "\r\n".join((f"HTTP/1.1 {status}", *headers, "", "")).encode("latin-1")
    return lambda connection, _: connection.sendall(head + body)


def picture(body: bytes, *headers: str) -> Answer:
    """The image, as a web server would send it."""
    return saying(
        "200 OK", "Content-Type: image/jpeg", f"Content-Length: {len(body)}", *headers, body=body
    )


def certificate_for(folder: Path, *hosts: str, days: float = 1 / 24) -> tuple[Path, Path]:
    """Files of a certificate that vouches for itself, and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0])])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([*map(x509.DNSName, hosts)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = folder / "certificate.pem", folder / "key.pem"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate_file, key_file
