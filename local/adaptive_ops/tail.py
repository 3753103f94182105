"""adaptive-ops tail: beacons as they come."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import boto3
import typer
from pydantic_core import from_json

from local.adaptive_ops.deployed import STACK
from local.adaptive_site.account import PATIENT, REGION, answered, outputs_of
from local.adaptive_site.terminal import say, told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_kinesis import KinesisClient

_PAUSE_S = 1.0  # a shard answers five reads a second


def tail(
    *,
    since: Annotated[float, typer.Option(help="Minutes ago to begin.", min=0)] = 0,
    count: Annotated[int, typer.Option(help="End after so many; 0: never.", min=0)] = 0,
    seconds: Annotated[float, typer.Option(help="End after so long; 0: never.", min=0)] = 0,
) -> None:
    """Show beacons as they reach the stream, one line each; Ctrl-C ends it.

    Neither sessions nor addresses are shown.
    """
    with told(), answered():
        stream = outputs_of(STACK, "BeaconStreamName")["BeaconStreamName"]
        kinesis = boto3.client("kinesis", region_name=REGION, config=PATIENT)
        ends_at = time.monotonic() + seconds if seconds else None
        for shown, data in enumerate(_records(kinesis, stream, since, ends_at), start=1):
            say(line(data))
            if shown == count:
                return


def _records(
    kinesis: KinesisClient, stream: str, since: float, ends_at: float | None
) -> Iterator[bytes]:
    start: dict[str, Any] = {"ShardIteratorType": "LATEST"}
    if since:
        begins_at = datetime.now(UTC) - timedelta(minutes=since)
        start = {"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": begins_at}
    iterators = [
        kinesis.get_shard_iterator(StreamName=stream, ShardId=each["ShardId"], **start)
        for each in kinesis.list_shards(StreamName=stream)["Shards"]
    ]
    places: list[str | None] = [each["ShardIterator"] for each in iterators]
    while any(places):
        for at, place in enumerate(places):
            if place is None:
                continue
            answer = kinesis.get_records(ShardIterator=place)
            places[at] = answer.get("NextShardIterator")
            for record in answer["Records"]:
                yield record["Data"]
        if ends_at is not None and time.monotonic() >= ends_at:
            return
        time.sleep(_PAUSE_S)


def line(data: bytes) -> str:
    """What one would want to see of a beacon; never who sent it."""
    try:
        arrival = from_json(data)
        beacon = arrival["beacon"]
        words = [
            str(arrival.get("received_at", ""))[11:19],
            *(str(arrival.get(name) or "-") for name in ("country", "device_class", "browser")),
            str(beacon.get("tier") or "-"),
            str(beacon.get("page_group") or beacon.get("page") or "-"),
        ]
        vitals = beacon.get("vitals") or {}
        words += [
            f"{name.removesuffix('_ms')} {value:g}" for name, value in vitals.items() if value
        ]
        faults = sum(each.get("count", 1) for each in beacon.get("errors") or ())
        words += [f"errors {faults}"] if faults else []
        words += ["final"] if beacon.get("final") else []
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return f"unreadable: {type(error).__name__}"
    return "  ".join(words)
