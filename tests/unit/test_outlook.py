import math
from datetime import UTC, datetime, timedelta

import pytest

from adaptive.delivery.changes import Change, ChangeLog
from adaptive.monitoring import vital, window
from adaptive.monitoring.dimension import Cell
from adaptive.monitoring.rollup import Field, Rollup
from adaptive.monitoring.vital import INDEX
from adaptive.monitoring.window import Resolution
from adaptive.ports import Versioned, Write
from adaptive.prediction import published
from adaptive.prediction.history import History, measures
from adaptive.prediction.outlook import Outlook
from adaptive.prediction.published import Published
from tests.fakes import InMemoryVersionedStore
from tests.samples import FORECAST

END = datetime(2026, 11, 20, 12, tzinfo=UTC)
END_HOUR = int(END.timestamp()) // 3_600
NOW_MINUTE = END_HOUR * 60 + 10
ALL = Cell("all", "")
PHONE = Cell("device", "phone")
DAYS = 28


def hour_of_views(views: int, lcp_ms: float) -> Rollup:
    rollup = Rollup()
    rollup.fields[Field.VIEWS] = views
    rollup.fields[Field.MEASURED] = views
    rollup.fields[Field.BYTES] = views * 500_000
    if views:
        rollup.codes[vital.code_of(INDEX["lcp_ms"], lcp_ms)] = views
    return rollup


def busy(hour: int) -> int:
    return round(200 + 150 * math.sin(hour % 24 / 24 * 2 * math.pi))


class World:
    def __init__(self) -> None:
        self.rollups = InMemoryVersionedStore()
        self.predictions = InMemoryVersionedStore()
        self.outlook = Outlook(self.rollups, self.predictions, FORECAST)

    def put(self, cell: Cell, hour: int, rollup: Rollup) -> None:
        key = window.key(Resolution.HOUR, cell, hour * 60)
        known = self.rollups.read([key]).get(key)
        self.rollups.write(
            [
                Write(
                    key,
                    Versioned(rollup.encode(), known.version + 1 if known else 1),
                    known.version if known else None,
                    2**40,
                )
            ]
        )

    def fill(self, *cells: Cell, lcp_ms: float = 2_000, days: int = DAYS) -> None:
        for hour in range(END_HOUR - days * 24, END_HOUR):
            for cell in cells:
                self.put(cell, hour, hour_of_views(busy(hour), lcp_ms + busy(hour)))

    def found(self, cell: Cell, measure: str) -> Published | None:
        key = published.key(*cell, measure)
        item = self.predictions.read([key]).get(key)
        return Published.model_validate_json(item.body) if item else None


@pytest.fixture
def world() -> World:
    return World()


def test_nothing_known_is_nothing_forecast(world: World) -> None:
    assert world.outlook.run(NOW_MINUTE).series == 0


def test_views_and_vitals_of_every_group_are_forecast_from_the_next_hour_on(world: World) -> None:
    world.fill(ALL, PHONE)
    outcome = world.outlook.run(NOW_MINUTE)
    assert outcome.series == 10  # views, errors, bytes, scripts and LCP of two groups
    views = world.found(PHONE, "views")
    assert views is not None
    assert views.begins_at == END
    assert views.expected[:24] == pytest.approx(
        [busy(END_HOUR + ahead) for ahead in range(24)], abs=2
    )
    assert views.breach is None


def test_a_breach_that_comes_every_day_is_likely_and_one_far_off_is_not(world: World) -> None:
    world.fill(ALL, lcp_ms=2_300)  # the peak is at 2,650, the limit 2,500
    assert world.outlook.run(NOW_MINUTE).likely_breaches == 1
    found = world.found(ALL, "lcp_ms")
    assert found is not None
    assert found.breach is not None
    assert found.breach.probability > 0.9
    fast = World()
    fast.fill(ALL, lcp_ms=1_000)
    assert fast.outlook.run(NOW_MINUTE).likely_breaches == 0


def test_where_more_is_better_the_breach_is_to_fall_short(world: World) -> None:
    for hour in range(END_HOUR - DAYS * 24, END_HOUR):
        rollup = hour_of_views(100, 1_000)
        rollup.codes[vital.code_of(INDEX["score"], 60.0)] = 30
        rollup.codes[vital.code_of(INDEX["score"], 95.0)] = 70
        world.put(ALL, hour, rollup)
    limits = FORECAST.limits | {"score": 90.0}
    settings = FORECAST.model_copy(update={"limits": limits})
    Outlook(world.rollups, world.predictions, settings).run(NOW_MINUTE)
    found = world.found(ALL, "score")
    assert found is not None
    assert found.expected[0] == pytest.approx(60, rel=0.02)
    assert found.breach is not None
    assert found.breach.probability > 0.9


