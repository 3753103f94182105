"""The VersionedStore port on DynamoDB: `version` guards every write.

A string, since positions in a stream exceed DynamoDB's 38 digits.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from adaptive.aws.clients import answering
from adaptive.errors import UnavailableError
from adaptive.ports import Versioned

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from adaptive.ports import Key, Write

_MOST_KEYS = 100  # of one BatchGetItem
_ATTEMPTS = 5
_AT_ONCE = 8  # below botocore's ten connections


class DynamoVersionedStore:
    """A table with keys `pk` and `sk`; reads are strongly consistent, writes go eight at once."""

    def __init__(self, client: DynamoDBClient, *, table: str) -> None:
        self._client = client
        self._table = table
        self._writers = ThreadPoolExecutor(_AT_ONCE)

    def read(self, keys: Sequence[Key]) -> dict[Key, Versioned]:
        """See the port; what DynamoDB leaves out for now is asked for again."""
        found: dict[Key, Versioned] = {}
        for first in range(0, len(keys), _MOST_KEYS):
            wanted: Any = [
                {"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in keys[first : first + _MOST_KEYS]
            ]
            for _ in range(_ATTEMPTS):
                with answering("DynamoDB"):
                    answer = self._client.batch_get_item(
                        RequestItems={self._table: {"Keys": wanted, "ConsistentRead": True}}
                    )
                found.update(_items(answer["Responses"].get(self._table, ())))
                left = answer.get("UnprocessedKeys", {}).get(self._table)
                if not left:
                    break
                wanted = left["Keys"]
            else:
                raise UnavailableError(f"DynamoDB left out {len(wanted)} items {_ATTEMPTS} times")
        return found

    def read_partition(self, partition: str) -> dict[Key, Versioned]:
        """See the port; page by page."""
        found: dict[Key, Versioned] = {}
        with answering("DynamoDB"):
            for page in self._client.get_paginator("query").paginate(
                TableName=self._table,
                KeyConditionExpression="pk = :partition",
                ExpressionAttributeValues={":partition": {"S": partition}},
                ConsistentRead=True,
            ):
                found.update(_items(page["Items"]))
        return found

    def write(self, writes: Sequence[Write]) -> list[Key]:
        """See the port; all are tried before one that got no answer is raised."""
        futures = [(each.key, self._writers.submit(self._put, each)) for each in writes]
        faults = [fault for _, future in futures if (fault := future.exception())]
        if faults:
            raise faults[0]
        return [key for key, future in futures if not future.result()]

    def _put(self, write: Write) -> bool:
        item: dict[str, Any] = {
            "pk": {"S": write.key[0]},
            "sk": {"S": write.key[1]},
            "body": {"B": write.new.body},
            "version": {"S": str(write.new.version)},
            "expires_at": {"N": str(write.expires_at_s)},
        }
        with answering("DynamoDB"):
            try:
                self._client.put_item(TableName=self._table, Item=item, **_unmoved(write.replacing))
            except self._client.exceptions.ConditionalCheckFailedException:
                return False
        return True


def _items(items: Iterable[Mapping[str, Any]]) -> Iterable[tuple[Key, Versioned]]:
    for item in items:
        yield (
            (item["pk"]["S"], item["sk"]["S"]),
            Versioned(bytes(item["body"]["B"]), int(item["version"]["S"])),
        )


def _unmoved(replacing: int | None) -> Any:  # noqa: ANN401 - boto3's keyword arguments
    if replacing is None:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    return {
        "ConditionExpression": "#version = :seen",
        "ExpressionAttributeNames": {"#version": "version"},
        "ExpressionAttributeValues": {":seen": {"S": str(replacing)}},
    }
