"""From the cache if possible, else from the origin: one fetch, however many viewers wait for it.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from local.cdn.cache import Cache, Entry
from local.cdn.cache_key import CacheKey, cache_key
from local.cdn.distribution import Behavior
from local.cdn.fetch import ERROR, HIT, Fetched, Fetcher
from local.cdn.headers import replaced
from local.cdn.messages import Answer, ViewerRequest

_FIRST_ERROR = 400


class Delivery:
    """A cache before the origins; `clock` gives seconds since 1970."""

    def __init__(self, fetcher: Fetcher, cache: Cache, *, clock: Callable[[], float]) -> None:
        self._fetcher = fetcher
        self._cache = cache
        self._clock = clock
        self._under_way: dict[CacheKey, asyncio.Task[Fetched]] = {}

    async def deliver(self, request: ViewerRequest, behavior: Behavior) -> Answer:
        """The whole object, marked with `X-Cache` and, out of the cache, with its `Age`."""
        if request.method not in behavior.cached_methods:
            return _marked(await self._fetcher.fetch(request, behavior))
        key = cache_key(request, behavior)
        if (entry := self._fresh(key)) is not None:
            return self._hit(entry)
        if not behavior.cache_policy.caches:
            return _marked(await self._fill(key, request, behavior))
        if (leader := self._under_way.get(key)) is None:
            return _marked(await asyncio.shield(self._lead(key, request, behavior)))
        shared = (await asyncio.shield(leader)).entry
        if shared is not None and shared.is_fresh(self._clock()):
            return self._hit(shared)
        return _marked(await self._fill(key, request, behavior))

    def _fresh(self, key: CacheKey) -> Entry | None:
        """A fresh entry; one got by GET answers HEAD as well."""
        now_s = self._clock()
        methods = {"GET", key.method} if key.method == "HEAD" else {key.method}
        entries = (self._cache.get(replace(key, method=method)) for method in sorted(methods))
        return next((each for each in entries if each and each.is_fresh(now_s)), None)

    def _lead(
        self, key: CacheKey, request: ViewerRequest, behavior: Behavior
    ) -> asyncio.Task[Fetched]:
        """Start the fetch that others wait for; it goes on if the viewer that caused it leaves."""
        task = asyncio.create_task(self._fill(key, request, behavior))
        self._under_way[key] = task
        task.add_done_callback(lambda _: self._under_way.pop(key))
        return task

    async def _fill(self, key: CacheKey, request: ViewerRequest, behavior: Behavior) -> Fetched:
        stale = self._cache.get(key)
        if stale is not None and stale.answer.status >= _FIRST_ERROR:
            stale = None
        fetched = await self._fetcher.fetch(request, behavior, stale)
        if fetched.entry is None:
            self._cache.drop(key)
        else:
            self._cache.put(key, fetched.entry)
        return fetched

    def _hit(self, entry: Entry) -> Answer:
        headers = replaced(entry.answer.headers, "age", str(int(self._clock() - entry.stored_at_s)))
        cause = ERROR if entry.answer.status >= _FIRST_ERROR else HIT
        return replace(entry.answer, headers=replaced(headers, "x-cache", cause))


def _marked(fetched: Fetched) -> Answer:
    headers = replaced(fetched.answer.headers, "x-cache", fetched.x_cache)
    return replace(fetched.answer, headers=headers)
