"""Event source mappings of Kinesis on this machine, by AWS's documented rules.

The local cloud retries a failing batch for ever and cannot reshard; this can be asked what AWS
would do. Nothing here waits or runs by itself: `poll` gives the batches that Lambda would invoke
functions with now, `settle` takes the answers. The rules, and where they are written:

- A shard's records are delivered in order, one batch at a time; with a parallelisation factor, that
  many at a time, in order per partition key; a child shard's after all of its parents'.
  https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
- No answer, or one without failures, is success; otherwise the lowest failed sequence number is
  where delivery goes on. An identifier that is empty, missing or unknown fails the whole batch.
  https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
- A failed batch is split, which costs no retry, or retried; beyond the retries or the age it is
  discarded to the on-failure destination, and delivery goes on behind it.
  https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.shards import Shard, Stream, StreamRecord

_STREAM_ARN = "arn:aws:kinesis:us-east-1:000000000000:stream/beacons"


@dataclass(frozen=True, slots=True)
class Rules:
    """An event source mapping's; -1 means without limit, as on AWS."""

    batch_size: int = 100
    parallelization: int = 1
    retries: int = -1
    max_age_s: float = -1
    bisect: bool = False
    report_failures: bool = True


@dataclass(slots=True)
class Batch:
    """What a function is invoked with; `tries` are those that failed and counted."""

    shard: Shard
    lane: int
    records: list[StreamRecord]
    tries: int = 0

    @property
    def event(self) -> dict[str, Any]:
        """As Lambda hands it over."""
        return {
            "Records": [
                {
                    "eventSource": "aws:kinesis",
                    "eventID": f"{self.shard.name}:{each.sequence}",
                    "eventSourceARN": _STREAM_ARN,
                    "kinesis": {
                        "partitionKey": each.key,
                        "sequenceNumber": str(each.sequence),
                        "data": base64.b64encode(each.data).decode(),
                        "approximateArrivalTimestamp": each.arrived_at_s,
                    },
                }
                for each in self.records
            ]
        }


@dataclass(frozen=True, slots=True)
class Discarded:
    """A batch given up on, and why, in the words of the on-failure document."""

    batch: Batch
    condition: str

    def document(self, *, function: str) -> bytes:
        """As Lambda puts it into a bucket: with the event itself as `payload`."""
        records, shard = self.batch.records, self.batch.shard
        body = {
            "requestContext": {
                "functionArn": f"arn:aws:lambda:us-east-1:000000000000:function:{function}",
                "condition": self.condition,
                "approximateInvokeCount": self.batch.tries,
            },
            "version": "1.0",
            "KinesisBatchInfo": {
                "shardId": shard.name,
                "startSequenceNumber": str(records[0].sequence),
                "endSequenceNumber": str(records[-1].sequence),
                "batchSize": len(records),
                "streamArn": _STREAM_ARN,
            },
            "payload": json.dumps(self.batch.event),
        }
        return json.dumps(body).encode()


@dataclass(slots=True)
class _Lane:
    """`read` counts the shard's records seen; `pieces` are batches to try, the next one last."""

    read: int = 0
    waiting: list[StreamRecord] = field(default_factory=list)
    pieces: list[Batch] = field(default_factory=list)
    in_flight: Batch | None = None

    @property
    def is_idle(self) -> bool:
        return not (self.waiting or self.pieces or self.in_flight)


