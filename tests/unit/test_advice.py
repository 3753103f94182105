"""The life of advice: proposed, decided about once, and measured against what was forecast."""

from datetime import timedelta
from typing import Any

import pytest

from adaptive.delivery.changes import ChangeLog
from adaptive.delivery.policy_book import PolicyBook
from adaptive.errors import AdviceError, PolicyError
from adaptive.monitoring.dimension import Cell
from adaptive.ports import Versioned, Write
from adaptive.prediction import published
from adaptive.prediction.advice.accepting import accept
from adaptive.prediction.advice.book import Advice, AdviceBook
from adaptive.prediction.advice.outcome import due_at, outcome
from adaptive.prediction.advice.recommendation import Kind, Recommendation
from adaptive.prediction.cloud import FAMILY as CLOUD
from adaptive.prediction.history import History
from tests.advice_world import AT, HOUR, forecast, given, only, past, seen, views
from tests.fakes import InMemoryVersionedStore
from tests.samples import INITIAL

SIGNED: dict[str, Any] = {"who": "kim", "why": "the sale"}
SLOW = forecast("connection", "slow", "lcp_ms", [2_000] * 14 + [3_000] + [2_000] * 10, breach=0.9)
SLOW_CELL = Cell("connection", "slow")
LOWER = only(given(SLOW, recent={Cell("tier", "full"): seen(500)}), Kind.LOWER_AIM)
SHARDS = only(given(views(700_000), requests_per_second=10_000), Kind.RAISE_SHARDS)


@pytest.fixture
def store() -> InMemoryVersionedStore:
    return InMemoryVersionedStore()


@pytest.fixture
def book(store: InMemoryVersionedStore) -> AdviceBook:
    key = published.key(SLOW.family, SLOW.value, SLOW.measure)
    body = SLOW.model_dump_json().encode()
    store.write([Write(key, Versioned(body, 1), None, 2**40)])
    return AdviceBook(store)


@pytest.fixture
def policies() -> PolicyBook:
    return PolicyBook(InMemoryVersionedStore())


def states(book: AdviceBook) -> list[str]:
    return [each.state for each in book.all()]


def test_what_is_found_again_is_proposed_once_and_as_it_is_now(book: AdviceBook) -> None:
    assert book.publish([LOWER], AT) == 1
    newer = LOWER.model_copy(update={"title": "as it is now"})
    assert book.publish([newer], AT + timedelta(hours=1)) == 1
    [one] = book.all()
    assert (one.first_at, one.last_at) == (AT, AT + timedelta(hours=1))
    assert one.recommendation.title == "as it is now"


def test_what_is_no_longer_found_lapses_and_may_come_again(book: AdviceBook) -> None:
    book.publish([LOWER, SHARDS], AT)
    book.publish([SHARDS], AT + timedelta(hours=1))
    assert sorted(states(book)) == ["lapsed", "proposed"]
    with pytest.raises(AdviceError, match="is lapsed, not proposed"):
        book.open(LOWER.id)
    book.publish([LOWER], AT + timedelta(hours=2))
    assert book.open(LOWER.id).first_at == AT + timedelta(hours=2)


def test_what_was_dismissed_rests_for_a_week(book: AdviceBook) -> None:
    book.publish([LOWER], AT)
    book.decide(LOWER.id, "dismissed", **SIGNED, at=AT)
    assert book.publish([LOWER], AT + timedelta(days=6)) == 0
    assert book.publish([LOWER], AT + timedelta(days=8)) == 1


@pytest.mark.parametrize(
    ("advice_id", "signed", "fault"),
    [
        ("lower_aim.fast", SIGNED, "nothing was recommended that is called lower_aim.fast"),
        (LOWER.id, {"who": "", "why": "the sale"}, "who: "),
        (LOWER.id, {"who": "kim", "why": "a\nb"}, "why: "),
    ],
)
def test_a_decision_needs_something_to_decide_about_somebody_and_a_reason(
    book: AdviceBook, advice_id: str, signed: dict[str, Any], fault: str
) -> None:
    book.publish([LOWER], AT)
    with pytest.raises(AdviceError, match=fault):
        book.decide(advice_id, "dismissed", **signed, at=AT)
    assert states(book) == ["proposed"]


def test_what_cannot_be_read_is_left_out(book: AdviceBook, store: InMemoryVersionedStore) -> None:
    store.write([Write(("advice", "odd"), Versioned(b"{}", 1), None, 2**40)])
    book.publish([LOWER], AT)
    assert states(book) == ["proposed"]


def accepted(book: AdviceBook, policies: PolicyBook, each: Recommendation = LOWER) -> Advice:
    book.publish([each], AT)
    return accept(book, policies, INITIAL, each.id, **SIGNED, at=AT)


