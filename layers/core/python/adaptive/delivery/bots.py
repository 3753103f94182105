"""Which user agents are programs: the public list of crawlers (PyPI crawler-user-agents).

Nearly all of its 1,500 patterns are plain text, found by their first three letters; the list's own
regular expressions take 4 times as long, and a tenth of a second to compile. The list is read at
the first question, since most of a cold start is imports.
"""

import re
from collections.abc import Callable
from functools import cache, lru_cache

_AGENTS_REMEMBERED = 4_096
_LONGEST = 512
_HEAD = 3
_ESCAPED = re.compile(r"\\(\W)")
_SPECIAL = re.compile(r"[\\.^$*+?{}\[\]|()]")


def is_bot(user_agent: str) -> bool:
    """Whether this is a known program's; of longer ones the first 512 characters count."""
    return _is_bot(user_agent[:_LONGEST])


@lru_cache(maxsize=_AGENTS_REMEMBERED)
def _is_bot(user_agent: str) -> bool:
    return _matcher()(user_agent)


@cache
def _matcher() -> Callable[[str], bool]:
    # Importing it parses half a megabyte.
    from crawleruseragents import (  # type: ignore[import-untyped]  # noqa: PLC0415
        CRAWLER_USER_AGENTS_DATA,
    )

    by_head: dict[str, list[str]] = {}
    patterns: list[str] = []
    for pattern in (str(entry["pattern"]) for entry in CRAWLER_USER_AGENTS_DATA):
        text = _ESCAPED.sub(r"\1", pattern)
        if len(text) < _HEAD or _SPECIAL.search(_ESCAPED.sub("", pattern)):
            patterns.append(pattern)
        else:
            by_head.setdefault(text[:_HEAD], []).append(text)
    others = re.compile("|".join(patterns))

    def matches(user_agent: str) -> bool:
        return others.search(user_agent) is not None or any(
            user_agent.startswith(text, at)
            for at in range(len(user_agent) - _HEAD + 1)
            for text in by_head.get(user_agent[at : at + _HEAD], ())
        )

    return matches
