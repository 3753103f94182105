from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptive.delivery.behaviour import Clock
from adaptive.delivery.clock import read

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
AT_MS = AT.timestamp() * 1_000
_MONTH_MS = 2_592_000_000


@pytest.mark.parametrize(
    ("ahead_ms", "word"),
    [
        (0, "right"),
        (-900, "right"),  # the beacon travelled for a second
        (60_000, "right"),
        (60_001, "skewed"),
        (-3_600_000, "skewed"),  # the device slept for an hour, and its stopwatch with it
        (86_400_000, "skewed"),
        (86_400_001, "absurd"),
        (-AT_MS, "absurd"),  # 1970
        (8.64e15 - AT_MS, "absurd"),  # the last date a browser can hold
        (-8.64e15 - AT_MS, "absurd"),
    ],
)
def test_a_clock_is_judged_and_the_start_of_the_view_stays_ours(ahead_ms: float, word: str) -> None:
    clock = Clock(started_at_ms=max(AT_MS - 5_000 + ahead_ms, -8.64e15), sent_after_ms=5_000)
    reading = read(clock, received_at=AT)
    assert reading.word == word
    assert reading.started_at == AT - timedelta(seconds=5)


def test_a_clock_that_is_set_while_the_page_is_open_moves_only_its_flag() -> None:
    first = read(Clock(started_at_ms=AT_MS, sent_after_ms=1_000), received_at=AT)
    set_back = Clock(started_at_ms=AT_MS - 7_200_000, sent_after_ms=11_000)
    second = read(set_back, received_at=AT + timedelta(seconds=10))
    assert first.started_at == second.started_at
    assert (first.word, second.word) == ("right", "skewed")


@given(
    st.floats(-8.64e15, 8.64e15),
    st.floats(0, _MONTH_MS),
    st.datetimes(datetime(2026, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_a_view_never_began_after_its_beacon_arrived_nor_a_month_before(
    started_at_ms: float, sent_after_ms: float, received_at: datetime
) -> None:
    clock = Clock(started_at_ms=started_at_ms, sent_after_ms=sent_after_ms)
    reading = read(clock, received_at=received_at)
    assert timedelta(0) <= received_at - reading.started_at <= timedelta(milliseconds=_MONTH_MS)
