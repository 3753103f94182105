"""How a bench answers: progress on stderr, one JSON object as the last line of stdout."""

import json
import sys
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Result:
    """`value` ours and `peer_value` the peer's, both in `unit`, from the same run; `n` samples."""

    name: str
    value: float
    unit: str
    peer: str
    peer_value: float
    ratio: float
    n: int


def say(text: str) -> None:
    """Progress, where it does not disturb the result."""
    print(text, file=sys.stderr, flush=True)


def finish(result: Result, **further: Any) -> None:  # noqa: ANN401 - whatever JSON carries
    """Print the result; `further` are the figures behind it."""
    print(json.dumps({**asdict(result), **further}))
