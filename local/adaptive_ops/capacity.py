"""adaptive-ops capacity and cost: what there is to be, and what it costs, by what was measured."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, NamedTuple

import boto3
import typer
from rich.console import Console
from rich.table import Table

from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.delivery.policy_book import PolicyBook
from adaptive.monitoring.alerts_store import AlertsStore
from adaptive.prediction import bill, capacity, needs, prices, recommend
from adaptive.prediction.advice.book import AdviceBook
from adaptive.prediction.adviser import Adviser
from adaptive.settings.prediction import ForecastSettings, RecommendSettings
from local.adaptive_ops.options import AsJson  # noqa: TC001 - typer reads it
from local.adaptive_ops.recommend import PREDICTION
from local.adaptive_site.account import PATIENT, REGION, answered, outputs_of
from local.adaptive_site.terminal import say, told, write_json

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

    from adaptive.prediction.advice.situation import Situation

_MOST_LINES = 1_000
_DAY_MS = 86_400_000
_REPORTS = '"REPORT RequestId"'
_GB = 1e9


class _Seen(NamedTuple):
    """A situation, and by function where it logs to."""

    situation: Situation
    log_groups: dict[str, str]


def capacity_(
    *,
    logs: Annotated[
        bool, typer.Option(help="Read the functions' logs of the day for their memory.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """What the forecast's upper end needs of each capacity, and which memory is cheapest."""
    with told():
        seen = _seen()
        found = [*needs.of(seen.situation)]
        sizes = _sizes(seen) if logs else {}
        kept = _kept(seen)
    if as_json:
        write_json(
            {
                "needs": [each._asdict() for each in found],
                "memory": {name: asdict(size) for name, size in sizes.items()},
                "kept": kept,
            }
        )
        return
    table = Table("what", "needed", "there", "used", "by the hour?")
    for each in found:
        there = "on demand" if each.there is None else f"{each.there:,.0f}"
        pays = "" if each.pays_by_the_hour is None else "pays" if each.pays_by_the_hour else "no"
        table.add_row(each.what, f"{each.needed:,.0f}", there, f"{each.utilisation:.0%}", pays)
    Console().print(table)
    if not found:
        say("Nothing is forecast of the deployment yet: CloudWatch must have told two days of it.")
    for name, size in sizes.items():
        say(
            f"{name}: {size.memory_mib} MiB is the cheapest of those logged, "
            f"{size.duration_ms:,.0f} ms and ${size.usd_per_million:,.2f} a million calls"
        )
    for name, usd in kept.items():
        say(f"{name}: ${usd:,.2f} a month")


def cost(*, as_json: AsJson = False) -> None:
    """What a month costs now, ahead and after each measure; what each tier saves; grams of CO2e."""
    with told():
        situation = _seen().situation
        now = bill.now(situation)
        ahead = bill.forecast(situation, now)
        later = bill.after(now, recommend.recommend(situation))
        tiers = bill.tiers(situation)
        grams = bill.footprint(situation)
    if as_json:
        write_json(
            {
                "now": {**asdict(now), "usd": now.usd, "usd_per_million": now.usd_per_million},
                "forecast": ahead and [each.usd for each in ahead],
                "after": later,
                "grams_co2e_per_million": grams and grams._asdict(),
                "tiers": {name: each._asdict() for name, each in tiers.items()},
            }
        )
        return
    table = Table("item", "$ a month", title=f"{now.views:,.0f} page views a month")
    for name, usd in sorted(now.items.items(), key=lambda item: -item[1]):
        table.add_row(name, f"{usd:,.2f}")
    table.add_row("all", f"{now.usd:,.2f}")
    Console().print(table)
    if now.usd_per_million is not None:
        say(f"${now.usd_per_million:,.2f} per million page views")
    if ahead:
        expected, low, high = (each.usd for each in ahead)
        say(f"As forecast: ${expected:,.2f} a month, ${low:,.2f} to ${high:,.2f}")
    for name, usd in later.items():
        say(f"After {name}: ${usd:,.2f} a month")
    if grams is not None:
        than = "" if grams.untouched is None else f", {grams.untouched:,.0f} without adaptation"
        say(f"{grams.served:,.0f} g of CO2e per million page views{than}")
    for name, each in tiers.items():
        say(
            f"Tier {name}: {each.views:,.0f} views a month, ${each.egress_saved:,.2f} egress less, "
            f"deciding ${each.edge:,.2f}, rendering ${each.rendering:,.2f}"
        )