class Consumer:
    """One event source mapping: `discard` is its on-failure destination."""

    def __init__(self, stream: Stream, rules: Rules, discard: Callable[[Discarded], None]) -> None:
        self._stream = stream
        self._rules = rules
        self._discard = discard
        self._lanes: dict[tuple[int, int], _Lane] = {}

    def poll(self) -> list[Batch]:
        """The batches that functions are to be invoked with now, besides those in flight."""
        found = []
        for shard in self._stream.shards:
            if not self._may_begin(shard):
                continue
            for number in range(self._rules.parallelization):
                lane = self._filled(shard, number)
                if lane.in_flight is None and (batch := self._next(shard, number, lane)):
                    lane.in_flight = batch
                    found.append(batch)
        return found

    def settle(self, batch: Batch, answer: object = None, *, failed: bool = False) -> None:
        """The function answered, or failed, by an exception or by its timeout."""
        lane = self._lanes[batch.shard.number, batch.lane]
        if lane.in_flight is not batch:
            raise ValueError("that batch is not in flight")
        lane.in_flight = None
        at = 0 if failed else self._failed_from(batch, answer)
        if at is None:
            return
        rest = batch.records[at:]
        splits = self._rules.bisect and (at > 0 or len(rest) > 1)
        if not splits:
            lane.pieces.append(Batch(batch.shard, batch.lane, rest, batch.tries + 1))
        elif at > 0:
            lane.pieces.append(Batch(batch.shard, batch.lane, rest, batch.tries))
        else:
            middle = (len(rest) + 1) // 2
            for half in (rest[middle:], rest[:middle]):
                lane.pieces.append(Batch(batch.shard, batch.lane, half, batch.tries))

    def run(self, function: Callable[[dict[str, Any]], object]) -> None:
        """Invoke until everything on the stream is done with."""
        while batches := self.poll():
            for batch in batches:
                try:
                    answer = function(batch.event)
                except Exception:  # noqa: BLE001 - whatever a function raises fails its batch
                    self.settle(batch, failed=True)
                else:
                    self.settle(batch, answer)

    def _filled(self, shard: Shard, number: int) -> _Lane:
        lane = self._lanes.setdefault((shard.number, number), _Lane())
        new = shard.records[lane.read :]
        lane.read = len(shard.records)
        lane.waiting += (each for each in new if self._lane_of(each.key) == number)
        return lane

    def _lane_of(self, key: str) -> int:
        digest = hashlib.sha256(key.encode()).digest()
        return digest[0] % self._rules.parallelization

    def _may_begin(self, shard: Shard) -> bool:
        return all(self._is_done(self._stream.shards[parent]) for parent in shard.parents)

    def _is_done(self, shard: Shard) -> bool:
        """An empty shard is not, either, before its own parents are."""
        lanes = [self._filled(shard, number) for number in range(self._rules.parallelization)]
        return not shard.is_open and all(lane.is_idle for lane in lanes) and self._may_begin(shard)

    def _next(self, shard: Shard, number: int, lane: _Lane) -> Batch | None:
        rules = self._rules
        while lane.pieces or lane.waiting:
            if not lane.pieces:
                taken = lane.waiting[: rules.batch_size]
                del lane.waiting[: rules.batch_size]
                lane.pieces.append(Batch(shard, number, taken))
            batch = lane.pieces.pop()
            if 0 <= rules.retries < batch.tries:
                self._discard(Discarded(batch, "RetryAttemptsExhausted"))
                continue
            if rules.max_age_s >= 0:
                oldest = self._stream.now() - rules.max_age_s
                old = [each for each in batch.records if each.arrived_at_s < oldest]
                if old:
                    kept = batch.records[len(old) :]
                    self._discard(
                        Discarded(Batch(shard, number, old, batch.tries), "RecordAgeExceeded")
                    )
                    batch = Batch(shard, number, kept, batch.tries)
            if batch.records:
                return batch
        return None

    def _failed_from(self, batch: Batch, answer: object) -> int | None:
        """The index of the first record to deliver again, None if all went well."""
        if not self._rules.report_failures or not isinstance(answer, Mapping):
            return None
        places = {str(each.sequence): at for at, each in enumerate(batch.records)}
        failures = list(_identifiers(answer))
        if not failures:
            return None
        return min(places.get(each, 0) if isinstance(each, str) else 0 for each in failures)


def _identifiers(answer: Mapping[str, Any]) -> Iterator[object]:
    for item in answer.get("batchItemFailures") or ():
        yield item.get("itemIdentifier") if isinstance(item, Mapping) else None
