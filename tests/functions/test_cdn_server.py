import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from adaptive.errors import UnavailableError
from local.cdn.server import PortInUseError, Server, listen

ROOT = Path(__file__).parents[2]
HELLO = Starlette(routes=[Route("/", lambda _: PlainTextResponse("hello"))])


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-m", "local.cdn", *arguments],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'layers/core/python'}"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_port_in_use_is_said_so_with_the_cure() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(PortInUseError, match=r"port \d+ .* choose another"),
        Server(HELLO, port=taken.getsockname()[1]),
    ):
        pass


def test_an_application_that_does_not_start_is_said_so() -> None:
    @asynccontextmanager
    async def failing(app: Starlette) -> AsyncIterator[None]:
        if app.routes == []:
            raise ValueError("no")
        yield

    with pytest.raises(UnavailableError), Server(Starlette(lifespan=failing), port=0):
        pass


def test_after_stopping_the_port_is_free_again() -> None:
    with Server(HELLO, port=0) as server:
        assert httpx.get(server.url, trust_env=False).text == "hello"
    with Server(HELLO, port=server.port) as again:
        assert httpx.get(again.url, trust_env=False).text == "hello"


def test_connections_do_not_hold_small_answers_back() -> None:
    # asyncio switches Nagle's algorithm off only on sockets named as TCP.
    with listen(0) as listener:
        assert listener.proto == socket.IPPROTO_TCP


def test_only_this_machine_can_reach_it() -> None:
    with Server(HELLO, port=0) as server, pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", server.port), timeout=5)


def test_the_command_explains_itself() -> None:
    shown = run("--help")
    assert shown.returncode == 0
    assert "CloudFront on this machine" in shown.stdout


def test_without_a_local_cloud_the_command_says_so_in_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        free = listener.getsockname()[1]
    shown = run("--endpoint", f"http://127.0.0.1:{free}", "--distribution", "E1")
    assert shown.returncode == 1
    assert shown.stderr.startswith("cdn: no local cloud at")
    assert shown.stderr.count("\n") == 1