def _seen() -> _Seen:
    with answered():
        outputs = outputs_of(PREDICTION, "RecommendFunctionName", "ForecastFunctionName")
        functions = boto3.client("lambda", region_name=REGION, config=PATIENT)
        dynamodb = boto3.client("dynamodb", region_name=REGION, config=PATIENT)

        def environment(name: str) -> dict[str, str]:
            found = functions.get_function_configuration(FunctionName=outputs[name])
            return found["Environment"]["Variables"]

        settings = RecommendSettings.load(environment("RecommendFunctionName"))
        watched = ForecastSettings.load(environment("ForecastFunctionName")).watched
        groups = {}
        for name, function in (watched.functions if watched else {}).items():
            found = functions.get_function_configuration(FunctionName=function)
            usual = f"/aws/lambda/{function}"
            groups[name] = found.get("LoggingConfig", {}).get("LogGroup", usual)
    predictions = DynamoVersionedStore(dynamodb, table=settings.predictions_table)
    adviser = Adviser(
        rollups=DynamoVersionedStore(dynamodb, table=settings.rollups_table),
        predictions=predictions,
        policies=PolicyBook(DynamoVersionedStore(dynamodb, table=settings.operations_table)),
        alerts=AlertsStore(DynamoVersionedStore(dynamodb, table=settings.alerts_table)),
        book=AdviceBook(predictions),
        prices=prices.listed(),
        settings=settings,
    )
    return _Seen(adviser.situation(datetime.now(UTC)), groups)


def _sizes(seen: _Seen) -> dict[str, capacity.Size]:
    with answered():
        logs = boto3.client("logs", region_name=REGION, config=PATIENT)
        found = {}
        for name, group in seen.log_groups.items():
            durations = needs.durations_ms(_reports(logs, group))
            size = capacity.memory(durations, seen.situation.prices)
            if size:
                found[name] = size
    return found


def _reports(logs: CloudWatchLogsClient, group: str) -> list[str]:
    """The last day's lines about calls, so many at most."""
    since = int(datetime.now(UTC).timestamp() * 1_000) - _DAY_MS
    try:
        answer = logs.filter_log_events(
            logGroupName=group, startTime=since, filterPattern=_REPORTS, limit=_MOST_LINES
        )
    except logs.exceptions.ResourceNotFoundException:
        return []
    return [event["message"] for event in answer["events"]]


def _kept(seen: _Seen) -> dict[str, float]:
    """Dollars a month for keeping tables and logs, as long as they are kept now."""
    listed = seen.situation.prices
    found = {}
    with answered():
        dynamodb = boto3.client("dynamodb", region_name=REGION, config=PATIENT)
        for name, table in seen.situation.deployed.tables.items():
            size = dynamodb.describe_table(TableName=table)["Table"].get("TableSizeBytes", 0)
            found[f"kept in {name}"] = size / _GB * listed["dynamodb_gb_month"]
        logs = boto3.client("logs", region_name=REGION, config=PATIENT)
        pages = logs.get_paginator("describe_log_groups").paginate()
        groups = {each["logGroupName"]: each for page in pages for each in page["logGroups"]}
    for name, group in seen.log_groups.items():
        if group in groups:
            days = groups[group].get("retentionInDays", 0)
            size = groups[group].get("storedBytes", 0)
            usd = size / _GB * listed["logs_stored_gb_month"]
            found[f"logs of {name}, {days} days"] = usd
    return found
