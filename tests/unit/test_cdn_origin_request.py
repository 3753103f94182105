import pytest

from local.cdn.distribution import Behavior
from local.cdn.headers import Headers, value
from local.cdn.messages import ViewerRequest
from local.cdn.origin_request import OriginRequest, origin_request
from local.cdn.policies import CachePolicy, Choice, OriginRequestPolicy, Selection
from local.cdn.viewer_facts import with_viewer_facts
from tests.cdn_samples import CACHED, NEVER, TEXT, behavior, request

PHONE = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/141.0.0.0 Mobile Safari/537.36"
)
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
IPAD = "Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
DESKTOP = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/141.0.0.0 Safari/537.36"

VIEWER: Headers = (
    ("host", "localhost:8080"),
    ("user-agent", PHONE),
    ("accept", "*/*"),
    ("accept-encoding", "gzip, deflate, br"),
    ("authorization", "Bearer secret"),
    ("cookie", "ae_sid=s; other=1; ae_tier=lite"),
    ("origin", "http://localhost:8080"),
    ("referer", "http://localhost:8080/"),
    ("if-none-match", '"v1"'),
    ("range", "bytes=0-1"),
    ("connection", "keep-alive, x-hop"),
    ("x-hop", "1"),
    ("te", "trailers"),
    ("x-amz-cf-id", "forged"),
    ("x-forwarded-proto", "https"),
)
ALWAYS = {"user-agent", "x-forwarded-for", "via", "x-amz-cf-id"}


def sent(chosen: Behavior, viewer: ViewerRequest | None = None) -> OriginRequest:
    return origin_request(viewer or request(headers=VIEWER), chosen, via="1.1 cdn")


def listed(*names: str) -> Selection:
    return Selection(Choice.LISTED, frozenset(names))


def test_without_policies_nothing_of_the_viewer_reaches_the_origin() -> None:
    headers = dict(sent(behavior()).headers)
    assert set(headers) == ALWAYS
    assert headers["user-agent"] == "Amazon CloudFront"
    assert headers["x-amz-cf-id"] == "request-1"
    assert headers["x-forwarded-for"] == "192.0.2.7"


def test_even_all_viewer_headers_are_not_those_of_one_hop_or_of_a_part() -> None:
    policy = OriginRequestPolicy(headers=Selection(Choice.ALL_VIEWER))
    names = [name for name, _ in sent(behavior(origin_request_policy=policy)).headers]
    assert len(names) == len(set(names))
    assert not {
        *("connection", "te", "x-hop", "host", "range", "if-none-match", "x-forwarded-proto")
    } & set(names)
    assert {"accept", "referer", "authorization", "user-agent"} <= set(names)


def test_what_the_viewer_forged_about_the_hops_is_replaced_or_extended() -> None:
    headers = sent(
        behavior(), request(headers=(("x-forwarded-for", "1.1.1.1"), ("via", "1.1 x")))
    ).headers
    assert value(headers, "x-forwarded-for") == "1.1.1.1, 192.0.2.7"
    assert value(headers, "via") == "1.1 x, 1.1 cdn"


def test_what_either_policy_lists_reaches_the_origin() -> None:
    chosen = behavior(
        CachePolicy(0, 60, 60, headers=listed("accept"), cookies=listed("ae_tier")),
        origin_request_policy=OriginRequestPolicy(
            headers=listed("origin", "user-agent"), cookies=listed("ae_sid")
        ),
    )
    headers = dict(sent(chosen).headers)
    assert headers["accept"] == "*/*"
    assert headers["origin"] == "http://localhost:8080"
    assert headers["user-agent"] == PHONE
    assert headers["cookie"] == "ae_sid=s; ae_tier=lite"
    assert "referer" not in headers


def test_query_parameters_are_picked_by_name() -> None:
    chosen = behavior(
        CachePolicy(0, 60, 60, query_strings=listed("size")),
        origin_request_policy=OriginRequestPolicy(query_strings=listed("debug")),
    )
    assert sent(chosen, request(query="size=1&utm=x&debug&size=2")).query == "size=1&debug&size=2"
    assert sent(behavior(), request(query="size=1")).query == ""


@pytest.mark.parametrize(
    ("policy", "accepted", "forwarded"),
    [
        (TEXT, "gzip, deflate, br", "br,gzip"),
        (TEXT, "zstd", "identity"),
        (TEXT, "", ""),
        (CACHED, "gzip", ""),
    ],
)
def test_the_origin_sees_normalised_encodings_only_where_enabled(
    policy: CachePolicy, accepted: str, forwarded: str
) -> None:
    viewer = request(headers=(("accept-encoding", accepted),))
    assert value(sent(behavior(policy), viewer).headers, "accept-encoding") == forwarded


def test_a_body_travels_with_its_type() -> None:
    viewer = request(method="POST", headers=(("content-type", "text/plain"),), body=b"{}")
    posted = sent(behavior(NEVER), viewer)
    assert posted.body == b"{}"
    assert value(posted.headers, "content-type") == "text/plain"


FACTS = (
    "cloudfront-viewer-country",
    "cloudfront-viewer-country-region",
    "cloudfront-viewer-asn",
    "cloudfront-is-mobile-viewer",
    "cloudfront-is-tablet-viewer",
)
ASKING = behavior(
    origin_request_policy=OriginRequestPolicy(
        headers=listed(*FACTS, "cloudfront-is-desktop-viewer")
    )
)


def facts(agent: str, chosen: Behavior = ASKING, *more: tuple[str, str]) -> dict[str, str]:
    viewer = request(headers=(("user-agent", agent), *more))
    described = with_viewer_facts(viewer, chosen, country="AT")
    return {
        name.removeprefix("cloudfront-"): text
        for name, text in sent(chosen, described).headers
        if name.startswith("cloudfront-")
    }


def test_what_a_viewer_says_in_cloudfronts_name_is_overwritten() -> None:
    forged = (("cloudfront-viewer-country", "XX"), ("cloudfront-viewer-asn", "1"))
    told = facts(DESKTOP, ASKING, *forged, ("cloudfront-viewer-country-region", "9"))
    assert (told["viewer-country"], told["viewer-asn"]) == ("AT", "64496")
    assert "viewer-country-region" not in told


def test_facts_nobody_asked_for_are_not_sent() -> None:
    assert facts(PHONE, behavior()) == {}


@pytest.mark.parametrize(
    ("agent", "kinds"),
    [
        (PHONE, {"mobile"}),
        (IPHONE, {"mobile"}),
        (IPAD, {"mobile", "tablet"}),
        (DESKTOP, {"desktop"}),
        ("", {"desktop"}),
    ],
)
def test_devices_are_told_by_their_user_agent(agent: str, kinds: set[str]) -> None:
    told = facts(agent)
    flags = {
        kind for kind in ("mobile", "tablet", "desktop") if told[f"is-{kind}-viewer"] == "true"
    }
    assert flags == kinds
