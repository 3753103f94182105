import pytest

from local.cdn.distribution import Behavior
from local.cdn.headers import Headers, value, values
from local.cdn.messages import Answer
from local.cdn.policies import (
    Choice,
    OriginRequestPolicy,
    PolicyHeader,
    ResponseHeadersPolicy,
    Selection,
)
from local.cdn.viewer_answer import filtered, finished
from tests.cdn_samples import behavior, request

COOKIES: Headers = (("set-cookie", "ae_sid=1; Path=/"), ("set-cookie", "ae_tier=lite"))
FORWARDING = behavior(
    origin_request_policy=OriginRequestPolicy(
        cookies=Selection(Choice.LISTED, frozenset({"ae_sid"})),
        headers=Selection(Choice.LISTED, frozenset({"origin"})),
    )
)


def finish(answer: Answer, chosen: Behavior | None = None, *, method: str = "GET") -> Answer:
    return finished(
        answer, request(method=method), chosen or behavior(), via="1.1 cdn", now_s=1_800_000_000
    )


def policy(*added: PolicyHeader, removed: frozenset[str] = frozenset()) -> Behavior:
    return behavior(response_headers_policy=ResponseHeadersPolicy(added, removed))


def test_cookies_of_an_origin_that_gets_none_are_dropped() -> None:
    assert filtered(Answer(200, COOKIES), behavior()).headers == ()


def test_every_cookie_of_an_origin_that_gets_some_is_kept() -> None:
    answer = finish(filtered(Answer(200, COOKIES), FORWARDING), FORWARDING)
    assert list(values(answer.headers, "set-cookie")) == ["ae_sid=1; Path=/", "ae_tier=lite"]


def test_vary_keeps_only_what_can_differ_behind_this_behaviour() -> None:
    answer = Answer(200, (("vary", "Accept-Encoding, Origin, User-Agent"),))
    assert value(filtered(answer, FORWARDING).headers, "vary") == "Accept-Encoding, Origin"
    assert value(filtered(answer, behavior()).headers, "vary") == "Accept-Encoding"
    assert not value(filtered(Answer(200, (("vary", "Dpr"),)), behavior()).headers, "vary")


def test_the_policy_removes_first_and_then_adds() -> None:
    chosen = policy(PolicyHeader("server", "shop", override=False), removed=frozenset({"server"}))
    assert value(finish(Answer(200, (("server", "AmazonS3"),)), chosen).headers, "server") == "shop"


@pytest.mark.parametrize(("override", "expected"), [(True, "DENY"), (False, "SAMEORIGIN")])
def test_the_origins_header_stays_unless_the_policy_overrides_it(
    *, override: bool, expected: str
) -> None:
    chosen = policy(PolicyHeader("x-frame-options", "DENY", override=override))
    answer = finish(Answer(200, (("x-frame-options", "SAMEORIGIN"),)), chosen)
    assert value(answer.headers, "x-frame-options") == expected


def test_a_missing_header_is_added_either_way() -> None:
    chosen = policy(PolicyHeader("accept-ch", "DPR", override=False))
    assert value(finish(Answer(200), chosen).headers, "accept-ch") == "DPR"


def test_every_answer_says_where_it_came_by() -> None:
    headers = dict(finish(Answer(200, (("via", "origin"),), b"abc")).headers)
    assert headers["via"] == "1.1 cdn"
    assert headers["x-amz-cf-id"] == "request-1"
    assert headers["content-length"] == "3"
    assert headers["date"] == "Fri, 15 Jan 2027 08:00:00 GMT"


def test_an_answer_to_head_has_the_length_and_no_body() -> None:
    kept = Answer(200, (("content-length", "3"),), b"abc")
    answer = finish(kept, method="HEAD")
    assert (answer.body, value(answer.headers, "content-length")) == (b"", "3")
    asked_by_head = Answer(200, (("content-length", "7"),))
    assert value(finish(asked_by_head, method="HEAD").headers, "content-length") == "7"
