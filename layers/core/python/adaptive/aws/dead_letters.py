"""The DeadLetters port on S3: one object per consumer and record, named by its sequence number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adaptive.aws.clients import answering

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_LONGEST_REASON = 1_000


class S3DeadLetters:
    """The reason travels as object metadata, ASCII as S3 wants it. `consumer` is whose they are:
    what one could not read, another may have.
    """

    def __init__(self, client: S3Client, *, bucket: str, consumer: str) -> None:
        self._client = client
        self._bucket = bucket
        self._consumer = consumer

    def bury(self, record: bytes, *, record_id: str, reason: str) -> None:
        """See the port; the same record lands on the same key."""
        ascii_reason = reason.encode("ascii", "replace").decode().replace("\n", " ")
        with answering("S3"):
            self._client.put_object(
                Bucket=self._bucket,
                Key=f"beacons/{self._consumer}/{record_id}",
                Body=record,
                Metadata={"reason": ascii_reason[:_LONGEST_REASON]},
            )
