"""The ItemReader port on DynamoDB."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from adaptive.aws.clients import answering
from adaptive.ports import Page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from adaptive.ports import KeyRange

_AT_ONCE = 8  # below botocore's ten connections


class DynamoItemReader:
    """A table with keys `pk` and `sk`; eight ranges at once, eventually consistent."""

    def __init__(self, client: DynamoDBClient, *, table: str) -> None:
        self._client = client
        self._table = table
        self._readers = ThreadPoolExecutor(_AT_ONCE)

    def read_ranges(self, ranges: Sequence[KeyRange]) -> Page:
        """See the port; `units` are DynamoDB's read units."""
        found = [*self._readers.map(self._read, ranges)]
        return Page([items for items, _ in found], sum(units for _, units in found))

    def _read(self, wanted: KeyRange) -> tuple[list[tuple[str, bytes]], float]:
        items: list[tuple[str, bytes]] = []
        units = 0.0
        with answering("DynamoDB"):
            for page in self._client.get_paginator("query").paginate(
                TableName=self._table,
                ProjectionExpression="sk, body",
                ReturnConsumedCapacity="TOTAL",
                **_condition(wanted),
            ):
                items += ((each["sk"]["S"], bytes(each["body"]["B"])) for each in page["Items"])
                units += page.get("ConsumedCapacity", {}).get("CapacityUnits", 0)
        return items, units


def _condition(wanted: KeyRange) -> Any:  # noqa: ANN401 - boto3's keyword arguments
    condition = "pk = :pk"
    values = {":pk": {"S": wanted.partition}}
    bounds = {":first": wanted.first, ":last": wanted.last}
    values |= {name: {"S": bound} for name, bound in bounds.items() if bound is not None}
    match wanted.first, wanted.last:
        case None, None:
            pass
        case _, None:
            condition += " AND sk >= :first"
        case None, _:
            condition += " AND sk <= :last"
        case _:
            condition += " AND sk BETWEEN :first AND :last"
    return {"KeyConditionExpression": condition, "ExpressionAttributeValues": values}
