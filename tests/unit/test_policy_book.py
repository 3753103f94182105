from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adaptive.delivery.changes import ChangeLog
from adaptive.delivery.policy import Enacted, Policy
from adaptive.delivery.policy_book import CURRENT, PolicyBook, history_key
from adaptive.errors import ConflictError, PolicyError, UnavailableError
from adaptive.ports import Versioned
from tests.fakes import InMemoryVersionedStore
from tests.faults import Fault, FaultyVersions, Worker
from tests.samples import INITIAL

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def put(book: PolicyBook, replacing: int, *, who: str = "me", **changes: Any) -> Enacted:
    draft = INITIAL.model_copy(update=changes)
    return book.put(draft, replacing=replacing, who=who, why="because", at=AT)


def test_before_anything_is_put_there_is_no_policy() -> None:
    book = PolicyBook(InMemoryVersionedStore())
    assert (book.current(), book.version, book.history()) == (None, 0, [])
    with pytest.raises(PolicyError, match="no version 1"):
        book.at(1)


def test_every_version_is_kept_with_who_why_and_when() -> None:
    book = PolicyBook(InMemoryVersionedStore())
    first = put(book, 0, kill=True)
    second = put(book, 1, holdout_share=0.2)
    assert (first.policy.version, second.policy.version) == (1, 2)
    assert (second.who, second.why, second.at) == ("me", "because", AT)
    assert book.current() == second
    assert book.history() == [second, first]
    assert book.at(1) == first


def test_putting_writes_to_the_change_log() -> None:
    store = InMemoryVersionedStore()
    put(PolicyBook(store), 0)
    [change] = ChangeLog(store).between(AT, AT)
    assert (change.kind, change.name, change.who, change.why) == ("policy", "v1", "me", "because")


def test_who_replaces_what_is_no_longer_in_force_is_told() -> None:
    book = PolicyBook(InMemoryVersionedStore())
    put(book, 0)
    for stale in (0, 2):
        with pytest.raises(ConflictError, match="version 1 is in force"):
            put(book, stale)
    assert book.version == 1


def test_a_draft_that_is_no_policy_is_refused() -> None:
    book = PolicyBook(InMemoryVersionedStore())
    with pytest.raises(PolicyError, match=r"policy.holdout_share: "):
        put(book, 0, holdout_share=7)
    assert book.version == 0


def test_without_a_name_or_a_reason_nothing_is_put() -> None:
    book = PolicyBook(InMemoryVersionedStore())
    with pytest.raises(PolicyError, match="who"):
        put(book, 0, who="")
    assert book.version == 0


def test_a_version_that_cannot_be_read_can_be_replaced() -> None:
    store = InMemoryVersionedStore()
    book = PolicyBook(store)
    put(book, 0)
    for key in (CURRENT, history_key(2)):
        store.items[key] = Versioned(b'{"of": "a later version of the code"}', 2)
    with pytest.raises(PolicyError):
        book.current()
    assert book.version == 2
    assert [each.policy.version for each in book.history()] == [1]
    new = put(book, 2, kill=True)
    assert book.current() == new
    assert new.policy.version == 3


def test_a_table_that_is_down_says_so() -> None:
    with pytest.raises(UnavailableError):
        put(PolicyBook(InMemoryVersionedStore(down=True)), 0)


steps = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(list(Fault))), min_size=1, max_size=40
)


@given(steps=steps)
@settings(deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_fails_while_three_put_at_once_the_history_is_whole_and_the_log_agrees(
    steps: list[tuple[int, Fault]],
) -> None:
    store = InMemoryVersionedStore()
    outcomes: list[str] = []

    def operator(number: int, worker: Worker) -> None:
        book = PolicyBook(FaultyVersions(store, worker))
        replacing = book.version
        new = put(book, replacing, who=f"operator-{number}", holdout_share=number / 10)
        outcomes.append(new.who)

    workers = [Worker(partial(operator, number)) for number in range(3)]
    for number, fault in steps:
        if not workers[number].finished:
            workers[number].step(fault)
    for worker in workers:
        worker.run()

    book = PolicyBook(store)
    last = put(book, book.version if not _pending(store) else book.version + 1)
    history = book.history()
    assert [each.policy.version for each in history] == list(range(len(history), 0, -1))
    assert history[0] == last == book.current()
    assert set(outcomes) <= {each.who for each in history}
    logged = [change.name for change in ChangeLog(store).between(AT, AT.replace(hour=10))]
    assert sorted(logged) == sorted(f"v{each.policy.version}" for each in history)


def _pending(store: InMemoryVersionedStore) -> bool:
    current = store.items.get(CURRENT)
    return history_key((current.version if current else 0) + 1) in store.items


def test_a_policy_is_what_it_was_put_as_but_for_its_version() -> None:
    book = PolicyBook(InMemoryVersionedStore())
    new = put(book, 0, version=77, kill=True)
    assert new.policy == Policy(**{**INITIAL.model_dump(), "version": 1, "kill": True})
