"""A CDN served on loopback, before an endpoint that plays the local cloud."""

import asyncio
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.cdn.app import Options, create_app
from local.cdn.distribution import Distribution
from local.cdn.edge_asset import EdgeAsset
from local.cdn.function_asset import FunctionAsset
from local.cdn.server import Server
from tests.cdn_samples import FUNCTION, Clock

METHODS = ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"]


@dataclass
class Cloud:
    """Plays every origin behind the local cloud's endpoint; `answer` may tell them by Host.

    Nothing is answered before `crowd` requests have arrived.
    """

    answer: Callable[[Request, bytes], Response] = lambda request, _: Response(request.url.path)
    asked: list[tuple[Request, bytes]] = field(default_factory=list)
    crowd: int = 1
    _crowded: asyncio.Event = field(default_factory=asyncio.Event)

    async def respond(self, request: Request) -> Response:
        body = await request.body()
        self.asked.append((request, body))
        if len(self.asked) == self.crowd:
            self._crowded.set()
        await self._crowded.wait()
        return self.answer(request, body)

    @property
    def paths(self) -> list[str]:
        """What was asked for, undecoded."""
        return [request.scope["raw_path"].decode() for request, _ in self.asked]


@dataclass
class Site:
    """A viewer's side of the CDN."""

    http: httpx.Client
    cloud: Cloud
    clock: Clock
    log: list[str]

    def get(self, path: str, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.get(path, headers=named)


@contextmanager
def serving(
    distribution: Distribution, *, edge: EdgeAsset | FunctionAsset | None = None
) -> Iterator[Site]:
    """The distribution served on a free port."""
    cloud, clock, log = Cloud(), Clock(), list[str]()
    origins = Starlette(routes=[Route("/{path:path}", cloud.respond, methods=METHODS)])
    with Server(origins, port=0) as endpoint:
        options = Options(
            endpoint=f"http://127.0.0.1:{endpoint.port}", access_log=log.append, clock=clock
        )
        app = create_app(distribution, {edge.arn: edge} if edge else {}, options)
        with (
            Server(app, port=0) as server,
            httpx.Client(base_url=f"http://127.0.0.1:{server.port}", trust_env=False) as http,
        ):
            yield Site(http, cloud, clock, log)


def handler(folder: Path, code: str, *, timeout_s: float = 5) -> EdgeAsset:
    """An edge function whose module is `code`; `request` is the event's, ready to be returned."""
    source = f"""
import json, os, sys, time

def lambda_handler(event, context):
    request = event["Records"][0]["cf"]["request"]
{textwrap.indent(textwrap.dedent(code), "    ")}
"""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "handler.py").write_text(source)
    return EdgeAsset(FUNCTION, folder, "handler.lambda_handler", timeout_s)
