import pytest

from adaptive.prediction import capacity, cost
from adaptive.prediction.cost import MONTH_S, Function, Month
from adaptive.prediction.prices import listed

PRICES = listed()


def month(beacons: float) -> Month:
    return Month(
        beacons=beacons,
        beacon_bytes=1_000,
        record_bytes=1_200,
        peak=3,
        functions={"ingest": Function(beacons, 0.001, 0.01, 512, 300)},
        write_units={"score": beacons},
        read_units={"ingest": beacons},
        stored_gb=1,
    )


def test_prices_say_of_when_and_which_were_not_checked() -> None:
    assert PRICES.as_of.year >= 2026
    assert set(PRICES.unchecked) <= set(PRICES.usd)


def test_a_function_costs_its_calls_its_time_and_its_logs() -> None:
    asleep = Function(1e6, 0, 1, 1_024, 0)
    assert asleep.usd(PRICES) == pytest.approx(0.20 + 13.3334)
    talking = Function(1e6, 0, 0, 1_024, 1_000)
    assert talking.usd(PRICES) == pytest.approx(0.20 + 0.5)


def test_a_part_of_a_processor_takes_longer() -> None:
    assert capacity.duration_s(1, 1_769, waits_s=0) == 1
    assert capacity.duration_s(1, 3_008, waits_s=0) == 1
    assert capacity.duration_s(1, 885, waits_s=0.5) == pytest.approx(2.5, rel=0.01)


def test_what_grows_with_views_doubles_and_a_shard_does_not() -> None:
    once, twice = (cost.measuring(month(beacons), PRICES) for beacons in (1e6, 2e6))
    assert twice["http_api"] == pytest.approx(2 * once["http_api"])
    assert once["http_api"] == pytest.approx(1.0)
    assert twice["writes_score"] == pytest.approx(1.25)
    assert twice["kinesis"] - once["kinesis"] == pytest.approx(0.014)
    assert once["kinesis"] == pytest.approx(0.015 * 730 + 0.014)


def test_a_quiet_function_is_traced_always_and_a_busy_one_by_a_twentieth() -> None:
    quiet = {"a": Function(1_000, 0, 0, 128, 0)}
    busy = {"a": Function(100 * MONTH_S, 0, 0, 128, 0)}
    assert cost.traced(quiet) == 1_000
    assert cost.traced(busy) == pytest.approx(MONTH_S * (1 + 99 * 0.05))
    assert cost.traced({"a": Function(1_000, 0, 0, 128, 0, traced=False)}) == 0


def test_adapting_pays_where_what_is_saved_costs_more_than_deciding() -> None:
    found = cost.adapting(
        views=1e6, requests_per_view=20, saved_bytes_per_view=100_000, prices=PRICES
    )
    assert found["edge"] == pytest.approx(2.0)
    assert found["egress"] == pytest.approx(-8.5)


def test_a_gigabyte_moved_is_a_hundred_grams_and_computing_little() -> None:
    assert cost.grams_co2e(moved_bytes=1e9, processor_s=0) == pytest.approx(95.8, abs=0.1)
    assert 0 < cost.grams_co2e(moved_bytes=0, processor_s=3_600) < 2


def test_concurrency_is_rate_times_duration_with_headroom() -> None:
    assert capacity.concurrency(1_000, 0.05, headroom=0) == 50
    assert capacity.concurrency(1_000, 0.05) == 65
    assert capacity.concurrency(0, 1) == 0


@pytest.mark.parametrize(
    ("mb_per_s", "records_per_s", "consumers", "expected"),
    [(0, 0, 2, 1), (0.1, 700, 2, 1), (0.1, 701, 2, 2), (1.4, 10, 2, 2), (1.4, 10, 4, 4)],
)
def test_shards_follow_the_fullest_of_bytes_records_and_reads(
    mb_per_s: float, records_per_s: float, consumers: int, expected: int
) -> None:
    assert capacity.shards(mb_per_s, records_per_s, consumers=consumers) == expected


def test_a_flat_load_is_provisioned_and_a_spiky_one_is_not() -> None:
    assert capacity.table_breaks_even(PRICES) == pytest.approx(0.29, abs=0.005)
    assert capacity.provisioned_table_pays(30, 100, PRICES)
    assert not capacity.provisioned_table_pays(28, 100, PRICES)
    assert not capacity.provisioned_table_pays(0, 0, PRICES)
    assert capacity.concurrency_breaks_even(PRICES) == pytest.approx(0.6, abs=0.005)
    assert capacity.provisioned_concurrency_pays(7, 10, PRICES)
    assert not capacity.provisioned_concurrency_pays(5.9, 10, PRICES)
    assert not capacity.provisioned_concurrency_pays(0, 0, PRICES)


def test_the_cheapest_size_that_was_seen_to_be_fast_enough_is_taken() -> None:
    logged = {128: 900.0, 512: 200.0, 1_024: 110.0, 2_048: 100.0}
    cheapest, fast = (
        capacity.memory(logged, PRICES),
        capacity.memory(logged, PRICES, at_most_ms=150),
    )
    assert cheapest is not None
    assert cheapest.memory_mib == 512
    assert fast is not None
    assert fast.memory_mib == 1_024
    assert capacity.memory(logged, PRICES, at_most_ms=50) is None
