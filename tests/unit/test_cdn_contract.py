import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.cdn.edge_contract import EdgeContractError, accept, exposed
from local.cdn.messages import Answer, ViewerRequest
from tests.cdn_samples import request

SENT = request(
    query="size=large",
    headers=(
        ("host", "shop.example"),
        ("accept", "image/avif"),
        ("cookie", "a=1"),
        ("cookie", "b=2"),
        ("via", "1.1 proxy"),
        ("connection", "keep-alive"),
    ),
)


def returned(**changes: Any) -> dict[str, Any]:
    """What a function returns that passes the request on, but for these changes."""
    same = {
        "clientIp": SENT.client_ip,
        "headers": exposed(SENT.headers),
        "method": SENT.method,
        "querystring": SENT.querystring,
        "uri": SENT.uri,
    }
    return same | changes


def with_header(name: str, value: object = "x") -> dict[str, Any]:
    return returned(headers={**exposed(SENT.headers), name: [{"key": name, "value": value}]})


@pytest.mark.parametrize(
    "name",
    [
        *("connection", "expect", "keep-alive", "proxy-authorization", "proxy-x", "trailer"),
        *("upgrade", "x-accel-redirect", "x-amz-cf-id", "x-amzn-requestid", "x-cache"),
        *("x-edge-location", "x-forwarded-proto", "x-real-ip"),
    ],
)
def test_a_disallowed_header_cannot_be_added(name: str) -> None:
    with pytest.raises(EdgeContractError, match=f"{name} is disallowed"):
        accept(with_header(name), SENT)


@pytest.mark.parametrize("name", ["cdn-loop", "content-length", "host", "transfer-encoding", "via"])
def test_a_read_only_header_cannot_be_changed(name: str) -> None:
    with pytest.raises(EdgeContractError, match=f"{name} is read-only"):
        accept(with_header(name, "other"), SENT)


def test_a_read_only_header_cannot_be_removed() -> None:
    headers = exposed(SENT.headers)
    del headers["host"]
    with pytest.raises(EdgeContractError, match="host is read-only"):
        accept(returned(headers=headers), SENT)


def test_the_viewers_country_cannot_be_added() -> None:
    with pytest.raises(EdgeContractError, match="cloudfront-viewer-country"):
        accept(with_header("cloudfront-viewer-country", "AT"), SENT)


@pytest.mark.parametrize(
    "changes",
    [
        {"uri": "img/hero.jpg"},
        {"uri": ""},
        {"uri": None},
        {"uri": "/img/hero.jpg?size=1"},
        {"uri": "/img/hero.jpg#top"},
        {"uri": "/img/a hero.jpg"},
        {"uri": "/img/\r\nx-injected: 1"},
        {"uri": "/\ud800"},
        {"uri": "/" + "a" * 8192},
        {"uri": "/" + "é" * 4096},
        {"querystring": "a=1#b"},
        {"querystring": "a b"},
        {"querystring": 7},
        {"querystring": "a" * 8192},
        {"method": "POST"},
        {"method": None},
        {"clientIp": "203.0.113.9"},
        {"headers": None},
        {"headers": []},
        {"headers": {"Accept": [{"value": "x"}]}},
        {"headers": {"": [{"value": "x"}]}},
        {"headers": {"accept": "x"}},
        {"headers": {"accept": [{"key": "Accept"}]}},
        {"headers": {"accept": [{"key": "Other", "value": "x"}]}},
        {"headers": {"accept": [{"value": 1}]}},
        {"headers": {"accept": [{"value": "a\r\nb: c"}]}},
        {"headers": {"accept": [{"value": "\u20ac"}]}},
        {"origin": {"s3": {}}},
        {"body": {"action": "replace"}},
    ],
)
def test_a_request_that_breaks_a_rule_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(EdgeContractError):
        accept(returned(**changes), SENT)


