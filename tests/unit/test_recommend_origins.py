"""Releases and distances: when a measure must and must not be recommended."""

import json
import shlex

import pytest

from adaptive.monitoring.dimension import Cell
from adaptive.monitoring.rollup import Rollup
from adaptive.prediction.advice.recommendation import Kind
from tests.advice_world import HOUR, forecast, found, given, only, seen


def out(rollup: Rollup, *, hours: range) -> dict[int, Rollup]:
    return dict.fromkeys(hours, rollup)


OLD, NEW = Cell("release", "v41"), Cell("release", "v42")
YESTERDAY, TODAY = range(HOUR - 30, HOUR - 24), range(HOUR - 6, HOUR)


def test_a_release_that_is_slower_is_to_be_taken_back() -> None:
    one = only(
        given(
            by_hour={
                OLD: out(seen(200, lcp_ms=2_000), hours=YESTERDAY),
                NEW: out(seen(200, lcp_ms=2_800), hours=TODAY),
            }
        ),
        Kind.ROLL_BACK_RELEASE,
    )
    assert one.subject == "v42"
    assert one.change.do.startswith("git switch --detach v41")
    assert "./adaptive-site publish" in one.change.undo
    assert one.effect.measure == "lcp_ms"
    assert one.effect.after.low < one.effect.after.expected < one.effect.before.low


def test_a_release_that_fails_more_often_is_to_be_taken_back() -> None:
    one = only(
        given(
            by_hour={
                OLD: out(seen(500, failing=5), hours=YESTERDAY),
                NEW: out(seen(500, failing=25), hours=TODAY),
            }
        ),
        Kind.ROLL_BACK_RELEASE,
    )
    assert one.effect.measure == "failing_per_view"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (seen(200, lcp_ms=2_000), seen(200, lcp_ms=1_700)),
        (seen(200, lcp_ms=2_800), seen(200, lcp_ms=2_000)),
        (seen(10, lcp_ms=2_000), seen(10, lcp_ms=4_000)),
        (seen(500, failing=5), seen(500, failing=7)),
    ],
    ids=["alike", "better", "too few", "by chance"],
)
def test_a_release_is_not_taken_back_without_proof(old: Rollup, new: Rollup) -> None:
    told = given(by_hour={OLD: out(old, hours=YESTERDAY), NEW: out(new, hours=TODAY)})
    assert found(told, Kind.ROLL_BACK_RELEASE) == []


def test_releases_are_compared_in_the_hours_of_the_day_that_both_were_out() -> None:
    evening = range(HOUR - 30, HOUR - 24)
    told = given(
        by_hour={
            OLD: out(seen(200, lcp_ms=1_000), hours=range(HOUR - 44, HOUR - 38))
            | out(seen(200, lcp_ms=2_800), hours=evening),
            NEW: out(seen(200, lcp_ms=2_800), hours=TODAY),
        }
    )
    assert found(told, Kind.ROLL_BACK_RELEASE) == []


FAR = forecast("country", "DE", "ttfb_ms", [1_200] * 24, breach=0.9, limit=800)


def seen_from(*, far_ms: float = 1_200, near_ms: float = 300, far: int = 400) -> dict[Cell, Rollup]:
    return {
        Cell("country", "DE"): seen(far, ttfb_ms=far_ms),
        Cell("country", "US"): seen(4_000, ttfb_ms=near_ms),
    }


def test_a_region_more_is_advised_for_many_visitors_far_from_the_origin() -> None:
    one = only(given(FAR, recent=seen_from()), Kind.ADD_ORIGIN_REGION)
    assert one.subject == "DE"
    for line, action in ((one.change.do, "UPSERT"), (one.change.undo, "DELETE")):
        words = shlex.split(line.replace("$SERVER", "server"))
        assert words[:3] == ["aws", "route53", "change-resource-record-sets"]
        [change] = json.loads(words[-1])["Changes"]
        assert change["Action"] == action
        assert change["ResourceRecordSet"]["Region"] == "eu-central-1"
    assert one.effect.after.expected < 800 < one.effect.before.expected
    assert (one.experiment, one.unsplit_because != "") == (None, True)


def test_no_region_is_advised_for_few_visitors_a_slow_origin_or_where_one_is() -> None:
    few, slow = seen_from(far=100), seen_from(near_ms=1_000)
    assert found(given(FAR, recent=few), Kind.ADD_ORIGIN_REGION) == []
    assert found(given(FAR, recent=slow), Kind.ADD_ORIGIN_REGION) == []
    there = given(FAR, recent=seen_from(), origin_regions=("us-east-1", "eu-central-1"))
    assert found(there, Kind.ADD_ORIGIN_REGION) == []
    assert found(given(FAR, recent=seen_from(), origin_host=""), Kind.ADD_ORIGIN_REGION) == []
    unlikely = FAR.model_copy(update={"breach": None})
    assert found(given(unlikely, recent=seen_from()), Kind.ADD_ORIGIN_REGION) == []
