"""The Bus port on EventBridge: one entry per notice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adaptive.aws.clients import answering
from adaptive.errors import UnavailableError
from adaptive.monitoring.notice import DETAIL_TYPE, SOURCE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

    from adaptive.monitoring.notice import Notice

_MOST_ENTRIES = 10  # of one PutEvents
_ATTEMPTS = 4
_FIRST_PAUSE_S = 0.1


class EventBridgeBus:
    """PutEvents answers 200 even if some entries failed: those, and only those, are sent again
    (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html).
    """

    def __init__(
        self, client: EventBridgeClient, *, bus: str, pause: Callable[[float], None]
    ) -> None:
        self._client = client
        self._bus = bus
        self._pause = pause

    def publish(self, notices: Sequence[Notice]) -> None:
        """See the port; up to four attempts a call of ten, 100, 200, 400 ms apart. All are tried
        before the refusal of one is raised.
        """
        refused = 0
        for first in range(0, len(notices), _MOST_ENTRIES):
            refused += self._put(notices[first : first + _MOST_ENTRIES])
        if refused:
            raise UnavailableError(f"EventBridge refused {refused} events {_ATTEMPTS} times")

    def _put(self, notices: Sequence[Notice]) -> int:
        pending = [self._entry(notice) for notice in notices]
        for attempt in range(_ATTEMPTS):
            if attempt:
                self._pause(_FIRST_PAUSE_S * 2 ** (attempt - 1))
            with answering("EventBridge"):
                results = self._client.put_events(Entries=pending)["Entries"]
            pending = [
                entry
                for entry, result in zip(pending, results, strict=True)
                if "ErrorCode" in result
            ]
            if not pending:
                break
        return len(pending)

    def _entry(self, notice: Notice) -> PutEventsRequestEntryTypeDef:
        return {
            "EventBusName": self._bus,
            "Source": SOURCE,
            "DetailType": DETAIL_TYPE,
            "Detail": notice.model_dump_json(),
            "Time": notice.at,
        }
