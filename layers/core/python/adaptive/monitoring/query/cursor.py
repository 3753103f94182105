"""Where a list goes on: the minute it was first asked for, so that its pages fit together."""

from __future__ import annotations

import base64
import binascii
import hashlib

from adaptive.errors import QueryError


def write(*, minute: int, offset: int, question: object) -> str:
    """For the caller, who is to pass it back unread."""
    text = f"{minute}.{offset}.{_digest(question)}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read(text: str, *, question: object) -> tuple[int, int]:
    """Minute and offset; raises QueryError if it is none of ours, or to another question."""
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        minute, offset, digest = decoded.decode("ascii").split(".")
        found = int(minute), int(offset)
    except (binascii.Error, ValueError) as error:
        raise QueryError("is not one that an answer gave", field="cursor") from error
    if digest != _digest(question) or min(found) < 0:
        raise QueryError("belongs to another question", field="cursor")
    return found


def _digest(question: object) -> str:
    return hashlib.blake2b(repr(question).encode(), digest_size=6).hexdigest()
