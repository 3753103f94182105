"""A web server that gives pages out and writes down what their agents report."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_TYPES = {"html": "text/html", "js": "text/javascript", "css": "text/css", "png": "image/png"}


@dataclass(frozen=True, slots=True)
class Report:
    """One POST: `headers` have lower-case names, `body` is what was sent."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def beacons(self) -> list[dict[str, Any]]:
        """Those of an envelope as `POST /rum` takes it."""
        found: list[dict[str, Any]] = json.loads(self.body)["beacons"]
        return found


@dataclass(slots=True)
class Recorder:
    """`files` are given out by path; `answers` are the statuses of the next POSTs, then 202."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    reports: list[Report] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    set_cookies: list[str] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def beacons(self) -> list[dict[str, Any]]:
        """All that were reported to `/rum`, in the order of their arrival."""
        with self.changed:
            return [each for report in self.reports for each in report.beacons]

    def take(self, report: Report) -> int:
        """Write it down and say how it is answered."""
        with self.changed:
            status = self.answers.pop(0) if self.answers else HTTPStatus.ACCEPTED
            self.reports.append(report)
            self.changed.notify_all()
        return int(status)

    def wait(self, until: Callable[[], bool], *, timeout_s: float = 10) -> bool:
        """Whether it came true before the time was up; it is asked again at every report."""
        deadline = time.monotonic() + timeout_s
        with self.changed:
            return self.changed.wait_for(until, max(0, deadline - time.monotonic()))


@contextmanager
def recording() -> Iterator[Recorder]:
    """A recorder on a free port of this machine, gone at the end."""
    recorder = Recorder()
    server = _Server(("127.0.0.1", 0), _handler(recorder))
    recorder.url = f"http://localhost:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield recorder
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - the base's
        """Browsers hang up as they like."""


def _handler(recorder: Recorder) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            body = recorder.files.get(path)
            kind = _TYPES.get(path.rpartition(".")[2], "text/html")
            self._answer(200 if body is not None else 404, body or b"", kind, recorder.headers)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): text for name, text in self.headers.items()}
            status = recorder.take(Report(self.path, headers, body))
            self._answer(status, b"{}", "application/json", {})

        def _answer(self, status: int, body: bytes, kind: str, more: Mapping[str, str]) -> None:
            self.send_response(status)
            for name, text in {"Content-Type": kind, "Cache-Control": "no-cache", **more}.items():
                self.send_header(name, text)
            if self.command == "POST":
                for cookie in recorder.set_cookies:
                    self.send_header("Set-Cookie", cookie)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            """Not on the terminal."""

    return Handler
