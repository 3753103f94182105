"""The BeaconStream port on Kinesis, and Kinesis events as a Lambda gets them."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from adaptive.aws.clients import answering
from adaptive.aws.observability import MetricUnit, logger, metrics
from adaptive.delivery.ledger import Record
from adaptive.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mypy_boto3_kinesis import KinesisClient
    from mypy_boto3_kinesis.type_defs import PutRecordsRequestEntryTypeDef

_ATTEMPTS = 4
_FIRST_PAUSE_S = 0.05


class KinesisBeaconStream:
    """PutRecords answers 200 even if a shard refused some records: those, and only those, are sent
    again.
    """

    def __init__(
        self, client: KinesisClient, *, stream: str, pause: Callable[[float], None]
    ) -> None:
        self._client = client
        self._stream = stream
        self._pause = pause

    def publish(self, records: Sequence[bytes], *, key: str) -> None:
        """Up to four attempts, 50, 100, 200 ms apart; at most 500 records or 5 MB a call."""
        pending: list[PutRecordsRequestEntryTypeDef] = [
            {"Data": record, "PartitionKey": key} for record in records
        ]
        for attempt in range(_ATTEMPTS):
            if attempt:
                self._pause(_FIRST_PAUSE_S * 2 ** (attempt - 1))
            with answering("Kinesis"):
                results = self._client.put_records(StreamName=self._stream, Records=pending)
            pending = [
                record
                for record, result in zip(pending, results["Records"], strict=True)
                if "ErrorCode" in result
            ]
            if not pending:
                return
        raise UnavailableError(f"Kinesis refused {len(pending)} records {_ATTEMPTS} times")


def records_of(event: Mapping[str, Any]) -> list[Record]:
    """The batch, in shard order."""
    return [
        Record(
            sequence=int(record["kinesis"]["sequenceNumber"]),
            data=base64.b64decode(record["kinesis"]["data"]),
            shard=int(record["eventID"].partition(":")[0].rpartition("-")[2]),
            arrived_at_s=record["kinesis"]["approximateArrivalTimestamp"],
        )
        for record in event["Records"]
    ]


def answer_to(
    records: Sequence[Record], *, failed: Sequence[int], **seen: object
) -> dict[str, Any]:
    """What a consumer returns: the records to deliver again (ReportBatchItemFailures).

    The batch is logged with what was `seen` in it, and the failed are counted.
    """
    metrics.add_metric("RecordsFailed", MetricUnit.Count, len(failed))
    logger.info("batch", extra={"records": len(records), "failed": len(failed), **seen})
    return {"batchItemFailures": [{"itemIdentifier": str(number)} for number in failed]}
