"""Hands a viewer's request, and the answer, to the behaviour's edge functions, in the shape
CloudFront gives them.

CloudFront Functions see it otherwise than Lambda@Edge: `local.cdn.function_contract`.
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-event-structure.html
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any, TypeVar

from local.cdn import edge_contract, function_contract
from local.cdn.distribution import Distribution
from local.cdn.edge_worker import EdgeExecutionError, EdgeWorkers
from local.cdn.function_asset import is_function
from local.cdn.headers import replaced, value
from local.cdn.messages import Answer, ViewerRequest
from local.cdn.pages import error_page

log = logging.getLogger(__name__)

_FIRST_ERROR = 400
T = TypeVar("T")


class ViewerStages:
    """The functions on viewer request and viewer response, by ARN."""

    def __init__(self, distribution: Distribution, workers: Mapping[str, EdgeWorkers]) -> None:
        self._distribution = distribution
        self._workers = workers

    async def apply(self, request: ViewerRequest, arn: str) -> ViewerRequest | Answer:
        """The request to go on with, or the answer to give instead: the function's or an error.

        As on AWS a broken contract is a 502, a function that fails or runs out of time a 503.
        """
        accept = function_contract.accept if is_function(arn) else edge_contract.accept
        accepted = await self._run(
            arn, self._event(request, arn), request, lambda returned: accept(returned, request)
        )
        if isinstance(accepted, Answer) and not value(accepted.headers, "x-cache"):
            cause = f"{_kind(arn)}GeneratedResponse from cloudfront"
            return replace(accepted, headers=replaced(accepted.headers, "x-cache", cause))
        return accepted

    async def answered(self, request: ViewerRequest, answer: Answer, arn: str) -> Answer:
        """The answer as the function leaves it; errors are not shown to it."""
        if answer.status >= _FIRST_ERROR:
            return answer
        contract = function_contract if is_function(arn) else edge_contract
        event = self._response_event(request, answer, arn)
        return await self._run(
            arn, event, request, lambda returned: contract.accept_response(returned, answer)
        )

    async def _run(
        self,
        arn: str,
        event: dict[str, Any],
        request: ViewerRequest,
        accept: Callable[[object], T],
    ) -> T | Answer:
        kind = _kind(arn)
        try:
            return accept(await self._workers[arn].run(event, request.id))
        except edge_contract.EdgeContractError as error:
            log.error("EDGE CONTRACT BROKEN by %s at %s: %s", arn, request.uri, error)  # noqa: TRY400
            reason = f"The edge function's result failed validation: {error}"
            cause = f"{kind}ValidationError from cloudfront"
            return error_page(request, 502, reason, cause=cause)
        except EdgeExecutionError as error:
            log.error("EDGE FUNCTION FAILED: %s at %s: %s", arn, request.uri, error)  # noqa: TRY400
            reason = f"The edge function failed: {error}"
            cause = f"{kind}ExecutionError from cloudfront"
            return error_page(request, 503, reason, cause=cause)

    def _response_event(self, request: ViewerRequest, answer: Answer, arn: str) -> dict[str, Any]:
        if is_function(arn):
            return function_contract.response_event(
                request,
                answer,
                distribution_id=self._distribution.id,
                domain=self._distribution.domain,
            )
        event = self._event(request, arn)
        cf = event["Records"][0]["cf"]
        cf["config"]["eventType"] = "viewer-response"
        cf["response"] = {
            "status": str(answer.status),
            "statusDescription": HTTPStatus(answer.status).phrase,
            "headers": edge_contract.exposed(answer.headers),
        }
        return event

    def _event(self, request: ViewerRequest, arn: str) -> dict[str, Any]:
        if is_function(arn):
            return function_contract.event(
                request, distribution_id=self._distribution.id, domain=self._distribution.domain
            )
        config = {
            "distributionDomainName": self._distribution.domain,
            "distributionId": self._distribution.id,
            "eventType": "viewer-request",
            "requestId": request.id,
        }
        passed = {
            "clientIp": request.client_ip,
            "headers": edge_contract.exposed(request.headers),
            "method": request.method,
            "querystring": request.querystring,
            "uri": request.uri,
        }
        return {"Records": [{"cf": {"config": config, "request": passed}}]}


def _kind(arn: str) -> str:
    return "Function" if is_function(arn) else "Lambda"
