"""Sends dead letters again, each to the one consumer that lacks it.

A record that a consumer could not read lies in the bucket by itself, a batch that Lambda gave up
on as the document that Lambda writes. What is sent again gets a new place in the stream and the
name of its consumer; a letter is deleted once all of it is on the stream. A run that is cut short
sends some again the next time: both consumers know a report by its view and sequence, so it counts
once.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import ValidationError

from adaptive.delivery.session import Arrival
from adaptive.monitoring.draft import LATE_AFTER_MINUTES
from adaptive.monitoring.report import CONSUMER as ROLL_UP
from local.adaptive_site.account import answered
from local.adaptive_site.failure import SiteError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from mypy_boto3_s3 import S3Client

    from adaptive.ports import BeaconStream, DeadLetters

SINGLE, BATCHES = "beacons/", "aws/lambda/"


@dataclass(frozen=True, slots=True)
class Letter:
    """One object: records, with their sequence numbers, that `consumer` lacks."""

    key: str
    consumer: str
    records: tuple[tuple[str, bytes], ...]


@dataclass(slots=True)
class Outcome:
    """Counts of records; `too_late` are those that rollups no longer take, which stay."""

    letters: int = 0
    sendable: int = 0
    unreadable: int = 0
    too_late: int = 0
    by_consumer: dict[str, int] = field(default_factory=dict)


class Bucket(Protocol):
    """The letters, oldest first."""

    def letters(self) -> Iterator[Letter]:
        """All of them."""

    def delete(self, letter: Letter) -> None:
        """When nothing in it is needed any more."""


class S3Bucket:
    """`consumer_of` says which consumer a function is, by its ARN."""

    def __init__(self, client: S3Client, bucket: str, consumer_of: Callable[[str], str]) -> None:
        self._client = client
        self._bucket = bucket
        self._consumer_of = consumer_of

    def letters(self) -> Iterator[Letter]:
        """Raises SiteError on an object that nothing of ours has written."""
        with answered():
            found = [
                (each["LastModified"], each["Key"])
                for prefix in (SINGLE, BATCHES)
                for page in self._client.get_paginator("list_objects_v2").paginate(
                    Bucket=self._bucket, Prefix=prefix
                )
                for each in page.get("Contents", ())
            ]
            for _, key in sorted(found):
                body = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
                yield self._letter(key, body)

    def delete(self, letter: Letter) -> None:
        """See the protocol."""
        with answered():
            self._client.delete_object(Bucket=self._bucket, Key=letter.key)

    def _letter(self, key: str, body: bytes) -> Letter:
        if key.startswith(SINGLE):
            consumer, _, sequence = key.removeprefix(SINGLE).partition("/")
            return Letter(key, consumer, ((sequence, body),))
        try:
            document = json.loads(body)
            payload = document["payload"]
            event = json.loads(payload) if isinstance(payload, str) else payload
            records = tuple(_records(event))
            function = document["requestContext"]["functionArn"]
        except (ValueError, KeyError, TypeError) as error:
            raise SiteError(f"{key} is no document of a failed batch: {error!r}") from error
        return Letter(key, self._consumer_of(function), records)


def _records(event: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    for record in event["Records"]:
        yield record["kinesis"]["sequenceNumber"], base64.b64decode(record["kinesis"]["data"])


@dataclass(frozen=True, slots=True)
class Redrive:
    """`bury` puts what is still unreadable back, by itself, for the consumer it names."""

    bucket: Bucket
    stream: BeaconStream
    letters_of: Callable[[str], DeadLetters]
    now: datetime

    def run(self, *, send: bool) -> Outcome:
        """What there is; if told so, on its way again."""
        outcome = Outcome()
        for letter in self.bucket.letters():
            self._one(letter, outcome, send=send)
        return outcome

    def _one(self, letter: Letter, outcome: Outcome, *, send: bool) -> None:
        outcome.letters += 1
        staying: list[tuple[str, bytes, str]] = []
        for sequence, data in letter.records:
            try:
                arrival = Arrival.model_validate_json(data)
            except ValidationError as error:
                outcome.unreadable += 1
                staying.append((sequence, data, f"{error.error_count()} faults"))
                continue
            age_minutes = (self.now - arrival.received_at).total_seconds() / 60
            if letter.consumer == ROLL_UP and age_minutes > LATE_AFTER_MINUTES:
                outcome.too_late += 1
                staying.append((sequence, data, "too late for rollups"))
                continue
            outcome.sendable += 1
            by_consumer = outcome.by_consumer
            by_consumer[letter.consumer] = by_consumer.get(letter.consumer, 0) + 1
            if send:
                again = {**json.loads(data), "redriven_to": letter.consumer}
                self.stream.publish([json.dumps(again).encode()], key=arrival.key)
        is_single = letter.key.startswith(SINGLE)
        if send and not (is_single and staying):
            for sequence, data, reason in staying:
                self.letters_of(letter.consumer).bury(data, record_id=sequence, reason=reason)
            self.bucket.delete(letter)