def test_an_hour_without_any_view_of_the_site_is_a_gap_and_of_a_group_none(world: World) -> None:
    world.fill(ALL, PHONE)
    cut, down = END_HOUR - 30, END_HOUR - 20
    quiet, whole = World(), world
    for hour in range(END_HOUR - DAYS * 24, END_HOUR):
        if hour != down:
            quiet.put(ALL, hour, hour_of_views(busy(hour), 2_000))
            if hour != cut:
                quiet.put(PHONE, hour, hour_of_views(busy(hour), 2_000))
    quiet.outlook.run(NOW_MINUTE)
    key = published.history_key(*PHONE)
    history = History.decode(quiet.predictions.read([key])[key].body)
    assert history.series["views"][cut - history.first_hour] == 0
    assert history.series["lcp_ms"][cut - history.first_hour] is None
    assert history.series["views"][down - history.first_hour] is None
    whole.outlook.run(NOW_MINUTE)
    undisturbed, disturbed = whole.found(PHONE, "views"), quiet.found(PHONE, "views")
    assert undisturbed is not None
    assert disturbed is not None
    assert disturbed.expected[4] == pytest.approx(undisturbed.expected[4], rel=0.1)


def test_a_late_correction_of_yesterday_is_taken_over(world: World) -> None:
    world.fill(ALL)
    world.outlook.run(NOW_MINUTE)
    late = END_HOUR - 24
    world.put(ALL, late, hour_of_views(4_321, 2_000))
    world.put(ALL, END_HOUR, hour_of_views(busy(END_HOUR), 2_000))
    world.outlook.run(NOW_MINUTE + 60)
    key = published.history_key(*ALL)
    history = History.decode(world.predictions.read([key])[key].body)
    assert history.series["views"][late - history.first_hour] == 4_321
    assert history.end_hour == END_HOUR + 1


def test_running_again_changes_nothing(world: World) -> None:
    world.fill(ALL)
    world.outlook.run(NOW_MINUTE)
    before = {key: item.body for key, item in world.predictions.items.items()}
    world.outlook.run(NOW_MINUTE)
    assert {key: item.body for key, item in world.predictions.items.items()} == before


def test_after_an_outage_of_the_pipeline_the_forecast_still_begins_now(world: World) -> None:
    world.fill(ALL)
    world.outlook.run(NOW_MINUTE)
    world.outlook.run(NOW_MINUTE + 5 * 60)
    found = world.found(ALL, "views")
    assert found is not None
    assert found.begins_at == END + timedelta(hours=5)


def test_a_group_with_few_views_is_not_forecast(world: World) -> None:
    world.fill(ALL)
    for hour in range(END_HOUR - DAYS * 24, END_HOUR):
        world.put(PHONE, hour, hour_of_views(FORECAST.least_views - 1, 2_000))
    world.outlook.run(NOW_MINUTE)
    assert world.found(PHONE, "views") is None
    assert world.found(ALL, "views") is not None


def test_how_forecasts_did_is_kept_once_a_week(world: World) -> None:
    world.fill(ALL)
    world.outlook.run(NOW_MINUTE)
    world.outlook.run(NOW_MINUTE + 60)
    weekly = world.predictions.read_partition("backtest#all")
    assert {sort for _, sort in weekly} == {
        f"#{measure}#2026-W47"
        for measure in (
            "views",
            "errors_per_view",
            "bytes_per_view",
            "script_bytes_per_view",
            "lcp_ms",
        )
    }


def test_an_hour_with_few_views_says_only_how_many() -> None:
    assert measures(hour_of_views(3, 2_000), least_views=20) == {"views": 3}


def test_a_history_comes_back_as_it_was_and_garbage_is_refused() -> None:
    history = History(100)
    history.put(100, {"views": 5.0})
    history.put(103, {"views": 7.0, "lcp_ms": 2_000.0})
    history.reach(105)
    assert history.series["views"] == [5.0, None, None, 7.0, None]
    again = History.decode(history.encode())
    assert again == History(
        100, {"views": [5.0, None, None, 7.0, None], "lcp_ms": [None, None, None, 2_000.0, None]}
    )
    with pytest.raises(ValueError, match="history"):
        History.decode(b"x")


def test_a_release_that_moved_a_level_is_expected_to_last(world: World) -> None:
    log = ChangeLog(InMemoryVersionedStore())
    out = END_HOUR - 12
    at = datetime.fromtimestamp(out * 3_600 - 60, UTC)
    log.append(Change(kind="release", name="v2", who="kim", why="news", at=at))
    for hour in range(END_HOUR - DAYS * 24, END_HOUR):
        lcp_ms = 2_000 + busy(hour)
        world.put(ALL, hour, hour_of_views(busy(hour), lcp_ms * (1.3 if hour >= out else 1)))
    told = Outlook(world.rollups, InMemoryVersionedStore(), FORECAST, changes=log)
    told.run(NOW_MINUTE)
    world.predictions = told.predictions  # type: ignore[assignment]
    found = world.found(ALL, "lcp_ms")
    assert found is not None
    for ahead in (3, 13, 23):
        usual = 2_000 + busy(END_HOUR + ahead)
        assert found.expected[ahead] == pytest.approx(1.3 * usual, rel=0.03)
