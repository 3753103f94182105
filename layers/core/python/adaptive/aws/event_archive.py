"""The EventArchive port on Firehose, which makes Parquet of the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adaptive.aws.clients import answering
from adaptive.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mypy_boto3_firehose import FirehoseClient
    from mypy_boto3_firehose.type_defs import RecordTypeDef

_MOST_RECORDS = 500  # of one PutRecordBatch, and 4 MiB: a row has some 600 bytes
_ATTEMPTS = 4
_FIRST_PAUSE_S = 0.1


class FirehoseEventArchive:
    """PutRecordBatch answers 200 even if it refused some records: those are sent again."""

    def __init__(
        self, client: FirehoseClient, *, stream: str, pause: Callable[[float], None]
    ) -> None:
        self._client = client
        self._stream = stream
        self._pause = pause

    def keep(self, rows: Sequence[bytes]) -> None:
        """Up to four attempts a call, 100, 200, 400 ms apart."""
        for first in range(0, len(rows), _MOST_RECORDS):
            self._put([{"Data": row} for row in rows[first : first + _MOST_RECORDS]])

    def _put(self, pending: list[RecordTypeDef]) -> None:
        for attempt in range(_ATTEMPTS):
            if attempt:
                self._pause(_FIRST_PAUSE_S * 2 ** (attempt - 1))
            with answering("Firehose"):
                answers = self._client.put_record_batch(
                    DeliveryStreamName=self._stream, Records=pending
                )["RequestResponses"]
            pending = [
                record
                for record, answer in zip(pending, answers, strict=True)
                if "ErrorCode" in answer
            ]
            if not pending:
                return
        raise UnavailableError(f"Firehose refused {len(pending)} records {_ATTEMPTS} times")
