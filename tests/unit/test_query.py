"""Answers against figures computed by hand."""

from datetime import timedelta
from typing import Any

import pytest

from adaptive.delivery.changes import Change
from adaptive.errors import QueryError, UnavailableError
from adaptive.monitoring import vital
from adaptive.monitoring.dimension import Cell, most_cells
from adaptive.monitoring.query.distribution import distribution
from adaptive.monitoring.query.figure import METRICS, OF_COUNTERS, OF_VITALS, STATS, figure_of
from adaptive.monitoring.query.guards import guards
from adaptive.monitoring.query.log import changes
from adaptive.monitoring.query.overview import overview
from adaptive.monitoring.query.scope import scope_of
from adaptive.monitoring.query.series import series
from adaptive.monitoring.query.span import RANGES, Period
from adaptive.monitoring.query.top import Ranking, top
from adaptive.monitoring.rollup import Rollup
from adaptive.monitoring.vital import INDEX
from adaptive.monitoring.window import Resolution
from tests.query_world import DAY, HOUR, NOW, QueryWorld, at, rollup, seconds
from tests.rollup_world import MINUTE
from tests.samples import ROLL_UP

ABOUT = 0.011  # the sketch's accuracy, and a little


def ask(world: QueryWorld, metric: str = "lcp_ms", stat: str | None = None, **how: Any) -> Any:
    period = Period(how.pop("range", "1h"), step=how.pop("step", None))
    scope = scope_of(how.pop("by", ()), how.pop("filter", ()))
    return series(world.desk, figure_of(metric, stat), scope, period.span(world.now)).answer


def test_where_nothing_was_measured_the_answer_is_empty() -> None:
    answer = ask(QueryWorld())
    assert (answer.data.series, answer.samples, answer.fresh_at) == ([], 0, None)
    assert len(answer.data.at) == 60


def test_a_minute_shows_its_percentile_with_its_interval_and_count() -> None:
    world = QueryWorld()
    world.put(rollup(*range(100, 10_100, 100)), at=MINUTE)
    answer = ask(world)
    [line] = answer.data.series
    place = answer.data.at.index(MINUTE * 60)
    assert line.value[place] == pytest.approx(7_500, rel=ABOUT)
    assert line.low[place] < 6_800
    assert line.high[place] > 8_200
    assert (line.n[place], line.n[place + 1], line.value[place + 1]) == (100, 0, None)
    assert answer.samples == 100


def test_shards_of_a_minute_are_one() -> None:
    world = QueryWorld()
    world.put(rollup(1_000), shard=0)
    world.put(rollup(3_000, 3_000), shard=1)
    [line] = ask(world).data.series
    assert sum(line.n) == 3
    assert max(each or 0 for each in line.value) == pytest.approx(3_000, rel=ABOUT)


def test_merged_windows_are_read_as_such_and_the_rest_from_finer_ones() -> None:
    world = QueryWorld()
    world.merged(hours=MINUTE, fives=MINUTE + 20)
    world.put(rollup(1_000), at=MINUTE - HOUR, resolution=Resolution.HOUR)
    world.put(rollup(2_000), at=MINUTE + 5, resolution=Resolution.FIVE)
    world.put(rollup(3_000), at=MINUTE + 22)
    # What is merged is not counted again from where it came.
    world.put(rollup(9_000), at=MINUTE - 30, resolution=Resolution.FIVE)
    world.put(rollup(9_000), at=MINUTE + 6)
    [line] = ask(world, "views", "sum", range="7d").data.series
    assert line.value[-2:] == [1, 2]
    assert sum(line.n) == 3


def test_an_outage_of_merging_costs_no_more_than_two_days_of_minutes() -> None:
    world = QueryWorld()
    world.merged(hours=MINUTE - 300 * DAY, fives=MINUTE - 300 * DAY)
    read: list[int] = []
    reader = world.reader

    class Counting:
        def read_ranges(self, ranges: Any) -> Any:
            read.append(len(ranges))
            return reader.read_ranges(ranges)

    desk = world.desk
    object.__setattr__(desk.reading, "cells", Counting())
    series(desk, figure_of("views", None), scope_of(), Period("13mo").span(NOW))
    assert max(read) < 2 * 288 + 20


