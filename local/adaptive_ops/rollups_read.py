"""Reads what calibration needs: the treatment's hours by tier, and a sample of sessions."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from adaptive.delivery import session
from adaptive.edge.policy import CONTROL, Tier
from adaptive.monitoring import window
from adaptive.monitoring.dimension import TREATMENT, family_name
from adaptive.monitoring.rollup import Rollup
from adaptive.monitoring.window import Resolution

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from adaptive.delivery.session import SessionState
    from adaptive.monitoring.calibration import Hour
    from adaptive.ports import VersionedStore

_FAMILY = family_name(("tier", "arm"))


def hours_of(rollups: VersionedStore, *, now_minute: int, days: int) -> tuple[list[Hour], Rollup]:
    """The treatment's hours with any view, oldest first; and all of the control's."""
    since = now_minute - days * window.MINUTES_PER_DAY
    hours: dict[int, Hour] = defaultdict(dict)
    control = Rollup()
    partitions = {
        window.partition(Resolution.HOUR, _FAMILY, minute): None
        for minute in (*range(since, now_minute, window.MINUTES_PER_DAY), now_minute)
    }
    for partition in partitions:
        for (_, sort), item in rollups.read_partition(partition).items():
            value, start = window.read_sort(sort)
            tier, _, arm = value.partition(",")
            if start < since:
                continue
            if arm == CONTROL:
                control.add(Rollup.decode(item.body))
            elif arm == TREATMENT and tier in set(Tier):
                hours[start][Tier(tier)] = Rollup.decode(item.body)
    return [hours[start] for start in sorted(hours)], control


def sample_of(client: DynamoDBClient, *, table: str, most: int) -> list[SessionState]:
    """Sessions as the table has them, in the order of its hashes, which is none."""
    found: list[SessionState] = []
    pages: Any = client.get_paginator("scan").paginate(
        TableName=table, ProjectionExpression="#state", ExpressionAttributeNames={"#state": "state"}
    )
    for page in pages:
        for item in page["Items"]:
            try:
                found.append(session.load(item["state"]["S"]))
            except ValidationError:
                continue  # of another version
            if len(found) == most:
                return found
    return found
