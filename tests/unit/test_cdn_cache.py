from hypothesis import given
from hypothesis import strategies as st

from local.cdn.cache import Cache, Entry
from local.cdn.cache_key import CacheKey, cache_key
from local.cdn.messages import Answer
from tests.cdn_samples import behavior, request


def key(name: str) -> CacheKey:
    return cache_key(request(f"/{name}"), behavior())


def entry(size: int = 1000) -> Entry:
    return Entry(Answer(200, (), b"x" * size), stored_at_s=0, fresh_until_s=60)


def test_an_object_larger_than_the_cache_is_not_kept_and_drops_nothing() -> None:
    cache = Cache(5000)
    cache.put(key("a"), entry())
    cache.put(key("b"), entry(10_000))
    assert cache.get(key("b")) is None
    assert cache.get(key("a")) is not None


def test_a_larger_replacement_that_does_not_fit_drops_the_old_object() -> None:
    cache = Cache(5000)
    cache.put(key("a"), entry())
    cache.put(key("a"), entry(10_000))
    assert cache.get(key("a")) is None
    assert cache.size == 0


def test_the_least_recently_used_object_goes_first() -> None:
    cache = Cache(3 * entry().size)
    for name in "abc":
        cache.put(key(name), entry())
    cache.get(key("a"))
    cache.put(key("d"), entry())
    assert [cache.get(key(name)) is not None for name in "abcd"] == [True, False, True, True]


@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 4000), st.booleans())),
    st.integers(0, 9000),
)
def test_the_cache_never_holds_more_bytes_than_it_may(
    steps: list[tuple[str, int, bool]], capacity: int
) -> None:
    cache = Cache(capacity)
    for name, size, asked in steps:
        if asked:
            cache.get(key(name))
        else:
            cache.put(key(name), entry(size))
        kept = [found for found in map(cache.get, map(key, "abcdef")) if found]
        assert cache.size == sum(each.size for each in kept) <= capacity
        assert len(cache) == len(kept)


def test_an_entry_is_fresh_until_its_time_and_not_at_it() -> None:
    assert entry().is_fresh(59.9)
    assert not entry().is_fresh(60)