def test_groups_come_by_name_and_filters_keep_to_theirs() -> None:
    world = QueryWorld()
    for value, lcp_ms in (("FR", 1_000), ("DE", 2_000), ("other", 3_000)):
        world.put(rollup(lcp_ms), cell=Cell("country", value))
    groups = [line.group for line in ask(world, by=["country"]).data.series]
    assert groups == [{"country": "DE"}, {"country": "FR"}, {"country": "other"}]
    [line] = ask(world, filter=["country:FR", "country:DE"]).data.series
    assert (line.group, line.samples) == ({}, 2)


def test_a_pair_is_filtered_by_the_half_that_is_not_shown() -> None:
    world = QueryWorld()
    for value, lcp_ms in (("phone,slow", 5_000), ("phone,fast", 1_000), ("desktop,slow", 2_000)):
        world.put(rollup(lcp_ms), cell=Cell("device+connection", value))
    lines = ask(world, by=["device"], filter=["connection:slow"]).data.series
    told = {line.group["device"]: max(each or 0 for each in line.value) for line in lines}
    assert told == pytest.approx({"desktop": 2_000, "phone": 5_000}, rel=ABOUT)


FITTING = [
    (metric, stat) for metric in METRICS for stat in (OF_VITALS if metric in INDEX else OF_COUNTERS)
]


@pytest.mark.parametrize(("metric", "stat"), FITTING)
def test_every_metric_answers_every_stat_that_fits_it(metric: str, stat: str) -> None:
    world = QueryWorld()
    world.put(rollup(1_000, 2_000, bytes=9, measured=1, failing=1, errors=7))
    assert figure_of(metric, stat).unit
    assert len(ask(world, metric, stat).data.series) == 1


@pytest.mark.parametrize(
    ("metric", "stat"), [(m, s) for m in METRICS for s in STATS if (m, s) not in FITTING]
)
def test_a_stat_that_does_not_fit_is_refused(metric: str, stat: str) -> None:
    with pytest.raises(QueryError) as caught:
        figure_of(metric, stat)
    assert caught.value.field == "stat"


def test_bytes_are_per_view_that_told_them_and_failing_views_are_a_share() -> None:
    world = QueryWorld()
    world.put(rollup(*[1_000] * 10, bytes=900, measured=3, failing=2, errors=31))

    def last(metric: str) -> Any:
        [line] = ask(world, metric, "per_view").data.series
        place = line.n.index(max(line.n))
        return line.value[place], line.high[place]

    assert last("bytes") == (300, None)
    assert last("failing") == (0.2, pytest.approx(0.51, abs=0.01))
    assert last("errors") == (3.1, None)


def test_too_many_groups_over_too_long_is_refused_with_what_would_do() -> None:
    with pytest.raises(QueryError, match=r"at most 41\.7 days") as caught:
        ask(QueryWorld(), by=["page_group", "arm"], range="90d")
    assert caught.value.field == "range"


def test_an_answer_is_as_fresh_as_the_last_minute_that_counted_a_view() -> None:
    world = QueryWorld()
    world.put(rollup(1_000), at=NOW - 4)
    assert ask(world).fresh_at == at(NOW - 3)
    assert ask(world, range="7d").fresh_at == at(NOW - 3)


def test_without_a_store_there_is_no_answer() -> None:
    world = QueryWorld()
    world.rollups.down = True
    with pytest.raises(UnavailableError):
        ask(world)


