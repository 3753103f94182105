"""Runs an edge function of either kind in child processes, one event at a time in each."""

import asyncio
import json
from asyncio.subprocess import PIPE, Process
from types import TracebackType
from typing import Any, Self

from local.cdn.edge_asset import EdgeAsset
from local.cdn.function_asset import FunctionAsset

_LONGEST_LINE = 4_000_000
_LONGEST_START_S = 10  # Lambda's own limit on initialisation


class EdgeExecutionError(Exception):
    """The function raised, ran out of time or ended its process."""


class EdgeWorkers:
    """At most `size` processes, started when needed; one that fails is replaced."""

    def __init__(self, asset: EdgeAsset | FunctionAsset, *, size: int = 4) -> None:
        self.asset = asset
        self._turn = asyncio.Semaphore(size)
        self._idle: list[Process] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        while self._idle:
            await _end(self._idle.pop())

    async def run(self, event: dict[str, Any], request_id: str) -> Any:  # noqa: ANN401 (JSON)
        """What the function returned; EdgeExecutionError if it did not return."""
        async with self._turn:
            process = self._idle.pop() if self._idle else await self._start()
            call = json.dumps({"event": event, "request_id": request_id})
            answer = await _ask(process, call, timeout_s=self.asset.timeout_s)
            self._idle.append(process)
        if "error" in answer:
            raise EdgeExecutionError(answer["error"])
        return answer["result"]

    async def _start(self) -> Process:
        process = await asyncio.create_subprocess_exec(
            *self.asset.command,
            stdin=PIPE,
            stdout=PIPE,
            env={},
            start_new_session=True,  # Ctrl-C is for us alone: we stop it in order
            limit=_LONGEST_LINE,
        )
        await _ask(process, "", timeout_s=_LONGEST_START_S)  # it says when it has imported
        return process


async def _ask(process: Process, call: str, *, timeout_s: float) -> dict[str, Any]:
    """The child's next line; on any failure the child is ended and EdgeExecutionError raised."""
    if process.stdin is None or process.stdout is None:
        raise EdgeExecutionError("the process has no pipes")
    try:
        async with asyncio.timeout(timeout_s):
            if call:
                process.stdin.write(call.encode() + b"\n")
                await process.stdin.drain()
            answer: dict[str, Any] | None = json.loads(await process.stdout.readline() or b"null")
            if answer is not None:
                return answer
            reason = f"its process ended with code {await process.wait()}"
    except TimeoutError:
        reason = f"timed out after {timeout_s:g} s"
    except ValueError:
        reason = f"its answer is longer than {_LONGEST_LINE:,} bytes"
    except ConnectionError:
        reason = "its process ended"
    except asyncio.CancelledError:
        await _end(process)
        raise
    await _end(process)
    raise EdgeExecutionError(reason)


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.kill()
    if process.stdin is not None:
        process.stdin.close()
    await process.wait()
