"""Gets an object from its origin, or has it confirm a stale one, and decides how to keep it."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from local.cdn.behaviors import choose
from local.cdn.cache import Entry
from local.cdn.cache_key import normalised_encodings
from local.cdn.compression import compressed
from local.cdn.distribution import Behavior, Distribution, ErrorResponse
from local.cdn.freshness import freshness
from local.cdn.headers import Headers, replaced, value
from local.cdn.messages import Answer, ViewerRequest
from local.cdn.origin_request import origin_request
from local.cdn.origins import Origins, UnreachableError
from local.cdn.pages import error_page
from local.cdn.viewer_answer import filtered

HIT = "Hit from cloudfront"
MISS = "Miss from cloudfront"
REFRESHED = "RefreshHit from cloudfront"
ERROR = "Error from cloudfront"

_OK, _NOT_MODIFIED, _FIRST_ERROR, _FIRST_SERVER_ERROR = 200, 304, 400, 500
_RENEWED_BY_304 = ("cache-control", "date", "expires")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer for the viewer, its X-Cache, and the entry to keep, if any."""

    answer: Answer
    x_cache: str
    entry: Entry | None = None


class Fetcher:
    """Asks the origins of a distribution; `clock` gives seconds since 1970."""

    def __init__(
        self, distribution: Distribution, origins: Origins, *, clock: Callable[[], float], via: str
    ) -> None:
        self._distribution = distribution
        self._origins = origins
        self._clock = clock
        self._via = via

    async def fetch(
        self, request: ViewerRequest, behavior: Behavior, stale: Entry | None = None
    ) -> Fetched:
        """Ask the origin; never raises for what an origin does."""
        answer = await self._ask(request, behavior, _conditions(stale))
        if stale and answer.status == _NOT_MODIFIED:
            return self._refreshed(stale, answer, behavior)
        error = self._distribution.error_response(answer.status)
        if stale and answer.status >= _FIRST_SERVER_ERROR:
            until_s = self._clock() + error.min_ttl_s
            return Fetched(stale.answer, HIT, replace(stale, fresh_until_s=until_s))
        return await self._new(request, behavior, answer, error)

    async def _ask(
        self, request: ViewerRequest, behavior: Behavior, conditions: Headers = ()
    ) -> Answer:
        asked = origin_request(request, behavior, via=self._via)
        asked = replace(asked, headers=(*asked.headers, *conditions))
        try:
            return await self._origins.ask(behavior.target_id, asked)
        except UnreachableError as error:
            log.error("ORIGIN OUT OF REACH for %s: %s", request.uri, error)  # noqa: TRY400
            return error_page(request, error.status, str(error))

    async def _new(
        self, request: ViewerRequest, behavior: Behavior, answer: Answer, error: ErrorResponse
    ) -> Fetched:
        policy = behavior.cache_policy
        now_s = self._clock()
        life = freshness(answer, policy, now_s=now_s, error_ttl_s=error.min_ttl_s)
        x_cache = ERROR if answer.status >= _FIRST_ERROR else MISS
        etag, modified = (value(answer.headers, name) for name in ("etag", "last-modified"))
        if error.page_path:
            answer = await self._custom_page(request, answer, error)
        answer = filtered(answer, behavior)
        if behavior.compress and request.method == "GET":
            encodings = normalised_encodings(request.headers, policy)
            answer = await asyncio.to_thread(compressed, answer, encodings)
        if not life.keep or request.method not in behavior.cached_methods:
            return Fetched(answer, x_cache)
        entry = Entry(
            answer,
            stored_at_s=now_s,
            fresh_until_s=now_s + life.ttl_s,
            origin_etag=etag,
            last_modified=modified,
        )
        return Fetched(answer, x_cache, entry)

    def _refreshed(self, stale: Entry, confirmed: Answer, behavior: Behavior) -> Fetched:
        headers = stale.answer.headers
        for name in _RENEWED_BY_304:
            if new := value(confirmed.headers, name):
                headers = replaced(headers, name, new)
        answer = replace(stale.answer, headers=headers)
        now_s = self._clock()
        life = freshness(answer, behavior.cache_policy, now_s=now_s, error_ttl_s=0)
        entry = replace(stale, answer=answer, stored_at_s=now_s, fresh_until_s=now_s + life.ttl_s)
        return Fetched(answer, REFRESHED, entry if life.keep else None)

    async def _custom_page(
        self, request: ViewerRequest, answer: Answer, error: ErrorResponse
    ) -> Answer:
        """The page for an error, fetched as its path says; if it is missing, the error as it is."""
        behavior = choose(self._distribution, error.page_path)
        page = await self._ask(
            replace(request, method="GET", uri=error.page_path, querystring="", body=b""), behavior
        )
        if page.status != _OK:
            return answer
        return replace(page, status=error.response_code or answer.status)


def _conditions(stale: Entry | None) -> Headers:
    if stale is None:
        return ()
    conditions = (
        ("if-none-match", stale.origin_etag),
        ("if-modified-since", stale.last_modified),
    )
    return tuple(pair for pair in conditions if pair[1])