def test_accepting_puts_the_policy_in_force_with_who_and_why(
    book: AdviceBook, policies: PolicyBook
) -> None:
    advice = accepted(book, policies)
    current = policies.current()
    assert current is not None
    assert current.policy.target_lcp_ms == {"slow": 1_050.0}
    assert (current.who, current.why) == ("kim", "lower_aim.slow: the sale")
    assert (advice.state, advice.policy_version) == ("accepted", 1)
    assert advice.forecast == SLOW
    [change] = ChangeLog(policies.store).between(AT - timedelta(1), AT + timedelta(1))
    assert (change.kind, change.name) == ("policy", "v1")
    with pytest.raises(AdviceError, match="is accepted, not proposed"):
        accept(book, policies, INITIAL, LOWER.id, **SIGNED, at=AT)
    assert policies.version == 1


def test_accepting_what_is_not_the_policys_changes_no_policy(
    book: AdviceBook, policies: PolicyBook
) -> None:
    assert accepted(book, policies, SHARDS).policy_version is None
    assert policies.version == 0


def test_accepting_without_a_name_changes_nothing(book: AdviceBook, policies: PolicyBook) -> None:
    book.publish([LOWER], AT)
    with pytest.raises(PolicyError):
        accept(book, policies, INITIAL, LOWER.id, who="", why="x", at=AT)
    assert (policies.version, states(book)) == (0, ["proposed"])


def measured(values: list[float]) -> dict[Cell, History]:
    """LCPs from the hour that the forecast begins with on."""
    history = past({"lcp_ms": [1.0]})
    for place, value in enumerate(values):
        history.put(HOUR + place, {"lcp_ms": value})
    return {SLOW_CELL: history}


@pytest.mark.parametrize(
    ("worst_ms", "verdict", "breached"),
    [(2_300, "better", False), (2_900, "as_forecast", True), (3_700, "worse", True)],
)
def test_what_came_is_held_against_what_was_forecast_at_its_worst(
    book: AdviceBook, policies: PolicyBook, worst_ms: float, verdict: str, *, breached: bool
) -> None:
    advice = accepted(book, policies)
    came = outcome(advice, measured([1_900] * 14 + [worst_ms] + [1_900] * 9), AT)
    assert (came.verdict, came.breached, came.measured) == (verdict, breached, worst_ms)
    assert came.forecast is not None
    assert came.forecast.expected == 3_000
    assert came.hours == 23  # the hour of the acceptance is not whole


def test_nothing_measured_tells_nothing(book: AdviceBook, policies: PolicyBook) -> None:
    advice = accepted(book, policies)
    assert outcome(advice, {}, AT).verdict == "unknown"
    without = advice.model_copy(update={"forecast": None})
    assert outcome(without, measured([1_900] * 20), AT).verdict == "unknown"


@pytest.mark.parametrize(("throttles", "verdict"), [(0.0, "held"), (3.0, "throttled")])
def test_room_is_judged_by_whether_it_was_enough(
    book: AdviceBook, policies: PolicyBook, throttles: float, verdict: str
) -> None:
    advice = accepted(book, policies, SHARDS)
    history = past({"throttles": [9.0]})
    for place in range(30):
        history.put(HOUR + place, {"throttles": throttles if place == 20 else 0.0})
    cell = Cell(CLOUD, "beacons")
    assert outcome(advice, {cell: history}, AT + timedelta(hours=30)).verdict == verdict


def test_it_is_told_once_the_trouble_would_have_been_there(
    book: AdviceBook, policies: PolicyBook
) -> None:
    advice = accepted(book, policies)
    assert due_at(advice) == AT + timedelta(hours=26)
    later = LOWER.model_copy(update={"due_at": AT + timedelta(hours=60)})
    assert due_at(advice.model_copy(update={"recommendation": later})) == AT + timedelta(hours=62)


def test_what_came_is_kept_and_the_trouble_may_be_proposed_against_again(
    book: AdviceBook, policies: PolicyBook
) -> None:
    advice = accepted(book, policies)
    assert book.publish([LOWER], AT + timedelta(hours=1)) == 0
    book.settle(advice, outcome(advice, measured([1_900] * 24), AT))
    assert states(book) == ["measured"]
    assert book.publish([LOWER], AT + timedelta(hours=30)) == 1
    assert states(book) == ["proposed", "measured"]


def test_what_can_be_decided_about_is_shown_first_the_most_useful_of_it_first(
    book: AdviceBook,
) -> None:
    book.publish([SHARDS], AT)
    book.decide(SHARDS.id, "dismissed", **SIGNED, at=AT)
    cheap = SHARDS.model_copy(update={"subject": "cheap", "probability": 0.01})
    book.publish([cheap, LOWER], AT + timedelta(hours=1))
    assert [each.id for each in book.all()] == [LOWER.id, cheap.id, SHARDS.id]
