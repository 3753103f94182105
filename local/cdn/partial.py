"""Answers made from a whole object: 304 to conditions (RFC 9110, 13), 206 to ranges (14)."""

import re
from dataclasses import replace
from datetime import datetime
from email.utils import parsedate_to_datetime

from local.cdn.headers import Headers, replaced, value, without
from local.cdn.messages import Answer, ViewerRequest

_OK = 200
_ETAG = re.compile(r'(?:W/)?("[^"]*")')
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
_NOT_IN_304 = ("content-length", "content-type", "content-encoding", "content-range")


def shortened(request: ViewerRequest, answer: Answer) -> Answer:
    """The answer this viewer needs: 304, 206, 416 or the whole."""
    if request.method not in {"GET", "HEAD"} or answer.status != _OK:
        return answer
    if _has_it(request.headers, answer.headers):
        return Answer(304, without(answer.headers, _NOT_IN_304))
    if request.method == "GET" and _range_applies(request.headers, answer.headers):
        return _part(value(request.headers, "range"), answer)
    return answer


def _has_it(asked: Headers, found: Headers) -> bool:
    if condition := value(asked, "if-none-match"):
        ours = _ETAG.fullmatch(value(found, "etag"))
        # Weak comparison: W/"a" and "a" are the same.
        return condition.strip() == "*" or bool(ours and ours[1] in _ETAG.findall(condition))
    since, modified = value(asked, "if-modified-since"), value(found, "last-modified")
    asked_at, modified_at = _date(since), _date(modified)
    return asked_at is not None and modified_at is not None and modified_at <= asked_at


def _range_applies(asked: Headers, found: Headers) -> bool:
    """Whether `If-Range`, where present, names exactly this object (weak tags never do)."""
    condition = value(asked, "if-range")
    if not condition:
        return bool(value(asked, "range"))
    return condition in {value(found, "etag"), value(found, "last-modified")} and not (
        condition.startswith("W/")
    )


def _part(asked: str, answer: Answer) -> Answer:
    """One range; several, or what is no byte range, gets the whole object."""
    wanted = _RANGE.fullmatch(asked.replace(" ", ""))
    if wanted is None or wanted.group() == "bytes=-":
        return answer
    size = len(answer.body)
    first, last = wanted.groups()
    if first:
        start, end = int(first), min(int(last or size), size - 1)
    else:
        start, end = max(size - int(last), 0), size - 1
    if last and first and int(last) < int(first):
        return answer
    if start > end:
        headers = without(answer.headers, ["content-length", "content-encoding"])
        return Answer(416, replaced(headers, "content-range", f"bytes */{size}"))
    headers = replaced(answer.headers, "content-range", f"bytes {start}-{end}/{size}")
    return replace(answer, status=206, headers=headers, body=answer.body[start : end + 1])


def _date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