class TestDistribution:
    def test_bars_hold_every_view_once_and_no_bar_has_two_ratings(self) -> None:
        world = QueryWorld()
        values = [800, 2_499, 2_501, 2_502, 3_999, 4_001, 60_000]
        world.put(rollup(*values))
        span = Period("1h").span(NOW, whole=True)
        [shape] = distribution(world.desk, "lcp_ms", scope_of(), span).answer.data.groups
        assert sum(bar.n for bar in shape.bars) == shape.samples == 7
        assert shape.ratings.model_dump() == {"good": 2, "needs_improvement": 3, "poor": 2}
        for value in values:
            rating = "good" if value <= 2_500 else "poor" if value > 4_000 else "needs_improvement"
            assert any(
                bar.low <= value <= bar.high and bar.rating == rating for bar in shape.bars
            ), value

    def test_of_points_the_many_are_good(self) -> None:
        world = QueryWorld()
        made = Rollup()
        made.codes.update(vital.code_of(INDEX["uxi"], each) for each in (20, 49.9, 50.1, 89, 100))
        world.put(made)
        span = Period("1h").span(NOW, whole=True)
        [shape] = distribution(world.desk, "uxi", scope_of(), span).answer.data.groups
        assert shape.ratings.model_dump() == {"good": 1, "needs_improvement": 2, "poor": 2}
        assert sum(bar.n for bar in shape.bars) == 5
        [uxi] = (
            each
            for each in overview(world.desk, Period("1h")).answer.data.vitals
            if each.metric == "uxi"
        )
        assert (uxi.unit, uxi.rating) == ("points", "needs_improvement")

    def test_counters_have_none(self) -> None:
        span = Period("1h").span(NOW, whole=True)
        with pytest.raises(QueryError, match="metric"):
            distribution(QueryWorld().desk, "views", scope_of(), span)


class TestTop:
    def ranked(self, world: QueryWorld, following: str | None = None, **how: Any) -> Any:
        ranking = Ranking(
            figure_of(how.get("metric", "lcp_ms"), None),
            scope_of(["country"]),
            ascending=how.get("ascending", False),
            least_samples=how.get("least", 0),
            limit=how.get("limit", 10),
        )
        return top(world.desk, ranking, Period("1h"), following).answer

    def world(self) -> QueryWorld:
        world = QueryWorld()
        for value, lcp_ms, views in (("DE", 2_000, 6), ("FR", 5_000, 3), ("other", 9_000, 1)):
            world.put(rollup(*[lcp_ms] * views), cell=Cell("country", value))
        return world

    def test_the_highest_comes_first_with_its_part_of_all(self) -> None:
        rows = self.ranked(self.world()).data.rows
        assert [row.group["country"] for row in rows] == ["other", "FR", "DE"]
        assert [row.share for row in rows] == [0.1, 0.3, 0.6]

    def test_groups_of_few_samples_are_left_out_but_count_for_the_whole(self) -> None:
        data = self.ranked(self.world(), least=3, ascending=True).data
        assert [row.group["country"] for row in data.rows] == ["DE", "FR"]
        assert (data.total, data.rows[0].share) == (2, 0.6)

    def test_pages_fit_together_while_time_goes_on(self) -> None:
        world = self.world()
        first = self.ranked(world, limit=2)
        world.now += 3
        second = self.ranked(world, first.next, limit=2)
        assert [row.group["country"] for row in (*first.data.rows, *second.data.rows)] == [
            "other",
            "FR",
            "DE",
        ]
        assert second.next is None
        assert second.data.end == first.data.end

    @pytest.mark.parametrize("cursor", ["", "?", "AAAA", "MS4yLjM", "LTEuMC54"])
    def test_a_cursor_that_no_answer_gave_is_refused(self, cursor: str) -> None:
        with pytest.raises(QueryError) as caught:
            self.ranked(self.world(), cursor)
        assert caught.value.field == "cursor"

    def test_a_cursor_is_for_its_own_question(self) -> None:
        world = self.world()
        following = self.ranked(world, limit=2).next
        with pytest.raises(QueryError, match="another question"):
            self.ranked(world, following, limit=2, metric="views")