@pytest.mark.parametrize("value", [None, "", [], 7, "uri"])
def test_what_is_no_object_is_refused(value: object) -> None:
    with pytest.raises(EdgeContractError, match="not a request or response"):
        accept(value, SENT)


@pytest.mark.parametrize(
    "response",
    [
        {"status": "99"},
        {"status": "600"},
        {"status": "ok"},
        {"status": True},
        {"status": "204", "body": "x"},
        {"status": "200", "body": 7},
        {"status": "200", "body": "x" * 40_961},
        {"status": "200", "body": "not base64!", "bodyEncoding": "base64"},
        {"status": "200", "body": "x", "bodyEncoding": "zip"},
        {"status": "200", "body": "\ud800"},
        {"status": "200", "headers": {"via": [{"value": "x"}]}},
        {"status": "200", "headers": {"x-cache": [{"value": "x"}]}},
        {"status": "200", "headers": {"x-large": [{"value": "x" * 41_000}]}},
        {"status": "200", "uri": "/"},
    ],
)
def test_a_response_that_breaks_a_rule_is_refused(response: dict[str, Any]) -> None:
    with pytest.raises(EdgeContractError):
        accept(response, SENT)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_whatever_json_comes_back_is_accepted_or_refused_by_name(value: Any) -> None:
    with contextlib.suppress(EdgeContractError):
        assert isinstance(accept(value, SENT), ViewerRequest | Answer)


@given(
    st.fixed_dictionaries(
        {
            "uri": st.text(),
            "querystring": st.text(),
            "headers": st.dictionaries(
                st.text(), st.lists(st.dictionaries(st.sampled_from(["key", "value"]), st.text()))
            ),
        }
    )
)
def test_an_accepted_request_can_be_sent(changes: dict[str, Any]) -> None:
    headers = {**exposed(SENT.headers), **changes["headers"]}
    try:
        accepted = accept(returned(**changes | {"headers": headers}), SENT)
    except EdgeContractError:
        return
    assert isinstance(accepted, ViewerRequest)
    assert f"{accepted.uri}?{accepted.querystring}".encode()
    assert all(value.encode("latin-1").isascii() or value for _, value in accepted.headers)


def test_a_request_passed_on_unchanged_is_the_same_request() -> None:
    accepted = accept(returned(), SENT)
    assert isinstance(accepted, ViewerRequest)
    assert sorted(accepted.headers) == sorted(SENT.headers)
    assert (accepted.uri, accepted.querystring) == (SENT.uri, SENT.querystring)


def test_uri_query_and_headers_may_be_rewritten() -> None:
    accepted = accept(
        returned(uri="/img/hero.jpg/960w.lite.avif", querystring="")
        | {"headers": {**exposed(SENT.headers), "x-variant": [{"value": "lite"}]}},
        SENT,
    )
    assert isinstance(accepted, ViewerRequest)
    assert accepted.uri == "/img/hero.jpg/960w.lite.avif"
    assert accepted.querystring == ""
    assert ("x-variant", "lite") in accepted.headers


def test_a_function_does_not_see_disallowed_headers_and_the_request_keeps_them() -> None:
    assert "connection" not in exposed(SENT.headers)
    accepted = accept(returned(), SENT)
    assert isinstance(accepted, ViewerRequest)
    assert ("connection", "keep-alive") in accepted.headers


def test_repeated_headers_are_one_list() -> None:
    assert exposed(SENT.headers)["cookie"] == [
        {"key": "cookie", "value": "a=1"},
        {"key": "cookie", "value": "b=2"},
    ]


def test_a_function_may_answer_itself() -> None:
    answer = accept(
        {
            "status": 302,
            "statusDescription": "Found",
            "headers": {"location": [{"key": "Location", "value": "/new"}]},
            "body": "aGk=",
            "bodyEncoding": "base64",
        },
        SENT,
    )
    assert answer == Answer(302, (("location", "/new"),), b"hi")
