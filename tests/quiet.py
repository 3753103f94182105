"""Waits until nothing else of the suite runs: what times a browser needs the machine.

On two busy cores a fast visitor is a slow one, and is rightly served as such.
"""

import fcntl
import os
from pathlib import Path

LOCK = "ADAPTIVE_TESTS_BUSY"
"""The environment's name for a file that whoever runs the rest holds locked meanwhile."""


def wait() -> None:
    """At once where the tests run alone."""
    if busy := os.environ.get(LOCK):
        with Path(busy).open() as file:
            fcntl.flock(file, fcntl.LOCK_SH)
