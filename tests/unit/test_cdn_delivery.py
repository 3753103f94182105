import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import httpx
import pytest

from local.cdn.behaviors import choose
from local.cdn.cache import Cache
from local.cdn.delivery import Delivery
from local.cdn.distribution import Distribution
from local.cdn.fetch import Fetcher
from local.cdn.headers import value
from local.cdn.messages import Answer, ViewerRequest
from local.cdn.origins import Origins
from tests.cdn_samples import (
    Clock,
    all_methods,
    behavior_config,
    config,
    custom_origin,
    group_config,
    listed,
    read,
    request,
    s3_origin,
)

Respond: TypeAlias = Callable[[httpx.Request], httpx.Response | Awaitable[httpx.Response]]
RENDER = "abcdefghijklmnopqrstuvwxyz012345.lambda-url.us-east-1.on.aws"
PLAIN = read(config(default=behavior_config(AllowedMethods=all_methods())))
MINUTE = {"cache-control": "max-age=60"}


class World:
    """A distribution before origins that answer as told and remember what they were asked."""

    def __init__(
        self, respond: Respond, distribution: Distribution = PLAIN, *, functions_at_once: int = 2
    ) -> None:
        self.asked: list[httpx.Request] = []
        self.clock = Clock()
        self.respond = respond
        self._distribution = distribution
        client = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))
        origins = Origins(
            distribution,
            client=client,
            endpoint="http://127.0.0.1:4566",
            functions_at_once=functions_at_once,
        )
        fetcher = Fetcher(distribution, origins, clock=self.clock, via="1.1 cdn")
        self._delivery = Delivery(fetcher, Cache(1_000_000), clock=self.clock)

    async def _answer(self, asked: httpx.Request) -> httpx.Response:
        self.asked.append(asked)
        answer = self.respond(asked)
        made = answer if isinstance(answer, httpx.Response) else await answer
        unread = httpx.ByteStream(made.content)
        return httpx.Response(made.status_code, headers=made.headers, stream=unread)

    async def deliver(self, viewer: ViewerRequest) -> Answer:
        return await self._delivery.deliver(viewer, choose(self._distribution, viewer.uri))

    def get(self, uri: str = "/a", **changes: Any) -> Answer:
        return asyncio.run(self.deliver(request(uri, **changes)))

    def states(self, *uris: str) -> list[str]:
        """The X-Cache of one request after the other."""
        return [cause(self.get(uri)) for uri in uris]


def cause(answer: Answer) -> str:
    return value(answer.headers, "x-cache").removesuffix(" from cloudfront")


