import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.cdn.headers import Headers, value
from local.cdn.messages import Answer
from local.cdn.partial import shortened
from tests.cdn_samples import request

BODY = b"0123456789"
MODIFIED = "Tue, 02 Jun 2026 10:00:00 GMT"
FOUND = Answer(
    200,
    (
        ("content-type", "text/plain"),
        ("content-length", "10"),
        ("etag", '"v1"'),
        ("last-modified", MODIFIED),
    ),
    BODY,
)


def got(*headers: tuple[str, str], method: str = "GET", found: Answer = FOUND) -> Answer:
    return shortened(request(method=method, headers=headers), found)


@pytest.mark.parametrize(
    "text",
    [
        *("bytes=", "bytes=-", "bytes=a-b", "items=0-1", "bytes 0-1", "bytes=5-2", "bytes=--1"),
        *("bytes=0-1,3-4", "bytes=0-1-2", "bytes=\u0661-", "bytes=" + "9" * 5000 + "-"),
    ],
)
def test_a_range_nobody_can_use_gets_the_whole(text: str) -> None:
    assert got(("range", text)) == FOUND


@pytest.mark.parametrize("text", ["bytes=10-", "bytes=10-20", "bytes=-0"])
def test_a_range_beyond_the_end_is_416_with_the_size(text: str) -> None:
    answer = got(("range", text))
    assert (answer.status, answer.body) == (416, b"")
    assert value(answer.headers, "content-range") == "bytes */10"


@pytest.mark.parametrize(
    ("text", "body", "content_range"),
    [
        ("bytes=0-0", b"0", "bytes 0-0/10"),
        ("bytes=2-4", b"234", "bytes 2-4/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=7-99", b"789", "bytes 7-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=-99", BODY, "bytes 0-9/10"),
    ],
)
def test_a_range_gets_its_part(text: str, body: bytes, content_range: str) -> None:
    answer = got(("range", text))
    assert (answer.status, answer.body) == (206, body)
    assert value(answer.headers, "content-range") == content_range


@given(st.integers(0, 20), st.integers(0, 20))
def test_a_part_is_what_slicing_the_whole_gives(first: int, last: int) -> None:
    answer = got(("range", f"bytes={first}-{last}"))
    if answer.status == 206:
        assert answer.body == BODY[first : last + 1]
    else:
        assert answer.status == (416 if first >= len(BODY) and first <= last else 200)


@pytest.mark.parametrize("condition", ['"v2"', 'W/"v1"', "Mon, 01 Jun 2026 10:00:00 GMT"])
def test_a_range_of_another_version_gets_the_whole(condition: str) -> None:
    assert got(("range", "bytes=0-1"), ("if-range", condition)) == FOUND


@pytest.mark.parametrize("condition", ['"v1"', MODIFIED])
def test_a_range_of_this_version_gets_its_part(condition: str) -> None:
    assert got(("range", "bytes=0-1"), ("if-range", condition)).status == 206


@pytest.mark.parametrize("condition", ['"v1"', 'W/"v1"', '"v0", "v1"', "*"])
def test_who_has_this_version_gets_304_without_content(condition: str) -> None:
    answer = got(("if-none-match", condition))
    assert (answer.status, answer.body) == (304, b"")
    assert value(answer.headers, "etag") == '"v1"'
    assert not value(answer.headers, "content-length")


def test_a_compressed_object_is_the_same_version() -> None:
    weak: Headers = (("etag", 'W/"v1"'),)
    assert got(("if-none-match", '"v1"'), found=Answer(200, weak, BODY)).status == 304


@pytest.mark.parametrize("condition", ['"v2"', "v1", "", '"v1', "nonsense"])
def test_who_has_another_version_gets_this_one(condition: str) -> None:
    assert got(("if-none-match", condition)) == FOUND


def test_tags_win_over_dates() -> None:
    assert got(("if-none-match", '"v2"'), ("if-modified-since", MODIFIED)) == FOUND


def test_dates_are_compared() -> None:
    assert got(("if-modified-since", MODIFIED)).status == 304
    assert got(("if-modified-since", "Mon, 01 Jun 2026 10:00:00 GMT")) == FOUND
    assert got(("if-modified-since", "yesterday")) == FOUND


@given(st.text(), st.text(), st.text())
def test_no_condition_a_viewer_sends_breaks_it(tag: str, date: str, part: str) -> None:
    answer = got(("if-none-match", tag), ("if-modified-since", date), ("range", part))
    assert answer.status in {200, 206, 304, 416}


def test_a_head_request_gets_no_part_and_errors_are_never_cut() -> None:
    assert got(("range", "bytes=0-1"), method="HEAD") == FOUND
    missing = Answer(404, FOUND.headers, BODY)
    assert got(("range", "bytes=0-1"), ("if-none-match", "*"), found=missing) == missing
    assert got(("if-none-match", "*"), method="POST") == FOUND
