from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from adaptive.prediction.calendar import Calendar, Event, forecast_local

BERLIN = ZoneInfo("Europe/Berlin")


def hour(year: int, month: int, day: int, hour_of_day: int = 0) -> int:
    return int(datetime(year, month, day, hour_of_day, tzinfo=UTC).timestamp()) // 3_600


def by_the_wall(calendar: Calendar, first: int, hours: int) -> list[float | None]:
    """100 views an hour, 500 from 20 to 21 o'clock local time."""
    return [500.0 if calendar.wall(at) % 24 == 20 else 100.0 for at in range(first, first + hours)]


def test_the_peak_stays_at_eight_in_the_evening_when_clocks_go_back() -> None:
    calendar = Calendar(BERLIN)
    first = hour(2026, 9, 20)
    until = hour(2026, 10, 24, 12)  # clocks go back in the night after it
    found = forecast_local(by_the_wall(calendar, first, until - first), first, calendar, hours=48)
    assert found is not None
    peaks = [until + at for at, value in enumerate(found.found.expected) if value > 400]
    assert peaks == [hour(2026, 10, 24, 18), hour(2026, 10, 25, 19)]


def test_the_peak_stays_at_eight_in_the_evening_when_clocks_go_forward() -> None:
    calendar = Calendar(BERLIN)
    first, until = hour(2026, 2, 20), hour(2026, 3, 28, 12)
    found = forecast_local(by_the_wall(calendar, first, until - first), first, calendar, hours=48)
    assert found is not None
    peaks = [until + at for at, value in enumerate(found.found.expected) if value > 400]
    assert peaks == [hour(2026, 3, 28, 19), hour(2026, 3, 29, 18)]
    assert len(found.found.expected) == 48


def sale(first: date, *, factor: float | None = None) -> Event:
    return Event("sale", first, first, factor)


def test_a_sale_is_not_taken_for_what_is_usual() -> None:
    calendar = Calendar(UTC, (sale(date(2026, 10, 29)),))
    first = hour(2026, 10, 1)
    values: list[float | None] = [100.0] * (30 * 24)
    values[28 * 24 : 29 * 24] = [900.0] * 24
    found = forecast_local(values, first, calendar, hours=48)
    assert found is not None
    assert max(found.found.expected) < 110


def test_the_next_sale_is_expected_to_do_what_the_last_one_did() -> None:
    calendar = Calendar(UTC, (sale(date(2026, 10, 20)), sale(date(2026, 10, 31))))
    first = hour(2026, 10, 1)
    values: list[float | None] = [100.0] * (30 * 24)
    values[19 * 24 : 20 * 24] = [300.0] * 24
    found = forecast_local(values, first, calendar, hours=48)
    assert found is not None
    assert [round(value) for value in found.found.expected] == [300] * 24 + [100] * 24
    assert found.unknown == ()


def test_the_sites_own_factor_goes_before_the_last_time() -> None:
    calendar = Calendar(UTC, (sale(date(2026, 10, 20)), sale(date(2026, 10, 31), factor=2.5)))
    first = hour(2026, 10, 1)
    values: list[float | None] = [100.0] * (30 * 24)
    found = forecast_local(values, first, calendar, hours=24)
    assert found is not None
    assert round(found.found.expected[0]) == 250


def test_hours_of_an_event_never_seen_are_said_to_be_unknown() -> None:
    calendar = Calendar(UTC, (sale(date(2026, 11, 1)),))
    found = forecast_local([100.0] * (30 * 24), hour(2026, 10, 1), calendar, hours=48)
    assert found is not None
    assert found.unknown == tuple(range(24, 48))
