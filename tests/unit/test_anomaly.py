import math
import random
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptive.prediction.anomaly import THRESHOLD, Detector, Reading
from bench import nab
from bench.time_series import Labelled

STEP_S = 300
DAY = 86_400 // STEP_S


def latency(days: int, seed: int = 1) -> list[float]:
    """Milliseconds by the hour of the day, with noise."""
    chance = random.Random(seed)  # noqa: S311 - reproducible, not secret
    return [
        2_000 + 400 * math.sin(point % DAY / DAY * 2 * math.pi) + 40 * chance.gauss(0, 1)
        for point in range(days * DAY)
    ]


def watch(values: Iterable[float], detector: Detector | None = None) -> list[Reading]:
    detector = detector or Detector()
    return [detector.add(value, point * STEP_S) for point, value in enumerate(values)]


def alerts(readings: Sequence[Reading]) -> list[int]:
    return [point for point, each in enumerate(readings) if each.score >= THRESHOLD]


def test_an_ordinary_week_is_quiet_from_the_first_day_on() -> None:
    assert sum(len(alerts(watch(latency(8, seed)))) for seed in range(10)) <= 10


def test_a_line_that_stands_still_is_quiet() -> None:
    assert alerts(watch([0.0] * 3 * DAY)) == []
    assert alerts(watch([7e12] * 3 * DAY)) == []


def test_a_spike_is_found_at_its_first_point() -> None:
    values = latency(7)
    values[5 * DAY + 7] = 9_000
    assert alerts(watch(values))[0] == 5 * DAY + 7


def test_the_second_spike_of_a_size_is_found_too() -> None:
    values = latency(7)
    values[4 * DAY] = values[6 * DAY] = 9_000
    found = alerts(watch(values))
    assert 4 * DAY in found
    assert 6 * DAY in found


def test_a_peak_that_does_not_come_is_found_though_every_value_was_seen_before() -> None:
    values = latency(9)
    values[7 * DAY : 7 * DAY + DAY // 2] = values[6 * DAY + DAY // 2 : 7 * DAY]
    found = alerts(watch(values))
    assert any(7 * DAY <= point < 7 * DAY + DAY // 2 for point in found)


def test_an_incident_of_hours_is_a_handful_of_findings_and_severe_while_it_lasts() -> None:
    values = latency(7)
    for point in range(5 * DAY, 5 * DAY + 60):
        values[point] *= 1.6
    readings = watch(values)
    found = [point for point in alerts(readings) if point >= 5 * DAY]
    assert 5 * DAY - 1 < found[0] < 5 * DAY + 5
    assert len(found) <= 5
    calm = max(each.severity for each in readings[4 * DAY : 5 * DAY])
    assert readings[5 * DAY + 30].severity > 1.5 * calm


def test_the_state_is_less_than_a_kilobyte_and_all_there_is() -> None:
    values = latency(6)
    unbroken = Detector()
    watch(values, unbroken)
    broken = Detector()
    for point, value in enumerate(values):
        broken = Detector.decode(broken.encode())
        last = broken.add(value, point * STEP_S)
    assert len(broken.encode()) < 1_024
    expected = unbroken.add(5_000, 6 * DAY * STEP_S)
    assert broken.add(5_000, 6 * DAY * STEP_S) == pytest.approx(expected, rel=1e-3)
    assert last.score < THRESHOLD


@pytest.mark.parametrize("body", [b"", b"x", Detector().encode()[:-1], b"\x07" * 237])
def test_what_is_no_state_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match="detector"):
        Detector.decode(body)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_refused_and_forgotten(value: float) -> None:
    detector = Detector()
    before = detector.encode()
    with pytest.raises(ValueError, match="point"):
        detector.add(value, 0)
    assert detector.encode() == before


@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=200))
def test_readings_are_numbers_whatever_comes(values: list[float]) -> None:
    for reading in watch(values):
        assert 0 <= reading.score <= 3
        assert math.isfinite(reading.severity)


def test_who_dismisses_findings_gets_fewer_and_who_confirms_them_more() -> None:
    detector = Detector()
    detector.dismiss()
    assert detector.threshold > THRESHOLD
    detector.confirm()
    detector.confirm()
    detector.confirm()
    assert detector.threshold < THRESHOLD
    assert Detector.decode(detector.encode()).threshold == detector.threshold


def test_no_feedback_makes_a_detector_deaf_or_mad() -> None:
    deaf, mad = Detector(), Detector()
    for _ in range(100):
        deaf.dismiss()
        mad.confirm()
    values = latency(6)
    values[5 * DAY] = 30_000
    assert watch(values, deaf)[5 * DAY].score > deaf.threshold
    assert mad.threshold >= THRESHOLD / 2


def labelled() -> Labelled:
    stamps = [f"{number:05}" for number in range(1_000)]
    return Labelled("a.csv", stamps, [0.0] * 1_000, [("00400", "00499")])


def test_the_benchmark_gives_silence_nothing_and_the_first_moment_of_each_window_all() -> None:
    file = labelled()
    silent = {file.name: [0.0] * 1_000}
    first = {file.name: [float(row == 400) for row in range(1_000)]}
    late = {file.name: [float(row == 495) for row in range(1_000)]}
    assert nab.score([file], silent, 0.5)[0] == 0
    assert nab.score([file], first)[0] == pytest.approx(100, abs=0.2)
    assert 50 < nab.score([file], late)[0] < 65


def test_the_benchmark_takes_a_false_finding_off() -> None:
    file = labelled()
    marked = {file.name: [float(row in (300, 400)) for row in range(1_000)]}
    alone = {file.name: [float(row == 400) for row in range(1_000)]}
    lost = nab.score([file], alone, 0.5)[0] - nab.score([file], marked, 0.5)[0]
    assert lost == pytest.approx(11 / 2)
