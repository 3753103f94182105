"""The HTTP application around the pipeline."""

import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import httpx
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from local.cdn import access_log
from local.cdn.cache import Cache
from local.cdn.delivery import Delivery
from local.cdn.distribution import Distribution
from local.cdn.edge_asset import EdgeAsset
from local.cdn.edge_worker import EdgeWorkers
from local.cdn.fetch import Fetcher
from local.cdn.function_asset import FunctionAsset
from local.cdn.headers import decoded, value
from local.cdn.messages import Answer, ViewerRequest
from local.cdn.origins import Origins
from local.cdn.pages import error_page
from local.cdn.pipeline import Handled, Pipeline
from local.cdn.viewer_event import ViewerStages

CACHE_BYTES = 256 * 1024 * 1024
_LARGEST_BODY = 20 * 1024 * 1024
_VIA = "1.1 local.cloudfront.net (CloudFront)"
_IDLE_CONNECTION_S = 2  # shorter than any server's own, so that none is closed under a request


@dataclass(frozen=True, slots=True)
class Options:
    """What is not in the distribution. `access_log` gets one line a request for people to read,
    `delivered_log` one in CloudFront's form. `places` are origins of the deployed system (as
    https://d1.cloudfront.net), and where each is on this machine: pages may load from there.
    """

    endpoint: str
    access_log: Callable[[str], None]
    delivered_log: Callable[[str], None] | None = None
    country: str = "US"
    cache_bytes: int = CACHE_BYTES
    clock: Callable[[], float] = time.time
    places: Mapping[str, str] = field(default_factory=dict)


def create_app(
    distribution: Distribution, functions: Mapping[str, EdgeAsset | FunctionAsset], options: Options
) -> Starlette:
    """An application that serves the distribution; `functions` are its edge functions by ARN."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            limits = httpx.Limits(max_connections=None, keepalive_expiry=_IDLE_CONNECTION_S)
            client = await stack.enter_async_context(
                httpx.AsyncClient(trust_env=False, limits=limits)
            )
            workers = {
                arn: await stack.enter_async_context(EdgeWorkers(asset))
                for arn, asset in functions.items()
            }
            app.state.pipeline = _pipeline(distribution, workers, client, options)
            yield

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = await _respond(Request(scope, receive), options)
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    return Starlette(routes=[Mount("/", app=serve)], lifespan=lifespan)


def _pipeline(
    distribution: Distribution,
    workers: Mapping[str, EdgeWorkers],
    client: httpx.AsyncClient,
    options: Options,
) -> Pipeline:
    origins = Origins(distribution, client=client, endpoint=options.endpoint)
    fetcher = Fetcher(distribution, origins, clock=options.clock, via=_VIA)
    return Pipeline(
        distribution=distribution,
        stages=ViewerStages(distribution, workers),
        delivery=Delivery(fetcher, Cache(options.cache_bytes), clock=options.clock),
        clock=options.clock,
        country=options.country,
        via=_VIA,
    )


async def _respond(request: Request, options: Options) -> Response:
    began_s = time.perf_counter()
    body = await _body(request)
    viewer = ViewerRequest(
        id=secrets.token_urlsafe(42),
        method=request.method,
        uri=request.scope["raw_path"].decode("latin-1"),
        querystring=request.scope["query_string"].decode("latin-1"),
        headers=decoded(request.headers.raw),
        client_ip=request.client.host if request.client else "127.0.0.1",
        body=body or b"",
    )
    if body is None:
        handled = Handled(error_page(viewer, 413, "The request body is too large."), viewer.uri)
    else:
        pipeline: Pipeline = request.app.state.pipeline
        handled = await pipeline.handle(viewer)
    took_ms = (time.perf_counter() - began_s) * 1000
    options.access_log(_line(viewer, handled.uri, handled.answer, took_ms))
    if options.delivered_log:
        options.delivered_log(
            access_log.line(viewer, handled.uri, handled.answer, now_s=options.clock())
        )
    return _response(handled.answer, options.places)


async def _body(request: Request) -> bytes | None:
    """The whole body, None if it is larger than anything behind this CDN takes."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST_BODY:
            return None
    return bytes(body)


def _response(answer: Answer, places: Mapping[str, str]) -> Response:
    response = Response(answer.body, status_code=answer.status)
    response.raw_headers = [
        (name.encode("latin-1"), _placed(name, text, places).encode("latin-1"))
        for name, text in answer.headers
    ]
    return response


def _placed(name: str, text: str, places: Mapping[str, str]) -> str:
    if name == "content-security-policy":
        for deployed, here in places.items():
            text = text.replace(deployed, here)
    return text


def _line(request: ViewerRequest, uri: str, answer: Answer, took_ms: float) -> str:
    rewritten = f" -> {uri}" if uri != request.uri else ""
    cause = value(answer.headers, "x-cache").removesuffix(" from cloudfront")
    return (
        f"{request.method} {request.uri}{rewritten} {answer.status} {cause}"
        f" {took_ms:.1f} ms {len(answer.body)} B"
    )
