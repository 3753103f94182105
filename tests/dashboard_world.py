"""The dashboard on a free port: its own files, and the real query API over rollups in memory."""

from __future__ import annotations

import gzip
import json
import subprocess
import threading
from base64 import b64decode
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from aws_lambda_powertools.utilities.typing import LambdaContext

from adaptive.aws.query_api import app_of
from adaptive.aws.query_parts import Outside, Tables, api_of
from adaptive.delivery.changes import ChangeLog
from adaptive.ports import KeyRange, Page, Versioned
from adaptive.prediction.outlook import Outlook
from local.history.filling import History
from tests.fakes import (
    InMemoryBus,
    InMemoryFileStore,
    InMemoryItemReader,
    InMemorySessionStore,
    InMemoryVersionedStore,
)
from tests.samples import FORECAST, INGEST, QUERY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from adaptive.ports import Key, Write
    from adaptive.settings.monitoring import QuerySettings, RollUpSettings

FILES = Path(__file__).parents[1] / "build" / "dashboard"
_SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self';"
        " img-src 'self' data: blob: {site};"
        " font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_TYPES = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
    "json": "application/json",
}


@dataclass
class Shelves:
    """Cells by partition: a Sink and an ItemReader that need not look through all of them."""

    partitions: defaultdict[str, dict[str, bytes]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    def put(self, writes: Sequence[Write]) -> None:
        for each in writes:
            partition, sort = each.key
            self.partitions[partition][sort] = each.new.body

    def flush(self) -> None:
        """All is written."""

    def read_ranges(self, ranges: Sequence[KeyRange]) -> Page:
        return Page([self._within(each) for each in ranges], units=0)

    def _within(self, wanted: KeyRange) -> list[tuple[str, bytes]]:
        return sorted(
            (sort, body)
            for sort, body in self.partitions.get(wanted.partition, {}).items()
            if (wanted.first or "") <= sort and (wanted.last is None or sort <= wanted.last)
        )


@dataclass
class Straight:
    """A Sink that keeps at once."""

    store: InMemoryVersionedStore

    def put(self, writes: Sequence[Write]) -> None:
        self.store.write(writes)

    def flush(self) -> None:
        """All is written."""


@dataclass
class Shelved(InMemoryVersionedStore):
    """The cells, as `forecast` reads them."""

    def __init__(self, cells: Shelves) -> None:
        super().__init__()
        self.cells = cells

    def read(self, keys: Sequence[Key]) -> dict[Key, Versioned]:
        found = {key: self.cells.partitions.get(key[0], {}).get(key[1]) for key in keys}
        return {key: Versioned(body, 1) for key, body in found.items() if body is not None}


@dataclass
class DashboardWorld:
    """It is `now_s` there; `refusals` are statuses by the start of a path."""

    settings: RollUpSettings
    now_s: float
    cells: Shelves = field(default_factory=Shelves)
    marker: InMemoryVersionedStore = field(default_factory=InMemoryVersionedStore)
    tallies: InMemoryVersionedStore = field(default_factory=InMemoryVersionedStore)
    operations: InMemoryVersionedStore = field(default_factory=InMemoryVersionedStore)
    sessions: InMemorySessionStore = field(default_factory=InMemorySessionStore)
    alerts: InMemoryVersionedStore = field(default_factory=InMemoryVersionedStore)
    delivered: InMemoryVersionedStore = field(default_factory=InMemoryVersionedStore)
    experiments: InMemoryVersionedStore = field(default_factory=InMemoryVersionedStore)
    predictions: InMemoryVersionedStore = field(default_factory=InMemoryVersionedStore)
    files: InMemoryFileStore = field(default_factory=InMemoryFileStore)
    config: dict[str, Any] = field(
        default_factory=lambda: {"site": "demo-shop", "sign_in": None, "images": ""}
    )
    refusals: dict[str, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    claims: dict[str, str] = field(
        default_factory=lambda: {"username": "ana", "cognito:groups": "[operators]"}
    )
    url: str = ""

    def __post_init__(self) -> None:
        self._turn = threading.Lock()
        tables = Tables(
            rollups=self.cells,
            tallies=self.tallies,
            operations=self.operations,
            sessions=self.sessions,
            alerts=self.alerts,
            delivered=InMemoryItemReader(self.delivered),
            experiments=self.experiments,
            predictions=InMemoryItemReader(self.predictions),
            advice=self.predictions,
        )
        outside = Outside(
            tables,
            self.files,
            InMemoryBus(),
            lambda: self.now_s,
            lambda: datetime.fromtimestamp(self.now_s, UTC),
        )
        self._app = app_of(api_of(self.query_settings, outside))

    @property
    def query_settings(self) -> QuerySettings:
        """As those of the samples, with the lists of the history."""
        return QUERY.model_copy(
            update={
                "lists": self.settings.lists,
                "rules": INGEST.rules,
                "families": ("all", "device"),
            }
        )

    @property
    def minute(self) -> int:
        """The one that goes on."""
        return int(self.now_s) // 60

    def fill(self, days: int) -> None:
        """With the simulated history."""
        history = History(
            self.settings,
            self.marker,
            ChangeLog(self.operations),
            self.cells,
            days,
            Straight(self.delivered),
            Straight(self.experiments),
        )
        history.fill(self.minute)
        forecast = FORECAST.model_copy(
            update={"lists": self.settings.lists, "families": ("all", "device")}
        )
        Outlook(Shelved(self.cells), self.predictions, forecast).run(self.minute)

    def ask(
        self, path: str, query: str, headers: dict[str, str], body: str | None = None
    ) -> dict[str, Any]:
        """As API Gateway asks `query`; with a body something is done, by `operator`."""
        self.asked.append(f"{path}?{query}")
        method = "GET" if body is None else "POST"
        for prefix, status in self.refusals.items():
            if path.startswith(prefix):
                return {"statusCode": status, "headers": {}, "body": '{"detail": "down"}'}
        pairs = [each.split("=", 1) for each in query.split("&") if each]
        event = {
            "version": "2.0",
            "routeKey": f"{method} /api/{{proxy+}}",
            "rawPath": path,
            "rawQueryString": query,
            "headers": headers,
            "queryStringParameters": {k: unquote_plus(v) for k, v in pairs},
            "requestContext": {
                "http": {"method": method, "path": path},
                "stage": "$default",
                "requestId": "1",
                "authorizer": {"jwt": {"claims": self.claims}},
            },
            "body": body,
            "isBase64Encoded": False,
        }
        with self._turn:  # the resolver keeps the request it is at
            answer: dict[str, Any] = self._app.resolve(event, LambdaContext())
        return answer


def build() -> None:
    """As `make demo` does."""
    subprocess.run(
        ["node", "browser/build.mjs", "--dashboard"],  # noqa: S607 - whichever Node there is
        cwd=FILES.parents[1],
        check=True,
        capture_output=True,
    )


def _handler(world: DashboardWorld) -> type[BaseHTTPRequestHandler]:  # noqa: C901 - a class
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            if path.startswith("/api/"):
                headers = {name.lower(): text for name, text in self.headers.items()}
                answer = world.ask(path, query, headers)
                body = answer.get("body") or ""
                raw = b64decode(body) if answer.get("isBase64Encoded") else body.encode()
                self._answer(int(answer["statusCode"]), raw, _flat(answer))
            elif picture := world.files.read(path):
                self._answer(200, picture.body, {"Content-Type": picture.content_type})
            elif path == "/config.json":
                self._answer(
                    200, json.dumps(world.config).encode(), {"Content-Type": "application/json"}
                )
            else:
                self._file(path)

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
            headers = {name.lower(): text for name, text in self.headers.items()}
            answer = world.ask(self.path, "", headers, sent)
            self._answer(int(answer["statusCode"]), answer["body"].encode(), _flat(answer))

        def _file(self, path: str) -> None:
            file = FILES / (path.strip("/") or "index.html")
            if file.parent != FILES or not file.is_file():
                self._answer(404, b"", {})
                return
            kind = _TYPES[file.suffix[1:]]
            zipped = gzip.compress(file.read_bytes(), mtime=0)
            self._answer(200, zipped, {"Content-Type": kind, "Content-Encoding": "gzip"})

        def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, text in {**_SECURITY, **headers}.items():
                self.send_header(name, text.replace("{site}", world.config["images"]))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            """Not on the terminal."""

    return Handler


def _flat(answer: dict[str, Any]) -> dict[str, str]:
    many = {name: ", ".join(each) for name, each in answer.get("multiValueHeaders", {}).items()}
    return {**many, **answer.get("headers", {})}


@contextmanager
def serving(world: DashboardWorld) -> Iterator[DashboardWorld]:
    """At `world.url`, until the end."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(world))
    server.daemon_threads = True
    world.url = f"http://127.0.0.1:{server.server_address[1]}/"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield world
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
