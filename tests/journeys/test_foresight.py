"""Three weeks of busier and busier evenings: the breach is told before it happens, the measure that
was accepted prevents it, and what came of it is told.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config
from typer.testing import CliRunner

from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.delivery.policy import Policy, initial
from adaptive.delivery.policy_book import PolicyBook
from adaptive.monitoring import window
from adaptive.monitoring.alerts_store import AlertsStore
from adaptive.monitoring.window import Resolution
from adaptive.ports import Key, Versioned, Write
from adaptive.prediction.advice.book import Advice, AdviceBook
from adaptive.prediction.adviser import Adviser
from adaptive.prediction.outlook import Outlook
from adaptive.prediction.prices import listed
from adaptive.settings.prediction import ForecastSettings, RecommendSettings
from local.adaptive_ops.__main__ import app
from local.cloud import REGION
from local.history.bulk import Bulk
from local.loop import Loop
from tests.journeys.foresight_world import DAYS, Evenings

pytestmark = pytest.mark.journey

FAMILIES = ("all", "connection")
AHEAD_H = 17  # the evening, from now on: it is told in time


class Foresight:
    """The deployed functions and tables of prediction."""

    def __init__(self, loop: Loop) -> None:
        session = boto3.Session("test", "test", region_name=REGION)
        patient = Config(read_timeout=120, retries={"total_max_attempts": 1})
        self._client: Any = lambda name: session.client(
            name, endpoint_url=loop.endpoint, config=patient
        )
        self.dynamodb, self.functions = self._client("dynamodb"), self._client("lambda")
        self.outputs = loop.outputs["AdaptivePrediction"]
        self.rollups_table = loop.outputs["AdaptiveMonitoring"]["RollupsTableName"]
        self.predictions_table = self.outputs["PredictionsTableName"]
        operations = loop.outputs["AdaptiveDelivery"]["OperationsTableName"]
        self.policies = PolicyBook(DynamoVersionedStore(self.dynamodb, table=operations))
        self.usual = initial(loop.site.rules, holdout_share=loop.site.holdout.share)
        self.written: set[Key] = set()

    def call(self, function: str) -> None:
        """As the schedule does: Lambda tries what failed twice more, as on a crowded machine."""
        for _ in range(3):
            answer = self.functions.invoke(FunctionName=self.outputs[function], Payload=b"{}")
            if "FunctionError" not in answer:
                return
        raise AssertionError(answer["Payload"].read())

    def count(self, evenings: Evenings, hours: range, policy: Policy) -> None:
        """Where merge_rollups would have put it; by arm for the last day, which is all that is
        looked at.
        """
        sink = Bulk(self.dynamodb, table=self.rollups_table)
        writes = [
            Write(
                window.key(Resolution.HOUR, cell, hour * 60),
                Versioned(rollup.encode(), 0),
                None,
                2**33,
            )
            for hour in hours
            for cell, rollup in {
                **evenings.hour(hour, policy),
                **(evenings.arms(hour, policy) if hour >= hours.stop - 24 else {}),
            }.items()
        ]
        self.written |= {each.key for each in writes}
        sink.put(writes)
        sink.flush()

    def later(self, now: datetime) -> Advice:
        """What the functions would have done at that time, of which there is one advice."""
        rollups = DynamoVersionedStore(self.dynamodb, table=self.rollups_table)
        predictions = DynamoVersionedStore(self.dynamodb, table=self.predictions_table)
        forecast = ForecastSettings.load(self._environment("ForecastFunctionName"))
        families = forecast.model_copy(update={"families": FAMILIES})
        Outlook(rollups, predictions, families).run(int(now.timestamp()) // 60)
        book = AdviceBook(predictions)
        settings = RecommendSettings.load(self._environment("RecommendFunctionName"))
        alerts = AlertsStore(DynamoVersionedStore(self.dynamodb, table=settings.alerts_table))
        adviser = Adviser(rollups, predictions, self.policies, alerts, book, listed(), settings)
        adviser.run(now)
        return next(each for each in book.all() if each.state != "proposed")

    def _environment(self, function: str) -> dict[str, str]:
        found = self.functions.get_function_configuration(FunctionName=self.outputs[function])
        variables: dict[str, str] = found["Environment"]["Variables"]
        return variables

    def forget(self) -> None:
        """Another journey's visitors are not to be compared with these, or served so."""
        self.policies.put(
            self.usual,
            replacing=self.policies.version,
            who="journey",
            why="a test is over",
            at=datetime.now(UTC),
        )
        pages = self.dynamodb.get_paginator("scan").paginate(
            TableName=self.predictions_table, ProjectionExpression="pk, sk"
        )
        predictions = [key for page in pages for key in page["Items"]]
        gone = [(self.predictions_table, key) for key in predictions] + [
            (self.rollups_table, {"pk": {"S": pk}, "sk": {"S": sk}}) for pk, sk in self.written
        ]
        for first in range(0, len(gone), 25):
            requests: dict[str, list[Any]] = {}
            for table, key in gone[first : first + 25]:
                requests.setdefault(table, []).append({"DeleteRequest": {"Key": key}})
            self.dynamodb.batch_write_item(RequestItems=requests)


@pytest.fixture
def foresight(loop: Loop) -> Iterator[Foresight]:
    found = Foresight(loop)
    yield found
    found.forget()


def test_a_breach_is_told_half_a_day_before_and_the_accepted_measure_prevents_it(
    loop: Loop, foresight: Foresight, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", loop.endpoint)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    usual = foresight.usual
    now = datetime.now(UTC)
    hour = int(now.timestamp()) // 3_600
    tonight = hour + AHEAD_H
    limit = loop.site.target.lcp_ms
    evenings = Evenings.before_a_breach(tonight, usual, limit_ms=limit)
    foresight.count(evenings, range(hour - DAYS * 24, hour), usual)
    before = [evenings.p75(tonight - 24 * day, usual) for day in range(1, DAYS)]
    assert max(before) <= limit < evenings.p75(tonight, usual)

    foresight.call("ForecastFunctionName")
    foresight.call("RecommendFunctionName")
    told = operations("recommend", "list", "--json")
    [advice] = [
        each for each in json.loads(told)["advice"] if each["recommendation"]["kind"] == "lower_aim"
    ]
    recommendation = advice["recommendation"]
    assert recommendation["subject"] == "slow"
    assert recommendation["probability"] > 0.5
    due_at = datetime.fromisoformat(recommendation["due_at"])
    assert due_at - now >= timedelta(hours=12)

    signed = ("--who", "kim", "--why", "the evening")
    assert "is in force" in operations("recommend", "accept", "lower_aim.slow", *signed)
    enacted = foresight.policies.current()
    assert enacted is not None
    policy = enacted.policy
    assert policy.target_lcp_ms["slow"] < limit
    came = [evenings.p75(hour + ahead, policy) for ahead in range(27)]
    assert max(came) <= limit

    foresight.count(evenings, range(hour, hour + 27), policy)
    after = foresight.later(now + timedelta(hours=27, minutes=30))
    assert after.state == "measured"
    assert after.outcome is not None
    assert after.outcome.verdict in {"better", "as_forecast"}
    assert after.outcome.breached is False


def operations(*arguments: str) -> str:
    result = CliRunner().invoke(app, [*arguments])
    assert result.exit_code == 0, result.output
    return result.stdout
