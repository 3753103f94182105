"""Where in a TOML file a key is set, for messages: tomllib does not tell."""

import re
from collections.abc import Sequence

_HEADER = re.compile(r"^\s*\[{1,2}\s*([^\[\]]+?)\s*\]{1,2}\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*[A-Za-z0-9_-]+)*)\s*=""")
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")


def line_of(text: str, path: Sequence[str]) -> int | None:
    """The line, from 1, of the longest part of the path that the text names; None of none."""
    steps = [step for step in path if not step.isdecimal()]
    best, found = 0, None
    table: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            here = table = _parts(header[1])
        elif key := _KEY.match(line):
            here = [*table, *_parts(key[1])]
        else:
            continue
        length = len(here)
        if length > best and here == steps[:length]:
            best, found = length, number
    return found


def _parts(key: str) -> list[str]:
    return [each.strip("\"'") for each in _PART.findall(key)]
