"""Series of the deployment, from CloudWatch's metrics to forecasts."""

import pytest

from adaptive.monitoring.dimension import Cell
from adaptive.ports import Metric
from adaptive.prediction import published
from adaptive.prediction.cloud import FAMILY, CloudHours
from adaptive.prediction.history import History
from adaptive.prediction.outlook import Outlook
from adaptive.prediction.published import Published
from adaptive.settings.prediction import Watched
from tests.fakes import InMemoryCloudSeries, InMemoryVersionedStore
from tests.samples import FORECAST

WATCHED = Watched(functions={"ingest": "F-1"}, tables={"sessions": "T-1"}, stream="S-1")
END_HOUR = 490_000
INGEST = Cell(FAMILY, "ingest")


def of_function(name: str, statistic: str) -> Metric:
    return Metric("AWS/Lambda", name, (("FunctionName", "F-1"),), statistic)


def of_images(name: str, tier: str) -> Metric:
    return Metric("AdaptiveEdge", name, (("service", "tally"), ("tier", tier)), "Sum")


WRITES = Metric("AWS/DynamoDB", "ConsumedWriteCapacityUnits", (("TableName", "T-1"),), "Sum")


@pytest.fixture
def series() -> InMemoryCloudSeries:
    """Four days; at noon more is called."""
    points: dict[Metric, dict[int, float]] = {}
    for hour in range(END_HOUR - 96, END_HOUR):
        noon = hour % 24 == 12
        for metric, value in {
            of_function("Invocations", "Sum"): 72_000 if noon else 36_000,
            of_function("Duration", "Average"): 100,
            of_function("ConcurrentExecutions", "Maximum"): 6 if noon else 3,
            of_images("ImageRequests", "full"): 60,
            of_images("CacheHits", "full"): 57,
            of_images("ImageRequests", "original"): 40,
            of_images("CacheHits", "original"): 28,
            WRITES: 7_200,
        }.items():
            points.setdefault(metric, {})[hour * 3_600] = value
    return InMemoryCloudSeries(points)


def test_what_ran_at_once_units_a_second_and_the_hit_rate_follow_from_metrics(
    series: InMemoryCloudSeries,
) -> None:
    hour = END_HOUR - 1
    found = CloudHours(series, WATCHED).read(range(hour, END_HOUR))
    assert found[INGEST][hour]["running"] == pytest.approx(1.0)
    assert found[Cell(FAMILY, "sessions")][hour] == {"write_units_per_s": 2.0}
    images = found[Cell(FAMILY, "images")][hour]
    assert images == {"requests": 100, "hit_rate": pytest.approx(0.85)}


def test_ages_throttles_and_the_load_of_stream_and_tables_are_series_too() -> None:
    parts = Watched(functions={"score": "F-2"}, tables={"sessions": "T-1"}, stream="S-1")
    stream, table, function = (
        (("StreamName", "S-1"),),
        (("TableName", "T-1"),),
        (("FunctionName", "F-2"),),
    )
    told = {
        Metric("AWS/Lambda", "Throttles", function, "Sum"): 3,
        Metric("AWS/Lambda", "IteratorAge", function, "Maximum"): 90_000,
        Metric("AWS/Kinesis", "IncomingRecords", stream, "Sum"): 36_000,
        Metric("AWS/Kinesis", "IncomingBytes", stream, "Sum"): 7_200_000,
        Metric("AWS/Kinesis", "WriteProvisionedThroughputExceeded", stream, "Sum"): 5,
        Metric("AWS/Kinesis", "GetRecords.IteratorAgeMilliseconds", stream, "Maximum"): 80_000,
        Metric("AWS/DynamoDB", "ConsumedReadCapacityUnits", table, "Sum"): 18_000,
        Metric("AWS/DynamoDB", "WriteThrottleEvents", table, "Sum"): 2,
    }
    hour = END_HOUR - 1
    series = InMemoryCloudSeries({each: {hour * 3_600: value} for each, value in told.items()})
    found = CloudHours(series, parts).read(range(hour, END_HOUR))
    assert found[Cell(FAMILY, "score")][hour] == {"throttles": 3, "iterator_age_ms": 90_000}
    assert found[Cell(FAMILY, "beacons")][hour] == {
        "records_per_s": 10,
        "bytes_per_s": 2_000,
        "throttles": 5,
        "iterator_age_ms": 80_000,
    }
    assert found[Cell(FAMILY, "sessions")][hour] == {"read_units_per_s": 5, "throttles": 2}


def run(series: InMemoryCloudSeries, store: InMemoryVersionedStore, end: int = END_HOUR) -> int:
    cloud = CloudHours(series, WATCHED)
    outlook = Outlook(InMemoryVersionedStore(), store, FORECAST, cloud)
    return outlook.run(end * 60 + 20).series


def test_the_deployment_is_forecast_as_page_views_are(series: InMemoryCloudSeries) -> None:
    store = InMemoryVersionedStore()
    assert run(series, store) == 7
    key = published.key(FAMILY, "ingest", "concurrency")
    found = Published.model_validate_json(store.read([key])[key].body)
    assert max(found.expected[:24]) == pytest.approx(6, abs=0.2)
    rate = published.key(FAMILY, "images", "hit_rate")
    bounded = Published.model_validate_json(store.read([rate])[rate].body)
    assert max(bounded.high_95) <= 1


def test_what_cloudwatch_did_not_say_yet_is_taken_later(series: InMemoryCloudSeries) -> None:
    calls = series.points[of_function("Invocations", "Sum")]
    late = calls.pop((END_HOUR - 1) * 3_600)
    store = InMemoryVersionedStore()
    run(series, store)
    calls[(END_HOUR - 1) * 3_600] = late
    run(series, store, END_HOUR + 1)
    key = published.history_key(*INGEST)
    history = History.decode(store.read([key])[key].body)
    assert history.series["calls"][END_HOUR - 1 - history.first_hour] == late
    assert history.series["calls"][END_HOUR - history.first_hour] is None


def test_without_cloudwatch_page_views_are_forecast_all_the_same(
    series: InMemoryCloudSeries,
) -> None:
    series.down = True
    assert run(series, InMemoryVersionedStore()) == 0
