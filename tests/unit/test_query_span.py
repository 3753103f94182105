from datetime import UTC, datetime, timedelta

import pytest

from adaptive.errors import QueryError
from adaptive.monitoring.query.span import RANGES, Period, minute_of
from adaptive.monitoring.window import Resolution
from tests.query_world import DAY, HOUR, NOW, at


@pytest.mark.parametrize(
    ("period", "field"),
    [
        (Period("25h"), "range"),
        (Period("24h", step="2m"), "step"),
        (Period(last=at(NOW)), "to"),
        (Period("24h", first=at(NOW - HOUR)), "range"),
        (Period(first=at(NOW), last=at(NOW)), "from"),
        (Period(first=at(NOW + 1)), "from"),
        (Period(first=at(NOW - DAY), last=at(NOW + 2 * DAY)), "to"),
        (Period("24h", step="1m"), "step"),
        (Period("7d", step="5m"), "step"),
        (Period(first=at(NOW - 3 * DAY), last=at(NOW - 3 * DAY + HOUR), step="1m"), "step"),
        (Period(first=at(NOW - 15 * DAY), last=at(NOW - 15 * DAY + HOUR), step="5m"), "step"),
        (Period(first=datetime(1970, 1, 1, tzinfo=UTC)), "step"),
    ],
)
def test_what_cannot_be_answered_says_which_parameter(period: Period, field: str) -> None:
    with pytest.raises(QueryError) as caught:
        period.span(NOW)
    assert (caught.value.field, caught.value.status) == (field, 422)


@pytest.mark.parametrize(
    ("word", "step", "resolution"),
    [
        ("30m", 1, Resolution.MINUTE),
        ("6h", 1, Resolution.MINUTE),
        ("24h", 5, Resolution.FIVE),
        ("7d", 60, Resolution.HOUR),
        ("28d", 180, Resolution.HOUR),
        ("13mo", DAY, Resolution.HOUR),
    ],
)
def test_the_range_chooses_the_step(word: str, step: int, resolution: Resolution) -> None:
    span = Period(word).span(NOW)
    assert (span.step, span.resolution) == (step, resolution)


@pytest.mark.parametrize("word", RANGES)
def test_a_range_is_whole_steps_up_to_now(word: str) -> None:
    span = Period(word).span(NOW)
    assert span.start % span.step == span.end % span.step == 0
    assert span.start <= NOW + 1 - RANGES[word] < span.start + span.step
    assert span.end - span.step <= NOW < span.end


def test_thirteen_months_can_be_asked_for_by_the_hour() -> None:
    assert Period("13mo", step="1h").span(NOW).windows == pytest.approx(395 * 24, abs=1)


def test_an_instant_without_an_offset_is_utc() -> None:
    moment = at(NOW)
    assert minute_of(moment.replace(tzinfo=None)) == NOW
    assert minute_of(moment.astimezone(tz=None) + timedelta(seconds=59)) == NOW


def test_as_one_step_a_span_ends_where_it_would_otherwise() -> None:
    assert Period("7d").span(NOW, whole=True).step == 7 * DAY + HOUR
