from hypothesis import given
from hypothesis import strategies as st

from local.cdn.cache_key import cache_key, normalised_encodings
from local.cdn.headers import Headers
from local.cdn.policies import CachePolicy, Choice, Selection
from tests.cdn_samples import CACHED, TEXT, behavior, request

ANY_HEADERS = st.lists(
    st.tuples(
        st.sampled_from(["cookie", "accept", "user-agent", "x-ae-tier", "authorization", "dpr"]),
        st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF)),
    )
).map(tuple)


@given(ANY_HEADERS, st.text(), st.text())
def test_nothing_but_the_path_keys_the_cache_unless_the_policy_says_so(
    headers: Headers, query: str, other: str
) -> None:
    plain = cache_key(request(query=other), behavior())
    assert cache_key(request(query=query, headers=headers), behavior()) == plain


def test_another_path_is_another_object() -> None:
    assert cache_key(request("/a"), behavior()) != cache_key(request("/b"), behavior())


def test_another_origin_is_another_object() -> None:
    files, render = behavior(target_id="files"), behavior(target_id="render")
    assert cache_key(request(), files) != cache_key(request(), render)


def policy(kind: str, choice: Choice, *names: str) -> CachePolicy:
    selection = {kind: Selection(choice, frozenset(names))}
    return CachePolicy(0, 60, 60, **selection)  # type: ignore[arg-type] # one selection by name


def same(policy: CachePolicy, one: Headers | str, other: Headers | str) -> bool:
    chosen = behavior(policy)
    first, second = (
        request(query=each) if isinstance(each, str) else request(headers=each)
        for each in (one, other)
    )
    return cache_key(first, chosen) == cache_key(second, chosen)


def test_listed_headers_key_the_cache_by_their_values() -> None:
    by_language = policy("headers", Choice.LISTED, "accept-language")
    assert not same(by_language, (("accept-language", "de"),), (("accept-language", "en"),))
    assert same(by_language, (("accept", "a"),), (("accept", "b"),))


def test_listed_cookies_key_the_cache_wherever_they_stand() -> None:
    by_tier = policy("cookies", Choice.LISTED, "ae_tier")
    assert not same(by_tier, (("cookie", "ae_tier=lite"),), (("cookie", "ae_tier=full"),))
    assert same(by_tier, (("cookie", "sid=1; ae_tier=lite"),), (("cookie", "ae_tier=lite; sid=2"),))


def test_all_but_some_query_parameters_key_the_cache() -> None:
    all_but = policy("query_strings", Choice.ALL_EXCEPT, "utm_source")
    assert same(all_but, "a=1&utm_source=x", "a=1&utm_source=y")
    assert not same(all_but, "a=1", "a=2")
    assert not same(all_but, "a=1", "a=1&a=2")


def accepts(text: str, policy: CachePolicy = TEXT) -> str:
    return normalised_encodings((("accept-encoding", text),), policy)


def test_the_viewers_encodings_come_down_to_four_values() -> None:
    assert accepts("gzip, deflate, br, zstd") == "br,gzip"
    assert accepts("deflate, GZIP;q=0.5") == "gzip"
    assert accepts("br") == "br"
    assert accepts("identity") == ""
    assert accepts("") == ""


def test_an_encoding_refused_by_weight_is_not_taken() -> None:
    assert accepts("gzip;q=0, br;q=0.000") == ""
    assert accepts("gzip; q=0.001") == "gzip"


def test_encodings_the_policy_does_not_enable_do_not_count() -> None:
    assert accepts("gzip, br", CACHED) == ""


def test_encodings_key_the_cache_where_enabled() -> None:
    gzip, other = (("accept-encoding", "gzip"),), (("accept-encoding", "gzip, zstd"),)
    assert same(TEXT, gzip, other)
    assert not same(TEXT, gzip, ())
    assert same(CACHED, gzip, ())
