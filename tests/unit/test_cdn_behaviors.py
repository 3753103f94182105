import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.cdn.behaviors import choose, matches, normalised, refusal, with_root_object
from tests.cdn_samples import all_methods, behavior, behavior_config, config, read, request

SHOP = read(
    config(
        behavior_config(PathPattern="/rum", AllowedMethods=all_methods()),
        behavior_config(PathPattern="/img/*"),
        behavior_config(PathPattern="*.jpg"),
        behavior_config(PathPattern="/page-?.html"),
    )
)


def chosen(uri: str) -> str:
    return choose(SHOP, uri).pattern


@pytest.mark.parametrize(
    ("pattern", "path", "match"),
    [
        ("/img/*", "/img/", True),
        ("/img/*", "/img/a/b.jpg", True),
        ("/img/*", "/img", False),
        ("/img/*", "/IMG/a.jpg", False),
        ("img/*", "/img/a.jpg", True),
        ("*.jpg", "/deep/in/a.jpg", True),
        ("*.jpg", "/a.jpg/960w.lite.avif", False),
        ("/a?.css", "/ab.css", True),
        ("/a?.css", "/a.css", False),
        ("/a?.css", "/abc.css", False),
        ("/a.css", "/aXcss", False),
        ("/rum", "/rum/", False),
        ("*", "/anything", True),
        ("/[ab]*", "/a", False),
    ],
)
def test_patterns_match_as_cloudfronts_do(pattern: str, path: str, *, match: bool) -> None:
    assert matches(pattern, path) is match


def test_the_first_match_in_the_list_wins() -> None:
    assert chosen("/img/a.jpg") == "/img/*"
    assert chosen("/other/a.jpg") == "*.jpg"


def test_what_matches_nothing_gets_the_default() -> None:
    assert chosen("/page-10.html") == "*"
    assert chosen("/") == "*"


@pytest.mark.parametrize("uri", ["/img/../rum", "/./rum", "/%72um", "/img/%2e%2e/rum"])
def test_a_disguised_path_meets_the_behaviour_of_what_it_is(uri: str) -> None:
    assert chosen(uri) == "/rum"


@pytest.mark.parametrize(
    ("uri", "plain"),
    [
        ("/a/./b", "/a/b"),
        ("/a/b/..", "/a/"),
        ("/..", "/"),
        ("/../../a", "/a"),
        ("/a//b", "/a//b"),
        ("/%2Fa", "/%2Fa"),
        ("/a%7Eb", "/a~b"),
        ("/", "/"),
    ],
)
def test_paths_are_normalised_by_the_rfc(uri: str, plain: str) -> None:
    assert normalised(uri) == plain


@given(st.text(st.sampled_from("/.%2eE5Fab")))
def test_normalising_dots_away_leaves_none_and_a_slash_in_front(text: str) -> None:
    segments = normalised("/" + text).split("/")
    assert segments[0] == ""
    assert not {".", ".."} & set(segments)


def test_the_root_is_the_root_object_and_nothing_else_is() -> None:
    assert with_root_object("/", SHOP) == "/index.html"
    assert with_root_object("/blog/", SHOP) == "/blog/"


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (request("*", method="OPTIONS"), 400),
        (request("http://shop.example/img/a.jpg"), 400),
        (request("/img/a.jpg#top"), 400),
        (request(method="POST"), 403),
        (request(method="DELETE"), 403),
        (request(method="OPTIONS"), 403),
        (request(method="TRACE"), 405),
        (request(method="PURGE"), 405),
        (request("/" + "a" * 8192), 414),
        (request(query="a" * 8192), 414),
        (request(body=b"x"), 403),
    ],
)
def test_requests_that_may_not_pass_are_refused_as_cloudfront_does(
    asked: object, status: int
) -> None:
    answer = refusal(asked, behavior())  # type: ignore[arg-type] # parametrised
    assert answer is not None
    assert answer.status == status
    assert b"The request could not be satisfied" in answer.body
    assert ("x-cache", "Error from cloudfront") in answer.headers


def test_an_allowed_method_passes() -> None:
    assert refusal(request("/rum", method="POST", body=b"{}"), choose(SHOP, "/rum")) is None
    assert refusal(request(method="HEAD"), behavior()) is None


def test_the_error_page_escapes_what_it_shows() -> None:
    answer = refusal(request(method="<script>"), behavior())
    assert answer is not None
    assert b"<script>" not in answer.body
