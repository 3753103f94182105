"""Writes many items of a table fast, whatever was there: 25 a request, while more are made."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any

from adaptive.aws.clients import answering
from adaptive.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    from mypy_boto3_dynamodb import DynamoDBClient

    from adaptive.ports import Write

_MOST_ITEMS = 25  # of one BatchWriteItem
_AT_ONCE = 4
_ATTEMPTS = 5


class Bulk:
    """A Sink: `flush` returns when all are written; the first fault is raised."""

    def __init__(self, client: DynamoDBClient, *, table: str) -> None:
        self._client = client
        self._table = table
        self._pool = ThreadPoolExecutor(_AT_ONCE)
        self._open: set[Future[None]] = set()

    def put(self, writes: Sequence[Write]) -> None:
        """Begin to write; waits only when too much is on its way."""
        for first in range(0, len(writes), _MOST_ITEMS):
            batch = [_item(each) for each in writes[first : first + _MOST_ITEMS]]
            self._open.add(self._pool.submit(self._put, batch))
        while len(self._open) > 10 * _AT_ONCE:
            done, self._open = wait(self._open, return_when="FIRST_COMPLETED")
            self._reap(done)

    def flush(self) -> None:
        """Wait for all that was begun."""
        self._reap(self._open)
        self._open = set()

    def _reap(self, futures: set[Future[None]]) -> None:
        for future in futures:
            future.result()

    def _put(self, items: list[dict[str, Any]]) -> None:
        left: Any = [{"PutRequest": {"Item": item}} for item in items]
        for _ in range(_ATTEMPTS):
            with answering("DynamoDB"):
                answer = self._client.batch_write_item(RequestItems={self._table: left})
            left = answer.get("UnprocessedItems", {}).get(self._table)
            if not left:
                return
        raise UnavailableError(f"{len(left)} items were left out {_ATTEMPTS} times")


def _item(write: Write) -> dict[str, Any]:
    """As DynamoVersionedStore writes it."""
    return {
        "pk": {"S": write.key[0]},
        "sk": {"S": write.key[1]},
        "body": {"B": write.new.body},
        "version": {"S": str(write.new.version)},
        "expires_at": {"N": str(write.expires_at_s)},
    }
