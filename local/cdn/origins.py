"""Asks origins, as often and in the order that the distribution says."""

import asyncio
import os
from contextlib import nullcontext

import httpx

from local.cdn.distribution import Distribution, Origin, OriginKind
from local.cdn.messages import Answer
from local.cdn.origin_request import OriginRequest
from local.cdn.origin_wire import incoming, outgoing

_FAILS_OVER = frozenset({"GET", "HEAD", "OPTIONS"})
_REPEATABLE = frozenset({"GET", "HEAD"})
# A function call beside another starts an environment, seconds of CPU: a page of images not made
# yet would start one for each, and all would time out.
_FUNCTIONS_AT_ONCE = max(2, os.cpu_count() or 2)
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout)


class UnreachableError(Exception):
    """No answer from an origin: `status` is for the viewer, `counts_as` for an origin group."""

    def __init__(self, reason: str, *, status: int, counts_as: int) -> None:
        super().__init__(reason)
        self.status = status
        self.counts_as = counts_as


class Origins:
    """The origins of a distribution; `endpoint` is the URL of the local cloud."""

    def __init__(
        self,
        distribution: Distribution,
        *,
        client: httpx.AsyncClient,
        endpoint: str,
        functions_at_once: int = _FUNCTIONS_AT_ONCE,
    ) -> None:
        self._distribution = distribution
        self._turn = asyncio.Semaphore(functions_at_once)
        self._client = client
        self._endpoint = endpoint.rstrip("/")

    async def ask(self, target_id: str, request: OriginRequest) -> Answer:
        """The answer of an origin, or of the second in a group; UnreachableError if there is none.

        The second is asked on the group's status codes. As on AWS a failed connection counts as 503
        and a time-out as 504, so these fail over only where those codes are listed:
        https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/high_availability_origin_failover.html
        """
        first, *rest = self._distribution.candidates(target_id)
        if not rest or request.method not in _FAILS_OVER:
            return await self._ask(first, request)
        statuses = self._distribution.groups[target_id].failover_statuses
        try:
            answer = await self._ask(first, request)
        except UnreachableError as error:
            if error.counts_as not in statuses:
                raise
        else:
            if answer.status not in statuses:
                return answer
        return await self._ask(rest[0], request)

    async def _ask(self, origin: Origin, request: OriginRequest) -> Answer:
        attempt = 0
        while True:
            attempt += 1
            wire = outgoing(origin, request, endpoint=self._endpoint)
            turn = self._turn if origin.kind is OriginKind.FUNCTION_URL else nullcontext()
            try:
                async with turn:
                    return await incoming(await self._client.send(wire, stream=True))
            except httpx.TransportError as error:
                repeatable = isinstance(error, _NOT_SENT) or request.method in _REPEATABLE
                if attempt >= origin.attempts or not repeatable:
                    raise _unreachable(origin, error) from error


def _unreachable(origin: Origin, error: httpx.TransportError) -> UnreachableError:
    detail = str(error) or type(error).__name__
    if isinstance(error, _NOT_SENT):
        reason = f"CloudFront could not connect to the origin {origin.domain}: {detail}"
        return UnreachableError(reason, status=502, counts_as=503)
    if isinstance(error, httpx.TimeoutException):
        reason = f"The origin {origin.domain} did not answer in {origin.read_timeout_s:g} s."
        return UnreachableError(reason, status=504, counts_as=504)
    reason = f"The origin {origin.domain} broke off: {detail}"
    return UnreachableError(reason, status=502, counts_as=502)
