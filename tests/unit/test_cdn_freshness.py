from email.utils import formatdate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.cdn.freshness import Freshness, freshness
from local.cdn.messages import Answer
from local.cdn.policies import CachePolicy
from tests.cdn_samples import NEVER

NOW_S = 1_800_000_000
FROM_ZERO = CachePolicy(min_ttl_s=0, default_ttl_s=300, max_ttl_s=1000)
FROM_SIXTY = CachePolicy(min_ttl_s=60, default_ttl_s=30, max_ttl_s=1000)
DROPPED = Freshness(keep=False)


def life(
    policy: CachePolicy, *, status: int = 200, error_ttl_s: float = 10, **headers: str
) -> Freshness:
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return freshness(Answer(status, named), policy, now_s=NOW_S, error_ttl_s=error_ttl_s)


def expires(in_s: int) -> str:
    return formatdate(NOW_S + in_s, usegmt=True)


@pytest.mark.parametrize(
    "word", ["no-store", "private", "Private, max-age=60", "max-age=9, NO-STORE"]
)
def test_what_is_not_for_shared_caches_is_not_kept(word: str) -> None:
    assert life(FROM_ZERO, cache_control=word) == DROPPED


@pytest.mark.parametrize("word", ["no-store", "private", "no-cache"])
def test_a_minimum_above_zero_overrides_the_origins_refusal(word: str) -> None:
    assert life(FROM_SIXTY, cache_control=word) == Freshness(keep=True, ttl_s=60)


def test_no_cache_is_kept_and_confirmed_each_time() -> None:
    assert life(FROM_ZERO, cache_control="no-cache") == Freshness(keep=True, ttl_s=0)


@pytest.mark.parametrize(
    ("policy", "headers", "ttl_s"),
    [
        # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Expiration.html
        (FROM_ZERO, {"cache_control": "max-age=50"}, 50),
        (FROM_ZERO, {"cache_control": "max-age=5000"}, 1000),
        (FROM_ZERO, {}, 300),
        (FROM_ZERO, {"cache_control": "max-age=50, s-maxage=70"}, 70),
        (FROM_ZERO, {"cache_control": "s-maxage=5000, max-age=50"}, 1000),
        (FROM_ZERO, {"expires": expires(40)}, 40),
        (FROM_ZERO, {"expires": expires(5000)}, 1000),
        (FROM_ZERO, {"expires": expires(-40)}, 0),
        (FROM_ZERO, {"cache_control": "max-age=50", "expires": expires(900)}, 50),
        (FROM_SIXTY, {"cache_control": "max-age=50"}, 60),
        (FROM_SIXTY, {"cache_control": "max-age=70"}, 70),
        (FROM_SIXTY, {"cache_control": "max-age=5000"}, 1000),
        (FROM_SIXTY, {}, 60),
        (FROM_SIXTY, {"cache_control": "max-age=900, s-maxage=1"}, 60),
        (FROM_SIXTY, {"expires": expires(1)}, 60),
        # what nobody can read is stale
        (FROM_ZERO, {"cache_control": "max-age=soon"}, 0),
        (FROM_ZERO, {"cache_control": "max-age=-1"}, 0),
        (FROM_ZERO, {"cache_control": "max-age=" + "9" * 5000}, 1000),
        (FROM_ZERO, {"expires": "0"}, 0),
        (FROM_ZERO, {"expires": "yesterday"}, 0),
        (FROM_ZERO, {"cache_control": 'max-age="50"'}, 50),
        (FROM_ZERO, {"cache_control": "public, immutable"}, 300),
    ],
)
def test_the_lifetime_follows_cloudfronts_table(
    policy: CachePolicy, headers: dict[str, Any], ttl_s: float
) -> None:
    assert life(policy, **headers) == Freshness(keep=True, ttl_s=ttl_s)


def test_a_maximum_of_zero_switches_caching_off() -> None:
    assert life(NEVER, cache_control="max-age=60") == DROPPED


@pytest.mark.parametrize("status", [206, 304])
def test_parts_are_not_kept(status: int) -> None:
    assert life(FROM_ZERO, status=status) == DROPPED


def test_what_varies_by_everything_is_not_kept() -> None:
    assert life(FROM_ZERO, vary="*") == DROPPED


@pytest.mark.parametrize("status", [404, 414, 500, 501, 502, 503, 504])
def test_these_errors_are_kept_for_the_error_minimum(status: int) -> None:
    assert life(FROM_ZERO, status=status) == Freshness(keep=True, ttl_s=10)


@pytest.mark.parametrize("status", [400, 403, 405, 412, 415])
def test_these_errors_are_kept_only_if_the_origin_says_how_long(status: int) -> None:
    assert life(FROM_ZERO, status=status) == DROPPED
    assert life(FROM_ZERO, status=status, cache_control="max-age=60") == Freshness(
        keep=True, ttl_s=60
    )


def test_the_longer_of_the_error_minimum_and_the_origins_word_counts() -> None:
    assert life(FROM_ZERO, status=404, cache_control="max-age=3").ttl_s == 10
    assert life(FROM_ZERO, status=404, cache_control="max-age=30").ttl_s == 30


def test_an_error_that_forbids_it_is_not_kept() -> None:
    assert life(FROM_ZERO, status=404, cache_control="no-store") == DROPPED


def test_a_server_error_is_kept_even_if_it_forbids_it() -> None:
    assert life(FROM_ZERO, status=503, cache_control="no-store").ttl_s == 10


def test_other_errors_are_not_kept() -> None:
    assert life(FROM_ZERO, status=429) == DROPPED


@given(st.text(), st.text(), st.integers(200, 599))
def test_no_header_an_origin_sends_breaks_the_bounds(control: str, date: str, status: int) -> None:
    found = life(FROM_SIXTY, status=status, error_ttl_s=60, cache_control=control, expires=date)
    assert not found.keep or found.ttl_s >= 60
