"""Runs all tests, in three parts at once: functions and templates are heard as they run; unit
tests, niced, take what these leave of the processors; journeys wait more than they compute, and
those that time a browser wait for the others to be through (see `quiet`).

Arguments go to pytest, which then runs alone.
"""

import fcntl
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from tests.quiet import LOCK

_PYTEST = (sys.executable, "-m", "pytest")
PARTS = (
    ((), ("tests/functions", "tests/contracts", "tests/infra")),
    (("nice", "-n", "10"), ("tests/unit",)),
    ((), ("tests/journeys",)),
)
"""What each is begun by, and its folders."""
_LOOK_EVERY_S = 0.2


def main() -> int:
    """The exit status: that of the worst part."""
    if sys.argv[1:]:
        os.execv(sys.executable, [*_PYTEST, *sys.argv[1:]])  # noqa: S606
    return side_by_side(*([*begin, *_PYTEST, *folders] for begin, folders in PARTS))


def side_by_side(shown: Sequence[str], *kept: Sequence[str]) -> int:
    """What each of `kept` says comes when those before it are through, and from then on as it
    comes. Only then is the machine quiet for the last.
    """
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        busy = stack.enter_context((folder / "busy").open("w"))
        fcntl.flock(busy, fcntl.LOCK_EX)
        beside = [
            _begun(each, folder / str(number), busy.name, stack) for number, each in enumerate(kept)
        ]
        statuses = [subprocess.run(shown, check=False).returncode]  # noqa: S603
        for process, heard in beside:
            if process is beside[-1][0]:
                fcntl.flock(busy, fcntl.LOCK_UN)
            _follow(heard, process)
            statuses.append(process.returncode)
    return max(map(abs, statuses))  # one ended by a signal has a negative one


def _begun(
    command: Sequence[str], said: Path, busy: str, stack: ExitStack
) -> tuple[subprocess.Popen[bytes], IO[bytes]]:
    process = subprocess.Popen(  # noqa: S603
        command,
        stdout=stack.enter_context(said.open("wb")),
        stderr=subprocess.STDOUT,
        env={**os.environ, LOCK: busy},
    )
    return stack.enter_context(process), stack.enter_context(said.open("rb"))


def _follow(heard: IO[bytes], beside: subprocess.Popen[bytes]) -> None:
    is_over = False
    while not is_over:
        is_over = beside.poll() is not None
        sys.stdout.buffer.write(heard.read())
        sys.stdout.buffer.flush()
        if not is_over:
            time.sleep(_LOOK_EVERY_S)


if __name__ == "__main__":
    sys.exit(main())
