"""Boto3 clients for request paths: short timeouts, few attempts, and faults told apart by what they
ask of the caller.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from adaptive.errors import UnavailableError

IMPATIENT = Config(
    connect_timeout=1,
    read_timeout=2,
    retries={"mode": "standard", "total_max_attempts": 2},
    parameter_validation=False,
)
"""For calls a visitor waits for: worst case about six seconds. What botocore would check first, the
service checks anyway; it is a seventh of the CPU of a call (bench.ingest)."""

STEADY = Config(
    connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3}
)
"""For calls behind a queue: worst case about 20 seconds, within a batch's timeout."""


BRIEF = Config(
    connect_timeout=0.5, read_timeout=1, retries={"mode": "standard", "total_max_attempts": 1}
)
"""For calls whose answer something else can stand in for: worst case 1.5 seconds."""


@contextmanager
def answering(service: str) -> Iterator[None]:
    """Turn whatever boto3 raises into UnavailableError; expected ClientErrors are caught inside."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise UnavailableError(f"{service}: {error}") from error
