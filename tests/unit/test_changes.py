from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from adaptive.delivery.changes import Change, ChangeLog
from adaptive.errors import UnavailableError
from adaptive.ports import Versioned
from tests.fakes import InMemoryVersionedStore

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
instants = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis adds the zone


def change(at: datetime = AT, **fields: str) -> Change:
    told = {"kind": "release", "name": "shop-1.4", "who": "ci", "why": "scheduled", **fields}
    return Change.model_validate({**told, "at": at})


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "rumour"},
        {"name": ""},
        {"name": "a#b"},
        {"who": ""},
        {"why": ""},
        {"why": "two\nlines"},
        {"why": "x" * 201},
        {"mood": "good"},
    ],
)
def test_a_change_without_its_facts_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Change.model_validate({**change().model_dump(), **fields})


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValidationError, match="timezone"):
        change(AT.replace(tzinfo=None))


@given(times=st.lists(instants, max_size=12), start=instants, end=instants)
def test_a_span_has_exactly_what_was_changed_in_it_in_order(
    times: list[datetime], start: datetime, end: datetime
) -> None:
    log = ChangeLog(InMemoryVersionedStore())
    for number, at in enumerate(times):
        log.append(change(at, name=f"r{number}"))
    found = [each.at for each in log.between(start, end)]
    assert found == sorted(at for at in times if start <= at <= end)


def test_both_ends_of_a_span_belong_to_it() -> None:
    log = ChangeLog(InMemoryVersionedStore())
    log.append(change())
    assert log.between(AT, AT) == [change()]


def test_the_same_change_appended_again_is_one() -> None:
    log = ChangeLog(InMemoryVersionedStore())
    assert log.append(change()) == log.append(change()) == change()
    assert log.between(AT, AT) == [change()]


def test_another_change_of_the_same_instant_is_kept_beside_it() -> None:
    log = ChangeLog(InMemoryVersionedStore())
    log.append(change(why="first"))
    second = log.append(change(why="second"))
    assert second.at == AT + timedelta(microseconds=1)
    assert [each.why for each in log.between(AT, second.at)] == ["first", "second"]


def test_an_entry_lies_under_its_month_and_instant_in_utc() -> None:
    store = InMemoryVersionedStore()
    local = datetime(2026, 12, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    ChangeLog(store).append(change(local, kind="policy", name="policy"))
    assert list(store.items) == [("changes#2026-11", "2026-11-30T23:30:00.000000Z#policy#policy")]


def test_what_a_later_version_wrote_is_left_out() -> None:
    store = InMemoryVersionedStore()
    log = ChangeLog(store)
    log.append(change())
    store.items["changes#2026-11", "2026-11-22T09:00:00.000000Z#treaty#x"] = Versioned(b"{}", 1)
    assert log.between(AT - timedelta(days=1), AT) == [change()]


def test_a_table_that_is_down_says_so() -> None:
    log = ChangeLog(InMemoryVersionedStore(down=True))
    with pytest.raises(UnavailableError):
        log.append(change())
    with pytest.raises(UnavailableError):
        log.between(AT, AT)
