"""A deployment as adaptive-ops finds it: moto's tables, and two APIs that always say the same."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tests.samples import INGEST

OUTPUTS = {
    "OperationsTableName": INGEST.operations_table,
    "SessionsTableName": INGEST.sessions_table,
    "IngestFunctionName": "ingest",
}


@contextmanager
def deployed(
    monkeypatch: pytest.MonkeyPatch,
    outputs: dict[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[None]:
    """CloudFormation tells the outputs, Lambda what functions were deployed with."""
    members = "".join(
        f"<member><OutputKey>{name}</OutputKey><OutputValue>{value}</OutputValue></member>"
        for name, value in (OUTPUTS if outputs is None else outputs).items()
    )
    stacks = (
        "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>S</StackName>"
        f"<Outputs>{members}</Outputs></member></Stacks></DescribeStacksResult>"
        "</DescribeStacksResponse>"
    )
    configuration = json.dumps({"Environment": {"Variables": environment or INGEST.environment()}})

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._say(stacks)

        def do_GET(self) -> None:
            self._say(configuration)

        def _say(self, text: str) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDFORMATION", url)
        monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", url)
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
