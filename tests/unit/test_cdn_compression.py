import gzip

import pytest

from local.cdn.compression import HAS_BROTLI, choose, compressed
from local.cdn.headers import value, without
from local.cdn.messages import Answer

BODY = b"<p>hello</p>" * 200


def page(body: bytes = BODY, *, status: int = 200, **headers: str) -> Answer:
    named = {"content-type": "text/html; charset=utf-8", "content-length": str(len(body))}
    named |= {name.replace("_", "-"): text for name, text in headers.items()}
    return Answer(status, tuple(named.items()), body)


@pytest.mark.parametrize(
    "answer",
    [
        page(b"x" * 999),
        page(b"x" * 10_000_001),
        page(content_type="image/jpeg"),
        page(content_type="text/unheard-of"),
        page(content_type=""),
        page(content_encoding="br"),
        page(content_encoding="identity"),
        page(status=500),
        Answer(200, without(page().headers, ["content-length"]), BODY),
    ],
)
def test_what_cloudfront_leaves_alone_is_left_alone(answer: Answer) -> None:
    assert compressed(answer, "gzip") == answer


def test_a_viewer_who_takes_nothing_gets_it_plain() -> None:
    assert compressed(page(), "") == page()


@pytest.mark.parametrize("size", [1000, 10_000])
@pytest.mark.parametrize("media_type", ["text/css", "TEXT/HTML", "image/svg+xml", "font/ttf"])
def test_text_of_the_right_size_is_compressed(size: int, media_type: str) -> None:
    body = b"x" * size
    answer = compressed(page(body, content_type=media_type), "gzip")
    assert gzip.decompress(answer.body) == body
    assert value(answer.headers, "content-encoding") == "gzip"
    assert value(answer.headers, "vary") == "Accept-Encoding"


def test_the_old_length_goes() -> None:
    assert not value(compressed(page(), "gzip").headers, "content-length")


@pytest.mark.parametrize(
    ("etag", "weakened"), [('"v1"', 'W/"v1"'), ('W/"v1"', 'W/"v1"'), ("v1", "")]
)
def test_a_strong_tag_becomes_weak_and_an_invalid_one_goes(etag: str, weakened: str) -> None:
    assert value(compressed(page(etag=etag), "gzip").headers, "etag") == weakened


def test_what_it_varied_by_before_stays() -> None:
    assert value(compressed(page(vary="Cookie"), "gzip").headers, "vary") == (
        "Cookie, Accept-Encoding"
    )
    assert value(compressed(page(vary="accept-encoding"), "gzip").headers, "vary") == (
        "accept-encoding"
    )


def test_errors_that_people_read_are_compressed() -> None:
    assert value(compressed(page(status=404), "gzip").headers, "content-encoding") == "gzip"


def test_brotli_is_preferred_where_it_is_installed() -> None:
    assert choose("br,gzip") == ("br" if HAS_BROTLI else "gzip")
    assert choose("br") == ("br" if HAS_BROTLI else "")
