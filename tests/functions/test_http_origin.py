"""Originals from a site's own origin, over real connections; what may not be fetched is not."""

import socket
import ssl
import time
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from adaptive.aws.http_origin import HttpOriginFileStore, Limits
from adaptive.aws.public_https import Network
from adaptive.delivery.origin import Origin
from adaptive.delivery.originals import OriginalsToo
from adaptive.delivery.renderer import Renderer
from adaptive.errors import ImageError, OriginError, RenditionError, UnavailableError
from adaptive.ports import StoredFile
from tests import pictures
from tests.fakes import InMemoryFileStore, InMemoryLocks
from tests.origin_world import HOST, Answer, origin, picture, saying
from tests.samples import POLICY

PATH = "/img/hero.jpg"
RENDITION = "/img/hero.jpg/960w.lite.avif"
LIMITS = Limits(max_bytes=100_000, timeout_s=5)


def store(network: Network, *, host: str = HOST, limits: Limits = LIMITS) -> HttpOriginFileStore:
    return HttpOriginFileStore(
        Origin(host, "/shop"), limits, renditions=InMemoryFileStore(), network=network
    )


def to(*addresses: str) -> Any:
    """A resolver that answers with these."""

    def resolve(_: str, port: int, **__: object) -> list[tuple[int, int, int, str, Any]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]

    return resolve


@pytest.mark.parametrize(
    "addresses",
    [
        ("127.0.0.1",),
        ("::1",),
        ("::ffff:127.0.0.1",),
        ("0.0.0.0",),  # noqa: S104
        ("10.0.0.1",),
        ("192.168.0.1",),
        ("169.254.169.254",),
        ("fd00:ec2::254",),
        ("fe80::1%eth0",),
        ("64:ff9b::7f00:1",),
        ("93.184.216.34", "127.0.0.1"),
        ("127.0.0.1", "93.184.216.34"),
        (),
    ],
)
def test_a_name_that_leads_inside_is_not_connected_to(
    addresses: tuple[str, ...], tmp_path: Path
) -> None:
    with origin(tmp_path, picture(b"secret")) as world:
        internet = Network(resolve=to(*addresses), port=world.port, tls=world.tls)
        with pytest.raises(OriginError, match="not of the internet at large"):
            store(internet).read(PATH)
        assert world.connections == 0


def test_the_systems_resolver_leads_inside_no_more_than_any_other() -> None:
    with pytest.raises(OriginError, match=r"localhost resolves to .*127"):
        store(Network(), host="localhost").read(PATH)


def test_a_name_is_resolved_once_and_what_was_judged_is_connected_to(tmp_path: Path) -> None:
    judged, asked = [], []
    with origin(tmp_path, picture(b"pixels")) as world:

        def rebinding(*arguments: object, **_: object) -> Any:
            asked.append(arguments)
            return to("127.0.0.1" if len(asked) == 1 else "127.0.0.2")("", world.port)

        def admits(address: str) -> bool:
            judged.append(address)
            return address == "127.0.0.1"

        network = replace(world.network, resolve=rebinding, admits=admits)
        assert store(network).read(PATH)
        assert (len(asked), judged, world.connections) == (1, ["127.0.0.1"], 1)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 Other", "307 T", "308 P"])
@pytest.mark.parametrize(
    "location", ["https://origin.example.com/img/b.jpg", "http://169.254.169.254/", "/img/b.jpg"]
)
def test_no_redirect_is_followed(status: str, location: str, tmp_path: Path) -> None:
    with origin(tmp_path, saying(status, f"Location: {location}", "Content-Length: 0")) as world:
        with pytest.raises(OriginError, match="redirects are not followed"):
            store(world.network).read(PATH)
        assert world.connections == 1


@pytest.mark.parametrize(
    "path",
    ["/img/../a.jpg", "//evil.example/a.jpg", "/img/a.jpg?x", "/img/a.jpg\r\nHost: b", "/img/ä"],
)
def test_an_odd_path_is_not_asked_for(path: str, tmp_path: Path) -> None:
    with origin(tmp_path, picture(b"")) as world:
        with pytest.raises(RenditionError):
            store(world.network).read(path)
        assert world.connections == 0


