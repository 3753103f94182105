"""Serves an application on a port of this machine."""

import contextlib
import socket
import threading
from contextlib import ExitStack
from types import TracebackType
from typing import Self

import uvicorn
from starlette.applications import Starlette

from adaptive.errors import ConfigError, UnavailableError

_HOST = "127.0.0.1"
_GRACE_S = 2


class PortInUseError(ConfigError):
    """Something else listens on the port."""


class Server:
    """An application in a thread of its own: `with Server(app, port=8080) as server:`.

    Port 0 takes a free one. Raises PortInUseError, or UnavailableError if it does not start.
    """

    def __init__(self, app: Starlette, *, port: int) -> None:
        self._app = app
        self._stack = ExitStack()
        self.port = port

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            listener = stack.enter_context(listen(self.port))
            self.port = listener.getsockname()[1]
            server = uvicorn.Server(_config(self._app))
            thread = threading.Thread(target=_run, args=(server, listener), name="cdn")
            thread.start()
            stack.callback(_stop, server, thread)
            while thread.is_alive() and not server.started:
                thread.join(0.01)
            if not server.started:
                raise UnavailableError("the CDN did not start; its log says why")
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    @property
    def url(self) -> str:
        """Where browsers go, without a trailing slash."""
        return f"http://localhost:{self.port}"


def serve(app: Starlette, listener: socket.socket) -> None:
    """Serve in this thread until a signal comes."""
    uvicorn.Server(_config(app)).run([listener])


def listen(port: int) -> socket.socket:
    """A socket bound to the port on the loopback interface; raises PortInUseError."""
    # Named as TCP, or asyncio leaves Nagle's algorithm on and answers wait 40 ms for an ACK:
    # https://github.com/python/cpython/blob/3.13/Lib/asyncio/base_events.py (_set_nodelay)
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((_HOST, port))
    except OSError as error:
        listener.close()
        raise PortInUseError(
            f"port {port} on {_HOST} is in use: stop what listens there, or choose another port"
        ) from error
    listener.listen(1024)
    return listener


def _config(app: Starlette) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        lifespan="on",
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,  # viewers must not choose their own address
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=_GRACE_S,
    )


def _run(server: uvicorn.Server, listener: socket.socket) -> None:
    with contextlib.suppress(SystemExit):  # its word for a failed start, which it has logged
        server.run([listener])


def _stop(server: uvicorn.Server, thread: threading.Thread) -> None:
    server.should_exit = True
    thread.join()
