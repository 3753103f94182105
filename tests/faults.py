"""Workers that stop at every call to the outside world and are told how it goes on.

A worker runs in a thread of its own, but only while `step` waits for it: what happens, and in which
order, is decided by whoever calls `step`.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from adaptive.delivery.session import SessionState
from adaptive.errors import UnavailableError
from adaptive.ports import DeadLetters, Key, SessionStore, Stored, Versioned, VersionedStore, Write


class Fault(Enum):
    """How a call goes; a write of several goes wrong in its middle."""

    NONE = auto()
    THROTTLED = auto()  # nothing happened, and the caller knows
    LOST_ANSWER = auto()  # it happened, and the caller does not know
    SENT_TWICE = auto()  # the SDK's second attempt meets its own first one
    CRASH_BEFORE = auto()
    CRASH_AFTER = auto()


class CrashError(BaseException):
    """The process is gone: no handler of ours sees this."""


class Worker:
    """`work` is given the gate that its stores must pass at each call."""

    def __init__(self, work: Callable[["Worker"], Any]) -> None:
        self.answer: Any = None
        self.failed = False
        self.finished = False
        self._fault = Fault.NONE
        self._go, self._stopped = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, args=(work,), daemon=True)
        self._thread.start()
        self._stopped.acquire()

    def _run(self, work: Callable[["Worker"], Any]) -> None:
        try:
            self.answer = work(self)
        except (Exception, CrashError):  # noqa: BLE001 - as Lambda sees it
            self.failed = True
        self.finished = True
        self._stopped.release()

    def step(self, fault: Fault = Fault.NONE) -> None:
        """Let it make the call that it stopped at, and go on to the next or to its end."""
        self._fault = fault
        self._go.release()
        self._stopped.acquire()

    def run(self) -> None:
        """To its end, without a fault."""
        while not self.finished:
            self.step()

    def kill(self) -> None:
        """No further call of it happens."""
        while not self.finished:
            self.step(Fault.CRASH_BEFORE)
        self._thread.join()

    def await_fault(self) -> Fault:
        """In the worker's thread: stop, until told how the call goes."""
        self._stopped.release()
        self._go.acquire()
        return self._fault

    def pass_through(self, call: Callable[[], Any]) -> Any:
        """The call, as it goes."""
        fault = self.await_fault()
        if fault is Fault.CRASH_BEFORE:
            raise CrashError
        if fault is Fault.THROTTLED:
            raise UnavailableError("throttled")
        answer = call()
        if fault is Fault.SENT_TWICE:
            answer = call()
        if fault is Fault.LOST_ANSWER:
            raise UnavailableError("no answer in time")
        if fault is Fault.CRASH_AFTER:
            raise CrashError
        return answer


@dataclass(frozen=True, slots=True)
class FaultySessions:
    real: SessionStore[SessionState]
    worker: Worker

    def get(self, session_id: str) -> Stored[SessionState] | None:
        found: Stored[SessionState] | None = self.worker.pass_through(
            lambda: self.real.get(session_id)
        )
        return found

    def put(
        self,
        session_id: str,
        new: Stored[SessionState],
        *,
        replacing: Stored[SessionState] | None,
        expires_at_s: int,
    ) -> bool:
        stored: bool = self.worker.pass_through(
            lambda: self.real.put(session_id, new, replacing=replacing, expires_at_s=expires_at_s)
        )
        return stored


@dataclass(frozen=True, slots=True)
class FaultyVersions:
    """A write of many is many calls, as it is on DynamoDB; what fails is the one in the middle."""

    real: VersionedStore
    worker: Worker

    def read(self, keys: Sequence[Key]) -> dict[Key, Versioned]:
        found: dict[Key, Versioned] = self.worker.pass_through(lambda: self.real.read(keys))
        return found

    def read_partition(self, partition: str) -> dict[Key, Versioned]:
        found: dict[Key, Versioned] = self.worker.pass_through(
            lambda: self.real.read_partition(partition)
        )
        return found

    def write(self, writes: Sequence[Write]) -> list[Key]:
        middle = len(writes) // 2
        before, after = writes[:middle], writes[middle + 1 :]
        refused = self.real.write(before)
        fault: UnavailableError | None = None
        try:
            refused += self.worker.pass_through(lambda: self.real.write([writes[middle]]))
        except UnavailableError as error:
            fault = error
        refused += self.real.write(after)
        if fault:
            raise fault
        return refused


@dataclass(frozen=True, slots=True)
class FaultyLetters:
    real: DeadLetters
    worker: Worker

    def bury(self, record: bytes, *, record_id: str, reason: str) -> None:
        self.worker.pass_through(lambda: self.real.bury(record, record_id=record_id, reason=reason))