def test_another_hosts_certificate_is_refused(tmp_path: Path) -> None:
    with origin(tmp_path, picture(b"pixels"), host="other.example.com") as world:
        with pytest.raises(UnavailableError, match=r"certificate verify failed|Hostname mismatch"):
            store(world.network).read(PATH)
        assert world.requests == []


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    with origin(tmp_path, picture(b"pixels")) as world:
        network = replace(world.network, tls=ssl.create_default_context)
        with pytest.raises(UnavailableError, match="certificate verify failed"):
            store(network).read(PATH)
        assert world.requests == []


ENDLESS = b"10000\r\n" + bytes(0x10000) + b"\r\n"


def endless(connection: ssl.SSLSocket, _: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _chunk in range(10_000):
        connection.sendall(ENDLESS)


@pytest.mark.parametrize(
    "answer",
    [
        saying("200 OK", "Content-Length: 100001"),
        saying("200 OK", "Content-Length: 1000000000000"),
        saying("200 OK", body=bytes(100_001)),
        endless,
    ],
)
def test_what_is_over_the_limit_is_not_read_to_its_end(answer: Answer, tmp_path: Path) -> None:
    with origin(tmp_path, answer) as world:
        with pytest.raises(ImageError, match="more than 100000 bytes") as refused:
            store(world.network).read(PATH)
        assert refused.value.status == 413


def test_what_is_just_within_the_limit_is_read(tmp_path: Path) -> None:
    for answer in (picture(bytes(100_000)), saying("200 OK", body=bytes(100_000))):
        with origin(tmp_path, answer) as world:
            found = store(world.network).read(PATH)
            assert found is not None
            assert found.body == bytes(100_000)


def _dripping(head: bytes) -> Answer:
    """One byte at a time, each well within any timeout between two of them."""

    def answer(connection: ssl.SSLSocket, _: bytes) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(b"x")

    return answer


@pytest.mark.parametrize(
    "head",
    [b"", b"HTTP/1.1 200 OK\r\nX-A: ", b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n"],
)
def test_an_origin_that_drips_is_left_at_the_deadline(head: bytes, tmp_path: Path) -> None:
    ticks = count()
    with origin(tmp_path, _dripping(head)) as world:
        network = replace(world.network, clock=lambda: float(next(ticks)))
        with pytest.raises(UnavailableError, match="no answer within 8 s"):
            store(network, limits=replace(LIMITS, timeout_s=8)).read(PATH)


def test_an_origin_that_says_nothing_is_left_at_the_deadline(tmp_path: Path) -> None:
    def silent(connection: ssl.SSLSocket, _: bytes) -> None:
        connection.recv(1)  # until the other side hangs up

    with origin(tmp_path, silent) as world, pytest.raises(UnavailableError, match=HOST):
        store(world.network, limits=replace(LIMITS, timeout_s=0.2)).read(PATH)


@pytest.mark.parametrize(
    "answer",
    [
        saying("500 Sorry"),
        saying("503 Busy", "Retry-After: 1"),
        saying("200 OK", "Content-Length: 50", body=b"half"),
        saying("200 OK", "Transfer-Encoding: chunked", body=b"5\r\nab"),
        saying("200 OK", "X: " + "a" * 70_000),
        saying("200 OK", *(f"X-{n}: a" for n in range(200))),
        lambda connection, _: connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n"),
        lambda connection, _: connection.close(),
    ],
)
def test_a_broken_answer_is_unavailable(answer: Answer, tmp_path: Path) -> None:
    with origin(tmp_path, answer) as world, pytest.raises(UnavailableError, match=HOST):
        store(world.network).read(PATH)


@pytest.mark.parametrize("answer", [saying("204 Nothing"), saying("206 Part"), saying("418 Tea")])
def test_an_answer_that_is_no_file_is_refused(answer: Answer, tmp_path: Path) -> None:
    with origin(tmp_path, answer) as world, pytest.raises(OriginError):
        store(world.network).read(PATH)


def test_a_compressed_answer_is_refused(tmp_path: Path) -> None:
    zipped = picture(b"zip", "Content-Encoding: gzip")
    with (
        origin(tmp_path, zipped) as world,
        pytest.raises(OriginError, match="nobody asked for"),
    ):
        store(world.network).read(PATH)


def test_nobody_listening_is_unavailable() -> None:
    network = Network(resolve=to("127.0.0.1"), admits=lambda _: True, port=9)
    with pytest.raises(UnavailableError, match="refused"):
        store(network).read(PATH)


def test_an_address_that_does_not_answer_is_followed_by_the_next(tmp_path: Path) -> None:
    with origin(tmp_path, picture(b"pixels")) as world:
        network = replace(
            world.network,
            resolve=to("127.0.0.2", "127.0.0.1"),
            admits=lambda address: address.startswith("127.0.0."),
        )
        assert store(network).read(PATH)


@pytest.mark.parametrize("status", ["403 No", "404 Not Found", "410 Gone"])
def test_what_the_origin_does_not_have_is_none(status: str, tmp_path: Path) -> None:
    with origin(tmp_path, saying(status, "Content-Length: 0")) as world:
        assert store(world.network).read(PATH) is None


def test_an_original_is_read_as_it_is_sent_and_asked_for_without_the_visitor(
    tmp_path: Path,
) -> None:
    with origin(tmp_path, picture(b"pixels", "Cache-Control: max-age=60")) as world:
        found = store(world.network).read(PATH)
        assert found == StoredFile(b"pixels", "image/jpeg", "max-age=60")
        (request,) = world.requests
    assert request.decode().split("\r\n") == [
        "GET /shop/img/hero.jpg HTTP/1.1",
        f"Host: {HOST}",
        "Accept: image/*",
        "Accept-Encoding: identity",
        "User-Agent: adaptive-edge",
        "Connection: close",
        "",
        "",
    ]


def test_renditions_never_reach_the_origin(tmp_path: Path) -> None:
    with origin(tmp_path, picture(b"original")) as world:
        files = store(world.network)
        assert files.read(RENDITION) is None
        files.write(RENDITION, StoredFile(b"small", "image/avif"))
        assert files.read(RENDITION) == StoredFile(b"small", "image/avif")
        assert world.connections == 0


def rendering(files: HttpOriginFileStore) -> OriginalsToo:
    """`render` as its handler puts it together."""
    renderer = Renderer(
        settings=pictures.RENDER,
        policy=POLICY,
        files=files,
        locks=InMemoryLocks(),
        clock=time.monotonic,
        effort=time.process_time,
        pause=lambda _: None,
    )
    return OriginalsToo(renderer, Origin(HOST, "/shop"), POLICY, files, time.monotonic)


def test_a_bomb_of_the_origin_is_refused(tmp_path: Path) -> None:
    with origin(tmp_path, picture(pictures.png_claiming(50_000, 50_000))) as world:
        with pytest.raises(ImageError, match="pixels, more than") as refused:
            rendering(store(world.network)).render(RENDITION)
        assert refused.value.status == 413


def test_a_script_of_the_origin_is_no_picture(tmp_path: Path) -> None:
    script = picture(b"<script>alert(1)</script>")
    with origin(tmp_path, script) as world, pytest.raises(ImageError):
        rendering(store(world.network)).render(RENDITION)


def test_a_rendition_is_made_of_the_origins_original_once_and_kept_by_us(tmp_path: Path) -> None:
    original = pictures.jpeg()
    with origin(tmp_path, picture(original)) as world:
        files = store(world.network)
        made = rendering(files).render(RENDITION).file
        untouched = rendering(files).render(PATH).file
        assert made
        assert made.content_type == "image/avif"
        assert len(made.body) < len(original)
        assert files.read(RENDITION) == made
        assert untouched
        assert untouched.body == original
        assert world.connections == 2
