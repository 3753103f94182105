"""Hands a viewer's request to its behaviour's edge function, in the shape CloudFront gives it.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-event-structure.html
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from local.cdn import edge_contract
from local.cdn.distribution import Distribution
from local.cdn.edge_worker import EdgeExecutionError, EdgeWorkers
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
        try:
            returned = await self._workers[arn].run(self._event(request), request.id)
            accepted = edge_contract.accept(returned, request)
        except edge_contract.EdgeContractError as error:
            log.error("EDGE CONTRACT BROKEN by %s at %s: %s", arn, request.uri, error)  # noqa: TRY400
            reason = f"The Lambda function result failed validation: {error}"
            return error_page(request, 502, reason, cause="LambdaValidationError from cloudfront")
        except EdgeExecutionError as error:
            log.error("EDGE FUNCTION FAILED: %s at %s: %s", arn, request.uri, error)  # noqa: TRY400
            reason = f"The Lambda function failed: {error}"
            return error_page(request, 503, reason, cause="LambdaExecutionError from cloudfront")
        if isinstance(accepted, Answer):
            cause = "LambdaGeneratedResponse from cloudfront"
            return replace(accepted, headers=replaced(accepted.headers, "x-cache", cause))
        return accepted

    def _event(self, request: ViewerRequest) -> dict[str, Any]:
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
