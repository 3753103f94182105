"""What the query API's answers have in common: validators, caching, compression, problems."""

import hashlib
import inspect
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from pydantic import BaseModel

from adaptive.aws import http
from adaptive.aws.observability import MetricUnit, logger, metrics
from adaptive.errors import AdaptiveError, QueryError
from adaptive.monitoring.query.reply import Reply
from adaptive.monitoring.query.rights import OPERATE, READ

_JSON = "application/json"
_PROBLEM = "application/problem+json"
_LIVE_S = 5
_SETTLED_S = 3_600
_WORTH_COMPRESSING = 1_400  # bytes: a packet has no less


class Problem(BaseModel):
    """RFC 9457; `field` is the parameter at fault."""

    type: str
    title: str
    status: int
    detail: str
    field: str | None = None


def replied(reply: Reply, *, text: str = "", content_type: str = _JSON) -> Response[str]:
    """As long as anything can still come to it, an answer is good for seconds; JSON, unless it is
    told as another `text`.
    """
    metrics.add_metric("ReadUnits", MetricUnit.Count, reply.units)
    lasting = _SETTLED_S if reply.settled else _LIVE_S
    return Response(
        HTTPStatus.OK,
        content_type,
        text or reply.answer.model_dump_json(),
        headers={
            "Cache-Control": f"private, max-age={lasting}",
            "Vary": "Authorization, Accept-Encoding",
            "Read-Units": f"{reply.units:g}",
        },
    )


def revalidated(app: APIGatewayHttpResolver, following: NextMiddleware) -> Response[Any]:
    """By ETag, of what is answered before it is compressed."""
    response: Response[Any] = following(app)
    asked = app.current_event.request_context.http.method == "GET"
    if not asked or response.status_code != HTTPStatus.OK or not isinstance(response.body, str):
        return response
    body = response.body.encode()
    tag = f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    response.headers["ETag"] = tag
    headers = {name.lower(): text for name, text in app.current_event.headers.items()}
    known = {each.strip() for each in headers.get("if-none-match", "").split(",")}
    if known & {tag, "*"}:
        response.headers.pop("Content-Type", None)
        return Response(HTTPStatus.NOT_MODIFIED, headers=response.headers)
    if len(body) >= _WORTH_COMPRESSING and "gzip" in headers.get("accept-encoding", ""):
        response.compress = True
    return response


def acted(result: BaseModel) -> Response[str]:
    """What became of an action: nobody keeps it."""
    body = result.model_dump_json()
    return Response(HTTPStatus.OK, _JSON, body, headers={"Cache-Control": "no-store"})


def spelled(app: APIGatewayHttpResolver, following: NextMiddleware) -> Response[Any]:
    """A parameter that nobody reads would make for an answer to another question."""
    known = {parameter.alias for parameter in app.context["_route"].dependant.query_params}
    for name in app.current_event.query_string_parameters:
        if name not in known:
            raise QueryError(f"is not one of {', '.join(sorted(known))}", field=name)
    response: Response[Any] = following(app)
    return response


def documented(
    method: Callable[..., object], model: object, *, acting: bool, content_type: str = _JSON
) -> dict[str, Any]:
    """What the contract says of a route."""

    def refusal(description: str) -> dict[str, Any]:
        return {"description": description, "content": {_PROBLEM: {"model": Problem}}}

    others: dict[int, Any] = {
        HTTPStatus.FORBIDDEN: refusal("whoever asks may not act"),
        HTTPStatus.CONFLICT: refusal("another was faster: look again"),
    }
    if not acting:
        others = {304: {"description": "the caller has it: If-None-Match", "content": {}}}
    return {
        "summary": (inspect.getdoc(method) or "").partition("\n")[0],
        "operation_id": method.__name__,
        "responses": {
            200: {"description": "the answer", "content": {content_type: {"model": model}}},
            **others,
            404: refusal("there is nothing here"),
            422: refusal("what is wrong with the question; `field` is the parameter at fault"),
            503: refusal("what it takes does not answer: try again later"),
        },
        "security": [{"cognito": [OPERATE if acting else READ]}, {"sigv4": []}],
    }


def problems(app: APIGatewayHttpResolver) -> None:
    """All failures as problem+json."""
    handlers: dict[type[Exception], Callable[[Any], Response[Any]]] = {
        RequestValidationError: _invalid,
        NotFoundError: _unknown,
        AdaptiveError: failed,
        Exception: _bug,
    }
    for kind, handler in handlers.items():
        app.exception_handler(kind)(handler)


def failed(error: AdaptiveError) -> Response[Any]:
    """As every function of ours says it."""
    if isinstance(error, QueryError):
        logger.info("refused", reason=str(error), field=error.field)
    told = http.problem_of(error)
    return Response(told["statusCode"], headers=told["headers"], body=told["body"])


def _invalid(error: RequestValidationError) -> Response[Any]:
    first = error.errors()[0]
    return failed(QueryError(str(first["msg"]), field=str(first["loc"][-1])))


def _unknown(_: NotFoundError) -> Response[Any]:
    return failed(QueryError("there is nothing here", status=HTTPStatus.NOT_FOUND))


def _bug(_: Exception) -> Response[Any]:
    logger.exception("bug")
    return failed(AdaptiveError())
