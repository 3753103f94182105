"""SQS messages as a Lambda gets them, and when they come back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from adaptive.aws.clients import answering

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True, slots=True)
class QueuedEvent:
    """An event of EventBridge that waited in a queue, and how often it was received by now."""

    message_id: str
    receipt: str
    received: int
    event: dict[str, Any]


class PutOff(Protocol):
    """`put_off` of one queue."""

    def __call__(self, *, message: QueuedEvent, wait_s: int) -> None:
        """See there."""


def events_of(batch: Mapping[str, Any]) -> list[QueuedEvent]:
    """The messages of an invocation; raises ValueError or KeyError on what is no event."""
    return [
        QueuedEvent(
            record["messageId"],
            record["receiptHandle"],
            int(record["attributes"]["ApproximateReceiveCount"]),
            json.loads(record["body"]),
        )
        for record in batch["Records"]
    ]


def put_off(client: SQSClient, *, queue_url: str, message: QueuedEvent, wait_s: int) -> None:
    """Let a message that failed come back after so many seconds, whatever the queue's default."""
    with answering("SQS"):
        client.change_message_visibility(
            QueueUrl=queue_url, ReceiptHandle=message.receipt, VisibilityTimeout=wait_s
        )
