"""What joins a report to what was made of it: the view's id in logs, the trace in X-Ray."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from adaptive.aws.tracing import Tracing, current
from adaptive.delivery.ledger import Ledger, Record
from adaptive.delivery.session import Arrival
from tests.fakes import InMemoryDeadLetters, InMemorySessionStore
from tests.rollup_world import arrival
from tests.samples import SCORE

ROOT, PARENT = "1-5759e988-bd862e3fe1be46a994272793", "53995c3f42cd8ad8"
TRACE = f"{ROOT};{PARENT}"


class Sent:
    def __init__(self, *, refusing: bool = False) -> None:
        self.segments: list[dict[str, Any]] = []
        self.calls = 0
        self.refusing = refusing

    def put_trace_segments(self, *, TraceSegmentDocuments: list[str]) -> None:  # noqa: N803
        self.calls += 1
        if self.refusing:
            raise ClientError({"Error": {"Code": "ThrottledException"}}, "PutTraceSegments")
        assert len(TraceSegmentDocuments) <= 50
        self.segments += map(json.loads, TraceSegmentDocuments)


def told(sent: Sent, *traces: str) -> None:
    Tracing(sent, name="score", entropy=lambda n: "a" * 2 * n).tell(
        traces, began_s=10.0, ended_s=10.5
    )


@pytest.mark.parametrize(
    "header",
    [
        "",
        "garbage",
        f"Root={ROOT}",
        f"Root={ROOT};Sampled=1",
        f"Root={ROOT};Parent={PARENT};Sampled=0",
    ],
)
def test_what_x_ray_does_not_keep_is_not_carried(header: str) -> None:
    assert current({"_X_AMZN_TRACE_ID": header}) is None
    assert current({}) is None


def test_a_sampled_trace_is_carried_by_its_root_and_parent() -> None:
    header = f"Root={ROOT};Parent={PARENT};Sampled=1;Lineage=1:2c1a0b00:0"
    assert current({"_X_AMZN_TRACE_ID": header}) == TRACE


@pytest.mark.parametrize("forged", ["x", TRACE.upper(), TRACE + ";", f"{ROOT};", "1-2;3", 7])
def test_a_forged_trace_reaches_no_segment(forged: Any) -> None:
    with pytest.raises(ValueError, match="trace"):
        Arrival.model_validate_json(arrival(of_arrival={"trace": forged}))


def test_the_batch_that_a_beacon_was_in_is_a_segment_of_its_trace() -> None:
    sent = Sent()
    told(sent, TRACE)
    assert sent.segments == [
        {
            "name": "score",
            "id": "a" * 16,
            "trace_id": ROOT,
            "parent_id": PARENT,
            "start_time": 10.0,
            "end_time": 10.5,
        }
    ]


def test_without_traces_nobody_is_called_and_of_many_fifty_are_told() -> None:
    sent = Sent()
    told(sent)
    assert sent.calls == 0
    told(sent, *(f"1-5759e988-{n:024x};{PARENT}" for n in range(90)))
    assert len(sent.segments) == 50


def test_x_ray_that_refuses_fails_no_batch() -> None:
    told(Sent(refusing=True), TRACE)


def test_the_ledger_tells_views_and_traces_of_what_it_read() -> None:
    ledger = Ledger(SCORE, InMemorySessionStore(), InMemoryDeadLetters(), lambda *_: SCORE.rules)
    batch = [
        arrival(of_arrival={"trace": TRACE}),
        arrival(sequence=1, of_arrival={"trace": TRACE}),
        arrival(view_id="view-0002"),
        b"?",
    ]
    outcome = ledger.post([Record(n, data) for n, data in enumerate(batch, start=1)])
    assert outcome.traces == {TRACE}
    assert outcome.views == {"view-0001", "view-0002"}