class TestOverview:
    def test_it_says_how_things_are_and_were_a_week_ago(self) -> None:
        world = QueryWorld()
        world.merged(hours=MINUTE, fives=MINUTE + 25)
        for minute in range(10):
            world.put(rollup(*[5_000] * 20, failing=1, errors=3), at=NOW - minute)
        # A week before, minutes are gone: the same hour is read from the five minutes.
        for five in range(0, 60, 5):
            world.put(rollup(*[2_000] * 20), at=NOW - 7 * DAY - five, resolution=Resolution.FIVE)
        data = overview(world.desk, Period("1h")).answer.data
        assert (data.views, data.errors) == (200, 30)
        assert data.failing.value == 0.05
        assert data.views_week_before == pytest.approx(240, abs=20)
        [lcp] = (each for each in data.vitals if each.metric == "lcp_ms")
        assert (lcp.rating, lcp.differs) == ("poor", True)
        assert lcp.change == pytest.approx(1.5, rel=0.05)
        assert lcp.week_before.value == pytest.approx(2_000, rel=ABOUT)

    def test_groups_come_by_their_views(self) -> None:
        world = QueryWorld()
        world.put(rollup(1_000), cell=Cell("page_group", "front"))
        world.put(rollup(5_000, 5_000), cell=Cell("page_group", "product"))
        data = overview(world.desk, Period("1h")).answer.data
        assert [(each.group["page_group"], each.rating) for each in data.page_groups] == [
            ("product", "poor"),
            ("front", "good"),
        ]
        world.put(rollup(5_000), cell=Cell("device", "phone"))
        world.put(rollup(1_000), cell=Cell("connection", "fast"))
        data = overview(world.desk, Period("1h")).answer.data
        assert [each.group["device"] for each in data.devices] == ["phone"]
        assert [each.rating for each in data.connections] == ["good"]

    def test_it_tells_the_median_beside_the_75th_percentile(self) -> None:
        world = QueryWorld()
        world.put(rollup(1_000, 1_000, 1_000, 4_000, 4_000))
        [lcp] = (
            each
            for each in overview(world.desk, Period("1h")).answer.data.vitals
            if each.metric == "lcp_ms"
        )
        assert lcp.p50.value == pytest.approx(1_000, rel=ABOUT)
        assert lcp.p75.value == pytest.approx(4_000, rel=ABOUT)

    @pytest.mark.parametrize(
        "word", [word for word, minutes in RANGES.items() if minutes <= 7 * DAY]
    )
    def test_up_to_a_week_can_be_looked_at(self, word: str) -> None:
        assert overview(QueryWorld().desk, Period(word)).answer.data.views == 0

    def test_more_than_a_week_is_refused(self) -> None:
        with pytest.raises(QueryError):
            overview(QueryWorld().desk, Period("28d"))


def test_changes_come_oldest_first_and_go_on_by_cursor() -> None:
    world = QueryWorld()
    for name, minutes in (("1.1", 10), ("1.0", 50), ("0.9", 3 * DAY)):
        world.log.append(
            Change(kind="release", name=name, who="ci", why="new", at=at(NOW - minutes))
        )
    period = Period("24h")
    first = changes(world.desk, world.log, period, limit=1, following=None).answer
    assert [each.name for each in first.data.changes] == ["1.0"]
    second = changes(world.desk, world.log, period, limit=1, following=first.next).answer
    assert [each.name for each in second.data.changes] == ["1.1"]
    assert second.next is None
    assert second.data.changes[0].at == at(NOW) - timedelta(minutes=10)


def test_steps_begin_where_they_say() -> None:
    answer = ask(QueryWorld(), range="24h")
    assert answer.data.at == seconds(range(NOW - NOW % 5 + 5 - DAY - 5, NOW + 5, 5))


def test_the_guards_say_what_is_on_no_list_and_what_nobody_knows() -> None:
    world = QueryWorld()
    for value, views in (("DE", 60), ("other", 30), ("none", 10)):
        world.put(rollup(views=views), cell=Cell("country", value))
    answer = guards(world.desk, Period(word="1h")).answer
    of = {each.dimension: each for each in answer.data.dimensions}
    country = of["country"]
    assert (country.seen, country.views, country.unlisted, country.unknown) == (3, 100, 0.3, 0.1)
    assert country.possible == len(ROLL_UP.lists.countries) + 2
    assert (of["tier"].seen, of["tier"].views, of["tier"].unlisted) == (0, 0, 0)
    assert answer.data.most_cells == most_cells(ROLL_UP.lists)
    assert answer.samples == 100
