"""Our fake and S3 agree on whose turn it is."""

import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from adaptive.aws.locks import S3Locks
from adaptive.errors import UnavailableError
from adaptive.ports import Locks
from tests.fakes import InMemoryLocks
from tests.functions.conftest import SITE

PATH = "/img/hero.jpg/640w.lite.avif"
Make = Callable[[Callable[[], float]], Locks]


@pytest.fixture(params=["fake", "s3"])
def make(request: pytest.FixtureRequest, aws: SimpleNamespace) -> Make:
    """The same locks, seen at the time that is given."""
    held: dict[str, float] = {}

    def made(now: Callable[[], float]) -> Locks:
        if request.param == "fake":
            return InMemoryLocks(30, now, held)
        return S3Locks(aws.s3, bucket=SITE, expires_s=30, now=now)

    return made


def later() -> float:
    return time.time() + 40


class TestLocks:
    def test_one_may_have_it(self, make: Make) -> None:
        locks = make(time.time)
        assert [locks.take(PATH) for _ in range(3)] == [True, False, False]

    def test_each_file_has_its_own(self, make: Make) -> None:
        locks = make(time.time)
        assert locks.take(PATH)
        assert locks.take(PATH + "x")

    def test_given_back_it_can_be_taken(self, make: Make) -> None:
        locks = make(time.time)
        locks.take(PATH)
        locks.give_back(PATH)
        assert locks.take(PATH)

    def test_giving_back_what_nobody_has_is_nothing(self, make: Make) -> None:
        make(time.time).give_back(PATH)

    def test_expired_it_is_taken_over_and_held_anew(self, make: Make) -> None:
        assert make(time.time).take(PATH)
        assert make(later).take(PATH)


def test_it_lies_beside_the_file(aws: SimpleNamespace) -> None:
    S3Locks(aws.s3, bucket=SITE, expires_s=30, now=time.time).take(PATH)
    [lock] = aws.s3.list_objects_v2(Bucket=SITE)["Contents"]
    assert lock["Key"] == "img/hero.jpg/640w.lite.avif.lock"


def test_a_missing_bucket_is_unavailable(aws: SimpleNamespace) -> None:
    locks = S3Locks(aws.s3, bucket="missing", expires_s=30, now=time.time)
    with pytest.raises(UnavailableError):
        locks.take(PATH)
    with pytest.raises(UnavailableError):
        locks.give_back(PATH)
