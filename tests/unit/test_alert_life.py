from hypothesis import given
from hypothesis import strategies as st

from adaptive.monitoring.alert import MOST_KEPT_MINUTES, REMEMBERED_MINUTES, Alert, Timing, step
from adaptive.monitoring.condition import Judgement, Side, together
from adaptive.monitoring.sli import Count, Indicator, excess

BAD = Judgement(breached=True, calm=False, found=Count(9, 10), limit=0.25)
BETWEEN = BAD._replace(breached=False)
CALM = BETWEEN._replace(calm=True)
SHARE = Indicator("lcp_ms", 4_000)


TIMING = Timing(2, 3)


def lived(*judged: Judgement | None, timing: Timing = TIMING) -> list[str]:
    """The stage after each minute."""
    alert: Alert | None = None
    stages = []
    for minute, judgement in enumerate(judged):
        alert = step(alert, judgement, minute, timing)
        stages.append(str(alert.stage) if alert else "-")
    return stages


def test_it_fires_when_it_has_held_for_as_long_as_asked() -> None:
    assert lived(CALM, BAD, BAD, BAD, BAD) == ["-", "pending", "pending", "firing", "firing"]
    assert lived(BAD, timing=Timing(0, 1)) == ["firing"]


def test_what_does_not_hold_is_forgotten() -> None:
    assert lived(BAD, BAD, CALM, BAD) == ["pending", "pending", "-", "pending"]


def test_it_fires_on_between_the_limit_and_its_hysteresis() -> None:
    assert lived(BAD, BAD, BAD, *[BETWEEN] * 9)[-1] == "firing"


def test_it_is_over_when_it_has_been_calm_for_long_enough() -> None:
    stages = lived(BAD, BAD, BAD, CALM, CALM, BETWEEN, CALM, CALM, CALM, CALM)
    assert stages[3:] == ["firing"] * 6 + ["over"]


def test_nothing_to_judge_is_calm() -> None:
    assert lived(BAD, BAD, BAD, *[None] * 4)[-1] == "over"


def test_one_that_comes_back_must_be_calm_for_twice_as_long() -> None:
    bad, timing = [BAD] * 3, Timing(2, 3)
    once = lived(*bad, *[CALM] * 4, timing=timing)
    assert once[-1] == "over"
    twice = lived(*bad, *[CALM] * 4, *bad, *[CALM] * 7, timing=timing)
    assert twice[-2:] == ["firing", "over"]


def test_flapping_ends_as_one_long_alert() -> None:
    flapping = [*[BAD] * 3, *[CALM] * 7] * 60
    stages = lived(*flapping)
    assert stages[-200:] == ["firing"] * 200


def test_a_long_time_afterwards_it_begins_anew() -> None:
    quiet = [CALM] * (REMEMBERED_MINUTES + 6)
    assert lived(BAD, BAD, BAD, *quiet)[-1] == "-"


@given(st.lists(st.sampled_from([BAD, BETWEEN, CALM, None]), max_size=400))
def test_it_is_never_kept_longer_than_is_bounded(judged: list[Judgement | None]) -> None:
    calm = [CALM] * (MOST_KEPT_MINUTES + 1)
    assert "firing" not in lived(*judged, *calm)[-1:]


def test_inside_the_hysteresis_nothing_begins_and_nothing_ends() -> None:
    side = Side(1, 10)
    between = side.judge(Count(24, 100), 0.25, SHARE)
    assert not between.breached
    assert not between.calm
    assert side.judge(Count(22, 100), 0.25, SHARE).calm
    low = Side(-1, 10)
    assert not low.judge(Count(26, 100), 0.25, SHARE).calm
    assert low.judge(Count(28, 100), 0.25, SHARE).calm


def test_what_chance_explains_breaches_nothing() -> None:
    assert not Side(1, 10).judge(Count(7, 20), 0.25, SHARE).breached
    assert Side(1, 10).judge(Count(700, 2_000), 0.25, SHARE).breached


def test_a_long_window_counts_only_while_the_short_one_goes_on() -> None:
    assert together([BETWEEN, BAD], 5).breached
    assert not together([CALM, BAD], 5).breached
    few = CALM._replace(found=Count(0, 2))
    assert together([few, BAD], 5).breached


@given(st.integers(0, 10_000), st.integers(1, 10_000), st.floats(0.001, 0.999))
def test_an_excess_has_the_sign_of_what_is_above(part: int, whole: int, limit: float) -> None:
    part = min(part, whole)
    found = excess(Count(part, whole), limit, is_share=True)
    above = part - whole * limit
    assert found * above >= 0
    assert abs(excess(Count(part, whole), limit, is_share=True, error=0.1)) <= abs(found)
