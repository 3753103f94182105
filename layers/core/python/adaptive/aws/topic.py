"""The Channel port on SNS: e-mail to whoever subscribed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adaptive.aws.clients import answering
from adaptive.monitoring import payload

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

    from adaptive.monitoring.notice import Notice


class SnsChannel:
    """One topic; subscribers other than e-mail can filter by the attributes."""

    def __init__(self, client: SNSClient, *, topic: str) -> None:
        self._client = client
        self._topic = topic

    def send(self, notice: Notice) -> None:
        """See the port."""
        subject, text = payload.email(notice)
        attributes = {"severity": notice.severity, "phase": notice.phase, "rule": notice.rule}
        with answering("SNS"):
            self._client.publish(
                TopicArn=self._topic,
                Subject=subject,
                Message=text,
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": str(value)}
                    for name, value in attributes.items()
                },
            )
