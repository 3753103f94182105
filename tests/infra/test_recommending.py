from pathlib import Path

from infra import config, recommending


def test_recommend_is_told_of_the_shipped_anomaly_rules_and_what_they_look_at() -> None:
    site = config.load(Path(__file__).parents[2] / "site.toml")
    rising = recommending.rising(site.monitoring)
    assert (rising["odd-lcp"], rising["odd-failing"]) == ("lcp_ms", "failing")
    assert "slow" not in rising
