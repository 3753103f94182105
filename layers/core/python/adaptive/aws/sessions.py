"""The SessionStore port on DynamoDB: one item per session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from adaptive.aws.clients import answering
from adaptive.delivery import session
from adaptive.delivery.session import SessionState
from adaptive.ports import Stored

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoSessionStore:
    """`sequence` guards every write: a string, since Kinesis numbers exceed DynamoDB's 38
    digits.
    """

    def __init__(self, client: DynamoDBClient, *, table: str) -> None:
        self._client = client
        self._table = table

    def get(self, session_id: str) -> Stored[SessionState] | None:
        """Strongly consistent, so that a writer sees what it must not repeat."""
        with answering("DynamoDB"):
            item = self._client.get_item(
                TableName=self._table, Key={"session_id": {"S": session_id}}, ConsistentRead=True
            ).get("Item")
        if item is None:
            return None
        return Stored(_state(item["state"]["S"]), int(item["sequence"]["S"]))

    def put(
        self,
        session_id: str,
        new: Stored[SessionState],
        *,
        replacing: Stored[SessionState] | None,
        expires_at_s: int,
    ) -> bool:
        """See the port; a stale writer gets False from the condition, not from a read."""
        item: dict[str, Any] = {
            "session_id": {"S": session_id},
            "state": {"S": session.dump(new.state)},
            "sequence": {"S": str(new.sequence)},
            "expires_at": {"N": str(expires_at_s)},
        }
        if new.state.tier is not None:
            item["tier"] = {"S": str(new.state.tier)}
        if new.state.score is not None:
            item["score"] = {"N": f"{new.state.score:.2f}"}
        with answering("DynamoDB"):
            try:
                self._client.put_item(TableName=self._table, Item=item, **_unmoved(replacing))
            except self._client.exceptions.ConditionalCheckFailedException:
                return False
        return True


def _state(text: str) -> SessionState:
    try:
        return session.load(text)
    except ValidationError:
        return SessionState()  # written by a version we no longer read: the session starts anew


def _unmoved(replacing: Stored[SessionState] | None) -> Any:  # noqa: ANN401 - boto3's keyword arguments
    if replacing is None:
        return {"ConditionExpression": "attribute_not_exists(session_id)"}
    return {
        "ConditionExpression": "#sequence = :seen",
        "ExpressionAttributeNames": {"#sequence": "sequence"},
        "ExpressionAttributeValues": {":seen": {"S": str(replacing.sequence)}},
    }
