"""A site with somebody else's agent on its pages, and `ingest` itself behind `/rum`."""

import base64
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from typing import Any
from urllib.parse import urlsplit

from lambdas.delivery.ingest import handler
from tests.samples import ORIGIN

AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36"
)
_TEXT = re.compile(r"text/|application/(json|x-www-form-urlencoded)")


@contextmanager
def site(files: Mapping[str, str]) -> Iterator[tuple[str, "Queue[int]"]]:
    """Serve `files` by path, and every method of `/rum…` by the handler; the URL, and how each
    report was answered.
    """
    reports: Queue[int] = Queue()

    class Pages(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path.startswith("/rum"):
                self.do_POST()
                return
            body = files.get(urlsplit(self.path).path)
            kind = "text/javascript" if self.path.endswith(".js") else "text/html"
            self._send(200 if body else 404, (body or "").encode(), [("Content-Type", kind)])

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer = handler.lambda_handler(_event(self, body), None)
            headers = [*answer["headers"].items()]
            headers += [("Set-Cookie", cookie) for cookie in answer["cookies"]]
            reports.put(answer["statusCode"])
            self._send(answer["statusCode"], answer.get("body", "").encode(), headers)

        def _send(self, status: int, body: bytes, headers: list[tuple[str, str]]) -> None:
            self.send_response(status)
            for name, text in (*headers, ("Content-Length", str(len(body)))):
                self.send_header(name, text)
            with suppress(ConnectionError):  # a page that is left reads no answer
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", reports
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _event(request: BaseHTTPRequestHandler, body: bytes) -> dict[str, Any]:
    """Payload 2.0, as API Gateway makes it of what CloudFront passes on."""
    url = urlsplit(request.path)
    passed_on = ("content-type", "content-encoding", "origin", "user-agent", "sec-gpc")
    headers = {name: text for name in passed_on if (text := request.headers.get(name))}
    readable = _TEXT.match(headers.get("content-type", "")) and "content-encoding" not in headers
    return {
        "version": "2.0",
        "rawPath": url.path,
        "rawQueryString": url.query,
        "headers": {**headers, "x-adaptive-origin": ORIGIN.current},
        "cookies": [each.strip() for each in request.headers.get("cookie", "").split(";")],
        "requestContext": {"http": {"method": request.command}},
        "body": body.decode() if readable else base64.b64encode(body).decode(),
        "isBase64Encoded": not readable,
    }


def beacons(records: list[Any]) -> list[dict[str, Any]]:
    """What is on the stream, oldest first."""
    return [json.loads(record["Data"])["beacon"] for record in records]
