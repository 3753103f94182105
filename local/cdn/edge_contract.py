"""What CloudFront lets a Lambda@Edge function on viewer request give back.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-functions-restrictions.html
Stricter than CloudFront in two points: unknown fields are refused, and so is every header that
begins like a disallowed family (`X-Amzn-…`), not only the members AWS lists today.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from local.cdn.headers import Headers
from local.cdn.messages import Answer, ViewerRequest

_READ_ONLY = frozenset({"cdn-loop", "content-length", "host", "transfer-encoding", "via"})
_DISALLOWED = re.compile(
    "connection|expect|keep-alive|trailer|upgrade|x-cache|x-forwarded-proto|x-real-ip"
    "|(?:proxy|x-accel|x-amz-cf|x-amzn|x-edge)-.*",
)
_READ_ONLY_IN_RESPONSE = frozenset(
    {"content-encoding", "content-length", "transfer-encoding", "via", "warning"}
)
_NOT_YET = "cloudfront-viewer-country"  # added after viewer request; a function that adds it fails
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
_URI = re.compile(r"/[^\x00-\x20\x7f#?\ud800-\udfff]*")
_QUERY = re.compile(r"[^\x00-\x20\x7f#\ud800-\udfff]*")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_LONGEST_URI = 8192
_LARGEST_RESPONSE = 40 * 1024
_REQUEST_FIELDS = {"clientIp", "headers", "method", "querystring", "uri"}
_RESPONSE_FIELDS = {"body", "bodyEncoding", "headers", "status", "statusDescription"}


class EdgeContractError(Exception):
    """The function broke a rule of CloudFront's; the message names it."""


def exposed(headers: Headers) -> dict[str, list[dict[str, str]]]:
    """Headers as a function sees them: the disallowed ones are kept from it."""
    seen: dict[str, list[dict[str, str]]] = {}
    for name, value in headers:
        if not _DISALLOWED.fullmatch(name):
            seen.setdefault(name, []).append({"key": name, "value": value})
    return seen


def accept(returned: object, sent: ViewerRequest) -> ViewerRequest | Answer:
    """The request to go on with, or the function's own answer; EdgeContractError if it may not."""
    if not isinstance(returned, dict):
        raise EdgeContractError(f"it returned {type(returned).__name__}, not a request or response")
    return _response(returned) if "status" in returned else _request(returned, sent)


def accept_response(returned: object, sent: Answer) -> Answer:
    """The answer as a function on viewer response changed it: its headers, not its body.

    A function may set another status, too, which nobody needs here: that is refused.
    """
    if not isinstance(returned, dict):
        raise EdgeContractError(f"it returned {type(returned).__name__}, not a response")
    _only(returned, {"headers", "status", "statusDescription"})
    if str(returned.get("status")) != str(sent.status):
        raise EdgeContractError("another status on viewer response is not supported here")
    headers = tuple(_headers(returned.get("headers")))
    hidden = tuple(pair for pair in sent.headers if _DISALLOWED.fullmatch(pair[0]))
    _no_disallowed(headers)
    for name in _READ_ONLY_IN_RESPONSE:
        if _of(headers, name) != _of(sent.headers, name):
            raise EdgeContractError(f"header {name} is read-only")
    return replace(sent, headers=(*headers, *hidden))


