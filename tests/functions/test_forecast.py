from types import SimpleNamespace

import pytest

from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.monitoring import window
from adaptive.monitoring.dimension import Cell
from adaptive.monitoring.window import Resolution
from adaptive.ports import Versioned, Write
from adaptive.prediction import published
from adaptive.prediction.published import Published
from lambdas.prediction.forecast import handler
from tests.samples import FORECAST
from tests.unit.test_outlook import busy, hour_of_views

NOW_S = 1_763_640_600.0  # ten past the hour
END_HOUR = int(NOW_S) // 3_600
ALL = Cell("all", "")


def test_four_days_of_rollups_become_forecasts_in_the_table(
    aws: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in FORECAST.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("time.time", lambda: NOW_S)
    handler._outlook.cache_clear()  # noqa: SLF001
    rollups = DynamoVersionedStore(aws.dynamodb, table=FORECAST.rollups_table)
    rollups.write(
        [
            Write(
                window.key(Resolution.HOUR, ALL, hour * 60),
                Versioned(hour_of_views(busy(hour), 2_000).encode(), 1),
                None,
                2**33,
            )
            for hour in range(END_HOUR - 96, END_HOUR)
        ]
    )
    handler.lambda_handler({}, None)
    predictions = DynamoVersionedStore(aws.dynamodb, table=FORECAST.predictions_table)
    kept = predictions.read_partition(published.partition("all"))
    found = {
        each.measure: each
        for each in (Published.model_validate_json(item.body) for item in kept.values())
    }
    assert set(found) == {
        "views",
        "errors_per_view",
        "bytes_per_view",
        "script_bytes_per_view",
        "lcp_ms",
    }
    assert found["views"].begins_at.timestamp() == END_HOUR * 3_600
    assert len(found["views"].expected) == FORECAST.horizon_h
    assert found["lcp_ms"].breach is not None
    assert found["lcp_ms"].breach.probability < 0.5
    assert predictions.read([published.history_key(*ALL)])
