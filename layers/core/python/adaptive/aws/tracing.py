"""X-Ray through the stream: Kinesis hands no trace on, so a beacon carries the one it came by.

Only sampled traces are carried, and what a consumer did with them is put beside them afterwards:
one segment for each, below the invocation that put the beacon on the stream.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from adaptive.aws.observability import logger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_MOST = 50  # of one call


def current(environment: Mapping[str, str]) -> str | None:
    """Trace and segment of this invocation, `ROOT;PARENT`, if X-Ray keeps it."""
    header = environment.get("_X_AMZN_TRACE_ID", "")
    parts = dict(part.split("=", 1) for part in header.split(";") if "=" in part)
    if parts.get("Sampled") != "1" or not ("Root" in parts and "Parent" in parts):
        return None
    return f"{parts['Root']};{parts['Parent']}"


class Segments(Protocol):
    """As much of boto3's client of X-Ray."""

    def put_trace_segments(self, *, TraceSegmentDocuments: list[str]) -> object:  # noqa: N803
        """Up to 50."""


class Tracing:
    """Tells X-Ray what `name` did. `entropy` is secrets.token_hex outside tests."""

    def __init__(self, client: Segments, *, name: str, entropy: Callable[[int], str]) -> None:
        self._client = client
        self._name = name
        self._entropy = entropy

    def tell(self, traces: Iterable[str], *, began_s: float, ended_s: float) -> None:
        """Of the batch that beacons of these traces were in; never fails, being an extra."""
        documents = []
        for trace in sorted(traces)[:_MOST]:
            root, _, parent = trace.partition(";")
            documents.append(
                json.dumps(
                    {
                        "name": self._name,
                        "id": self._entropy(8),
                        "trace_id": root,
                        "parent_id": parent,
                        "start_time": began_s,
                        "end_time": ended_s,
                    }
                )
            )
        if documents:
            try:
                self._client.put_trace_segments(TraceSegmentDocuments=documents)
            except (BotoCoreError, ClientError) as error:
                logger.warning("untraced", reason=str(error))
