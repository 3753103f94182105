"""Hands a viewer's request to its behaviour's edge function, in the shape CloudFront gives it.

CloudFront Functions see it otherwise than Lambda@Edge: `local.cdn.function_contract`.
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-event-structure.html
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from local.cdn import edge_contract, function_contract
from local.cdn.distribution import Distribution
from local.cdn.edge_worker import EdgeExecutionError, EdgeWorkers
from local.cdn.function_asset import is_function
from local.cdn.headers import replaced
from local.cdn.messages import Answer, ViewerRequest
from local.cdn.pages import error_page

log = logging.getLogger(__name__)


class ViewerRequestStage:
    """The functions on viewer request, by ARN."""

    def __init__(self, distribution: Distribution, workers: Mapping[str, EdgeWorkers]) -> None:
        self._distribution = distribution
        self._workers = workers

    async def apply(self, request: ViewerRequest, arn: str) -> ViewerRequest | Answer:
        """The request to go on with, or the answer to give instead: the function's or an error.

        As on AWS a broken contract is a 502, a function that fails or runs out of time a 503.
        """
        kind = "Function" if is_function(arn) else "Lambda"
        accept = function_contract.accept if is_function(arn) else edge_contract.accept
        try:
            returned = await self._workers[arn].run(self._event(request, arn), request.id)
            accepted = accept(returned, request)
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
        if isinstance(accepted, Answer):
            cause = f"{kind}GeneratedResponse from cloudfront"
            return replace(accepted, headers=replaced(accepted.headers, "x-cache", cause))
        return accepted

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
