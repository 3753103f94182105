"""The Locks port on S3: an object beside the file, put only where there is none.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from adaptive.aws.clients import answering

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_s3 import S3Client

_HELD = {"PreconditionFailed", "ConditionalRequestConflict"}
_GONE = {"404", "NoSuchKey", "NotFound"}


class S3Locks:
    """`expires_s` must be above what its owner may run for; `now` is seconds since the epoch."""

    def __init__(
        self, client: S3Client, *, bucket: str, expires_s: float, now: Callable[[], float]
    ) -> None:
        self._client = client
        self._bucket = bucket
        self._expires_s = expires_s
        self._now = now

    def take(self, path: str) -> bool:
        """See the port; of several who find a lock expired, the one whose write matches has it."""
        with answering("S3"):
            if self._put(path, IfNoneMatch="*"):
                return True
            try:
                held = self._client.head_object(Bucket=self._bucket, Key=_key(path))
            except ClientError as error:
                if error.response["Error"]["Code"] in _GONE:
                    return False  # given back this moment: so the file is there
                raise
            if self._now() - held["LastModified"].timestamp() < self._expires_s:
                return False
            return self._put(path, IfMatch=held["ETag"])

    def give_back(self, path: str) -> None:
        """See the port."""
        with answering("S3"):
            self._client.delete_object(Bucket=self._bucket, Key=_key(path))

    def _put(self, path: str, **condition: str) -> bool:
        try:
            self._client.put_object(
                Bucket=self._bucket,
                Key=_key(path),
                Body=secrets.token_bytes(16),
                **condition,  # type: ignore[arg-type]
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in _HELD | _GONE:
                return False
            raise
        return True


def _key(path: str) -> str:
    return f"{path.removeprefix('/')}.lock"
