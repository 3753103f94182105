"""Runs all tests: the journeys beside the rest, since they wait more than they compute; of those,
the ones that time a browser when the rest is through (see `quiet`).

Arguments go to pytest, which then runs alone.
"""

import fcntl
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from tests.quiet import LOCK

_PYTEST = (sys.executable, "-m", "pytest")
_LOOK_EVERY_S = 0.2


def main() -> int:
    """The exit status: that of the worse half."""
    if sys.argv[1:]:
        os.execv(sys.executable, [*_PYTEST, *sys.argv[1:]])  # noqa: S606
    return side_by_side([*_PYTEST, "-m", "not journey"], [*_PYTEST, "-m", "journey"])


def side_by_side(shown: Sequence[str], kept: Sequence[str]) -> int:
    """What `kept` says comes when `shown` is through, and from then on as it comes."""
    with (
        tempfile.NamedTemporaryFile() as busy,
        tempfile.NamedTemporaryFile() as said,
        Path(said.name).open("rb") as heard,
    ):
        fcntl.flock(busy, fcntl.LOCK_EX)
        waits = {**os.environ, LOCK: busy.name}
        with subprocess.Popen(kept, stdout=said, stderr=subprocess.STDOUT, env=waits) as beside:  # noqa: S603
            status = subprocess.run(shown, check=False).returncode  # noqa: S603
            fcntl.flock(busy, fcntl.LOCK_UN)
            _follow(heard, beside)
    return max(status, beside.returncode)


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
