"""Access logs as CloudFront delivers them: gzipped lines of JSON, with the fields that were asked
for, a file at a time.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html
"""

from __future__ import annotations

import gzip
import json
import logging
import secrets
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from botocore.exceptions import BotoCoreError, ClientError

from adaptive.delivery.tally import FIELDS
from local.cdn.headers import value

if TYPE_CHECKING:
    from types import TracebackType

    from mypy_boto3_s3 import S3Client

    from local.cdn.messages import Answer, ViewerRequest

_FOLDER = "AWSLogs/000000000000/CloudFront/"
_STATUS_LINE_BYTES = 17  # "HTTP/1.1 200 OK" and its end

log = logging.getLogger(__name__)


def line(request: ViewerRequest, uri: str, answer: Answer, *, now_s: float) -> str:
    """One request; `uri` is what it was rewritten to."""
    at = datetime.fromtimestamp(now_s, UTC)
    headers = sum(len(name) + len(text) + len(": \r\n") for name, text in answer.headers)
    fields = {
        "date": f"{at:%Y-%m-%d}",
        "time": f"{at:%H:%M:%S}",
        "cs-method": request.method,
        "cs-uri-stem": uri,
        "sc-status": str(answer.status),
        "sc-bytes": str(_STATUS_LINE_BYTES + headers + len(answer.body)),
        "x-edge-result-type": value(answer.headers, "x-cache").partition(" ")[0] or "Error",
    }
    return json.dumps({name: fields[name] for name in FIELDS})


class LogDelivery:
    """`with LogDelivery(s3, bucket) as delivery:` writes what is added every `every_s` seconds, and
    the rest at the end.
    """

    def __init__(self, s3: S3Client, bucket: str, *, every_s: float = 5) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._every_s = every_s
        self._lines: list[str] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log-delivery", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def add(self, written: str) -> None:
        """Take a line; from any thread."""
        self._lines.append(written)

    def _run(self) -> None:
        while not self._over.wait(self._every_s):
            self._deliver()
        self._deliver()

    def _deliver(self) -> None:
        lines, self._lines = self._lines, []
        if not lines:
            return
        key = f"{_FOLDER}{datetime.now(UTC):%Y-%m-%d-%H}.{secrets.token_hex(4)}.gz"
        body = gzip.compress("".join(f"{each}\n" for each in lines).encode())
        try:
            self._s3.put_object(Bucket=self._bucket, Key=key, Body=body)
        except (BotoCoreError, ClientError) as error:
            log.warning("%d lines of the access log are lost: %s", len(lines), error)