def ok(body: bytes = b"hello", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return httpx.Response(200, headers=MINUTE | named, content=body)


def test_the_second_request_is_a_hit_with_its_age() -> None:
    world = World(lambda _: ok())
    assert cause(world.get()) == "Miss"
    world.clock.now_s += 59
    hit = world.get()
    assert (cause(hit), value(hit.headers, "age"), hit.body) == ("Hit", "59", b"hello")
    assert len(world.asked) == 1


def test_a_stale_object_without_a_tag_is_fetched_again() -> None:
    world = World(lambda _: ok())
    world.get()
    world.clock.now_s += 60
    assert cause(world.get()) == "Miss"
    assert "if-none-match" not in world.asked[1].headers


def confirming(asked: httpx.Request) -> httpx.Response:
    if asked.headers.get("if-none-match") == '"v1"':
        return httpx.Response(304, headers=MINUTE | {"etag": '"v1"'})
    return ok(etag='"v1"')


def test_a_stale_object_is_confirmed_by_its_tag() -> None:
    world = World(confirming)
    world.get()
    world.clock.now_s += 61
    refreshed = world.get()
    assert (refreshed.status, cause(refreshed), refreshed.body) == (200, "RefreshHit", b"hello")
    world.clock.now_s += 59
    assert cause(world.get()) == "Hit"


def test_a_compressed_object_is_confirmed_by_the_origins_own_tag() -> None:
    world = World(
        lambda asked: (
            httpx.Response(304)
            if asked.headers.get("if-none-match") == '"v1"'
            else ok(b"x" * 2000, etag='"v1"', content_type="text/css")
        ),
        read(config(default=behavior_config(CachePolicyId="text", Compress=True))),
    )
    gzip = (("accept-encoding", "gzip"),)
    assert value(world.get(headers=gzip).headers, "etag") == 'W/"v1"'
    world.clock.now_s += 61
    refreshed = world.get(headers=gzip)
    assert cause(refreshed) == "RefreshHit"
    assert value(refreshed.headers, "content-encoding") == "gzip"


def test_what_must_be_confirmed_each_time_is() -> None:
    world = World(
        lambda asked: (
            httpx.Response(304, headers={"cache-control": "no-cache"})
            if "if-none-match" in asked.headers
            else ok(etag='"v1"', cache_control="no-cache")
        )
    )
    assert world.states("/a", "/a", "/a") == ["Miss", "RefreshHit", "RefreshHit"]


def test_a_viewers_own_condition_never_reaches_the_origin() -> None:
    world = World(confirming)
    world.get(headers=(("if-none-match", '"v1"'), ("range", "bytes=0-0")))
    assert {"if-none-match", "range"}.isdisjoint(world.asked[0].headers)


def test_what_may_not_be_kept_is_fetched_each_time() -> None:
    world = World(lambda _: ok(cache_control="no-store"))
    assert world.states("/a", "/a") == ["Miss", "Miss"]


def test_other_methods_pass_and_are_not_kept() -> None:
    world = World(lambda _: ok())
    for _ in range(2):
        assert cause(world.get(method="POST", body=b"{}")) == "Miss"
    assert [each.content for each in world.asked] == [b"{}", b"{}"]


def test_head_is_answered_from_what_get_brought_but_not_the_other_way() -> None:
    world = World(lambda _: ok())
    assert cause(world.get(method="HEAD")) == "Miss"
    assert cause(world.get(method="GET")) == "Miss"
    assert cause(world.get(method="HEAD")) == "Hit"
    assert [each.method for each in world.asked] == ["HEAD", "GET"]


def test_an_error_is_remembered_for_ten_seconds() -> None:
    world = World(lambda _: httpx.Response(404))
    assert world.states("/a", "/a") == ["Error", "Error"]
    assert len(world.asked) == 1
    world.clock.now_s += 10
    world.respond = lambda _: ok()
    assert cause(world.get()) == "Miss"


def test_a_refusal_is_not_remembered() -> None:
    world = World(lambda _: httpx.Response(403))
    world.states("/a", "/a")
    assert len(world.asked) == 2


def test_a_failing_origin_gets_the_stale_object_served_and_ten_seconds_of_rest() -> None:
    world = World(lambda _: ok())
    world.get()
    world.clock.now_s += 61
    world.respond = lambda _: httpx.Response(500)
    for _ in range(2):
        answer = world.get()
        assert (answer.status, answer.body, cause(answer)) == (200, b"hello", "Hit")
    assert len(world.asked) == 2
    world.clock.now_s += 10
    world.get()
    assert len(world.asked) == 3


def refuse(asked: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=asked)


def stall(asked: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("", request=asked)


def test_an_unreachable_origin_gets_the_stale_object_served() -> None:
    world = World(lambda _: ok())
    world.get()
    world.clock.now_s += 61
    world.respond = refuse
    assert world.get().body == b"hello"


def test_a_missing_object_takes_the_stale_one_away() -> None:
    world = World(lambda _: ok())
    world.get()
    world.clock.now_s += 61
    world.respond = lambda _: httpx.Response(404)
    assert world.get().status == 404


@pytest.mark.parametrize(("respond", "status"), [(refuse, 502), (stall, 504)])
def test_without_an_answer_the_viewer_gets_cloudfronts_page(respond: Respond, status: int) -> None:
    answer = World(respond).get()
    assert (answer.status, cause(answer)) == (status, "Error")
    assert b"The request could not be satisfied" in answer.body


def test_an_origin_is_asked_as_often_as_configured() -> None:
    world = World(refuse, read(config(origins=(s3_origin(ConnectionAttempts=3),))))
    world.get()
    assert len(world.asked) == 3


def test_a_post_that_may_have_arrived_is_not_repeated() -> None:
    distribution = read(
        config(
            default=behavior_config(AllowedMethods=all_methods()),
            origins=(s3_origin(ConnectionAttempts=3),),
        )
    )
    world = World(stall, distribution)
    assert world.get(method="POST", body=b"{}").status == 504
    assert len(world.asked) == 1


def grouped(*statuses: int) -> Distribution:
    return read(
        config(
            default=behavior_config("group", AllowedMethods=all_methods()),
            origins=(s3_origin(), custom_origin("render", RENDER)),
            groups=(group_config("files", "render", *statuses),),
        )
    )


def failing_with(answer: Respond) -> Respond:
    """The bucket fails, the function renders."""
    return lambda asked: ok(b"made") if asked.headers["host"] == RENDER else answer(asked)


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_a_group_fails_over_on_its_codes(status: int, method: str) -> None:
    world = World(failing_with(lambda _: httpx.Response(status)), grouped(403, 404))
    assert world.get(method=method).status == 200
    assert [each.headers["host"] for each in world.asked][1:] == [RENDER]


def test_a_group_does_not_fail_over_on_other_codes_or_for_posts() -> None:
    world = World(failing_with(lambda _: httpx.Response(500)), grouped(404))
    assert world.get().status == 500
    world.respond = failing_with(lambda _: httpx.Response(404))
    assert world.get(method="POST", body=b"x").status == 404


@pytest.mark.parametrize(("failure", "code"), [(refuse, 503), (stall, 504)])
def test_no_answer_fails_over_only_where_its_code_is_listed(failure: Respond, code: int) -> None:
    assert World(failing_with(failure), grouped(code)).get().body == b"made"
    assert World(failing_with(failure), grouped(404)).get().status >= 500


def test_what_the_second_origin_made_is_kept() -> None:
    world = World(failing_with(lambda _: httpx.Response(404)), grouped(404))
    assert world.states("/a", "/a") == ["Miss", "Hit"]


def test_if_both_fail_the_viewer_gets_the_seconds_answer() -> None:
    world = World(lambda asked: httpx.Response(404 if asked.headers["host"] != RENDER else 415))
    world = World(world.respond, grouped(404))
    assert world.get().status == 415


ERROR_PAGES = read(
    config(
        CustomErrorResponses=listed(
            {"ErrorCode": 404, "ErrorCachingMinTTL": 60, "ResponsePagePath": "/404.html"}
            | {"ResponseCode": "200"}
        )
    )
)


def test_a_custom_error_page_is_shown_with_its_own_status_for_its_own_time() -> None:
    world = World(
        lambda asked: (
            ok(b"sorry") if asked.extensions["target"] == b"/404.html" else (httpx.Response(404))
        ),
        ERROR_PAGES,
    )
    answer = world.get()
    assert (answer.status, answer.body, cause(answer)) == (200, b"sorry", "Error")
    world.clock.now_s += 59
    world.get()
    assert len(world.asked) == 2


def test_a_missing_custom_error_page_leaves_the_error_even_if_asked_for_itself() -> None:
    world = World(lambda _: httpx.Response(404, content=b"gone"), ERROR_PAGES)
    assert world.get().body == b"gone"
    assert world.get("/404.html").status == 404


class Gate:
    """An origin that answers only when opened, and says when `wanted` requests have arrived."""

    def __init__(self, answer: Callable[[], httpx.Response], *, wanted: int = 1) -> None:
        self._answer = answer
        self._wanted = wanted
        self.arrived = asyncio.Event()
        self.opened = asyncio.Event()

    async def __call__(self, _: httpx.Request) -> httpx.Response:
        self._wanted -= 1
        if self._wanted == 0:
            self.arrived.set()
        await self.opened.wait()
        return self._answer()


async def crowd(world: World, gate: Gate, *uris: str) -> list[Answer]:
    """All these requests are under way before the origin answers the first."""
    waiting = [asyncio.create_task(world.deliver(request(uri))) for uri in uris]
    await gate.arrived.wait()
    gate.opened.set()
    return await asyncio.gather(*waiting)


def test_a_crowd_for_one_object_is_one_fetch() -> None:
    async def run() -> tuple[list[str], int]:
        gate = Gate(ok)
        world = World(gate)
        answers = await crowd(world, gate, *["/a"] * 20)
        return sorted(map(cause, answers)), len(world.asked)

    assert asyncio.run(run()) == (["Hit"] * 19 + ["Miss"], 1)


def test_a_crowd_for_what_cannot_be_shared_is_a_fetch_each() -> None:
    async def run() -> tuple[set[str], int]:
        gate = Gate(lambda: ok(cache_control="private"))
        world = World(gate)
        answers = await crowd(world, gate, *["/a"] * 5)
        return set(map(cause, answers)), len(world.asked)

    assert asyncio.run(run()) == ({"Miss"}, 5)


def test_different_objects_are_fetched_at_the_same_time() -> None:
    async def run() -> list[str]:
        gate = Gate(ok, wanted=15)  # none is answered before all have arrived
        answers = await crowd(World(gate), gate, *(f"/{each}" for each in range(15)))
        return [cause(answer) for answer in answers]

    assert asyncio.run(run()) == ["Miss"] * 15


def test_functions_are_asked_a_few_at_a_time_and_the_others_wait_their_turn() -> None:
    busy: list[int] = []

    async def render(asked: httpx.Request) -> httpx.Response:
        if asked.headers["host"] != RENDER:
            return httpx.Response(404)
        busy.append(busy[-1] + 1 if busy else 1)
        await asyncio.sleep(0)
        busy.append(busy[-1] - 1)
        return ok()

    async def run() -> list[str]:
        world = World(render, grouped(404), functions_at_once=3)
        waiting = [world.deliver(request(f"/{each}")) for each in range(12)]
        return [cause(answer) for answer in await asyncio.gather(*waiting)]

    assert asyncio.run(run()) == ["Miss"] * 12
    assert max(busy) == 3


def test_a_viewer_who_leaves_does_not_take_the_answer_from_the_others() -> None:
    async def run() -> Answer:
        gate = Gate(ok)
        world = World(gate)
        leaver = asyncio.create_task(world.deliver(request("/a")))
        await gate.arrived.wait()
        stayer = asyncio.create_task(world.deliver(request("/a")))
        leaver.cancel()
        gate.opened.set()
        return await stayer

    assert asyncio.run(run()).body == b"hello"
