import pytest

from adaptive.prediction.watch import Finding, confirmed, dismissed, incidents, watch
from tests.unit.test_anomaly import DAY, STEP_S, latency


def watched(values: list[float]) -> bytes:
    state = None
    for point, value in enumerate(values):
        state = watch(state, value, point * STEP_S).state
    assert state is not None
    return state


def finding(at_s: float, family: str = "all", value: str = "", score: float = 2.0) -> Finding:
    return Finding(family, value, "lcp_ms", at_s, score, 5.0, rose=True)


def test_a_series_kept_as_bytes_finds_a_spike_once_and_says_that_it_rose() -> None:
    state = watched(latency(3))
    first = watch(state, 9_000, 3 * DAY * STEP_S)
    again = watch(first.state, 9_000, (3 * DAY + 1) * STEP_S)
    assert first.found
    assert first.rose
    assert not again.found


def test_a_state_that_cannot_be_read_is_begun_anew_and_finds_nothing_yet() -> None:
    assert not watch(b"of another version", 9_000, 0).found


def test_what_somebody_dismissed_must_be_worse_the_next_time() -> None:
    state = watched(latency(3))
    value = 2_750.0
    scores = [
        watch(each, value, 3 * DAY * STEP_S).score
        for each in (dismissed(state), state, confirmed(state))
    ]
    assert scores == sorted(scores)
    assert scores[0] == pytest.approx(scores[1] / 1.5)


def test_findings_of_a_quarter_of_an_hour_are_one_incident_and_later_ones_another() -> None:
    found = incidents([finding(5_000), finding(0), finding(600), finding(1_300)])
    assert [(each.first_at_s, each.last_at_s) for each in found] == [(0, 1_300), (5_000, 5_000)]


def test_an_incident_says_which_groups_moved_the_most() -> None:
    [found] = incidents(
        [
            finding(0),
            finding(0, "connection", "slow", score=6.0),
            finding(60, "device", "phone", score=2.0),
        ]
    )
    assert found.groups == (("connection", "slow", 0.75), ("device", "phone", 0.25))
    assert found.score == 6.0


def test_where_only_the_whole_moved_it_is_the_whole() -> None:
    [found] = incidents([finding(0)])
    assert found.groups == (("all", "", 1.0),)


def test_no_findings_are_no_incidents() -> None:
    assert incidents([]) == []