def _request(returned: Mapping[str, Any], sent: ViewerRequest) -> ViewerRequest:
    _only(returned, _REQUEST_FIELDS)
    for field, value in (("method", sent.method), ("clientIp", sent.client_ip)):
        if returned.get(field) != value:
            raise EdgeContractError(f"{field} is read-only")
    uri, query = returned.get("uri"), returned.get("querystring", "")
    if not isinstance(uri, str) or not _URI.fullmatch(uri):
        raise EdgeContractError(
            f"uri must begin with / and have no query string, fragment or space: {uri!r}"
        )
    if not isinstance(query, str) or not _QUERY.fullmatch(query):
        raise EdgeContractError(f"querystring must have no fragment or space: {query!r}")
    if len(f"{uri}?{query}".encode() if query else uri.encode()) > _LONGEST_URI:
        raise EdgeContractError(f"uri and query string are longer than {_LONGEST_URI:,} bytes")
    headers = tuple(_headers(returned.get("headers")))
    before = {name for name, _ in sent.headers}
    _no_disallowed(headers)
    if _NOT_YET not in before and any(name == _NOT_YET for name, _ in headers):
        raise EdgeContractError(f"header {_NOT_YET} cannot be added on viewer request")
    for name in _READ_ONLY:
        if _of(headers, name) != _of(sent.headers, name):
            raise EdgeContractError(f"header {name} is read-only")
    hidden = (pair for pair in sent.headers if _DISALLOWED.fullmatch(pair[0]))
    return replace(sent, uri=uri, querystring=query, headers=(*headers, *hidden))


def _response(returned: Mapping[str, Any]) -> Answer:
    _only(returned, _RESPONSE_FIELDS)
    status = str(returned["status"])
    if not re.fullmatch("[2-5][0-9][0-9]", status):
        raise EdgeContractError(f"status must be between 200 and 599: {status!r}")
    headers = tuple(_headers(returned.get("headers", {})))
    _no_disallowed(headers)
    for name in ("content-length", "transfer-encoding", "via"):
        if _of(headers, name):
            raise EdgeContractError(f"header {name} is read-only")
    body = _body(returned)
    if status == "204" and body:
        raise EdgeContractError("a 204 has no body")
    size = len(body) + sum(len(name) + len(value) for name, value in headers)
    if size > _LARGEST_RESPONSE:
        raise EdgeContractError(f"a generated response has at most 40 KB, this one {size:,} bytes")
    return Answer(int(status), headers, body)


def _body(returned: Mapping[str, Any]) -> bytes:
    body, encoding = returned.get("body", ""), returned.get("bodyEncoding", "text")
    if not isinstance(body, str) or encoding not in {"text", "base64"}:
        raise EdgeContractError("body must be a string, bodyEncoding text or base64")
    try:
        return base64.b64decode(body, validate=True) if encoding == "base64" else body.encode()
    except (binascii.Error, UnicodeEncodeError) as error:
        raise EdgeContractError(f"body is not valid {encoding}") from error


def _headers(given: object) -> Iterator[tuple[str, str]]:
    if not isinstance(given, dict):
        raise EdgeContractError("headers must be an object")
    for name, entries in given.items():
        if not _TOKEN.fullmatch(name):
            raise EdgeContractError(f"header {name!r} must be a lower-case name")
        if not isinstance(entries, list):
            raise EdgeContractError(f"header {name} must be a list of key and value")
        for entry in entries:
            yield name, _header_value(name, entry)


def _header_value(name: str, entry: object) -> str:
    if not isinstance(entry, dict) or not isinstance(entry.get("value"), str):
        raise EdgeContractError(f"header {name}: every entry needs a string as value")
    if str(entry.get("key", name)).lower() != name:
        raise EdgeContractError(f"header {name}: key is {entry['key']!r}")
    value: str = entry["value"]
    if not _HEADER_VALUE.fullmatch(value):
        raise EdgeContractError(f"header {name}: a header cannot carry the value {value!r}")
    return value


def _no_disallowed(headers: Headers) -> None:
    for name, _ in headers:
        if _DISALLOWED.fullmatch(name):
            raise EdgeContractError(f"header {name} is disallowed")


def _only(returned: Mapping[str, Any], fields: set[str]) -> None:
    if unknown := set(returned) - fields:
        raise EdgeContractError(f"unknown fields: {', '.join(sorted(unknown))}")


def _of(headers: Headers, name: str) -> list[str]:
    return [value for key, value in headers if key == name]
